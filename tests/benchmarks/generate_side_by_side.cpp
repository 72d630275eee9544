// Tokens per second of the engine's forward pass, as llama-bench measures it: reading prompts of
// 128 and 512 tokens, drawing 128 tokens one by one, and drawing for 4 and 16 sequences at once.
//   bench-generate_side_by_side --make FOLDER 15M|110M|1.1B f32|bf16
//   bench-generate_side_by_side FOLDER THREADS as_stored|int8 f32|bf16 TEST...
//   of the weights, and of the cache
//   TEST: pp128 pp512 tg1 tg4 tg16, and tg1@1920 to draw behind so many tokens
// Prints one line "TEST TOKENS_PER_SECOND" for each test.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include "../support/random_model.hpp"
#include "run/cpu/forward.hpp"

namespace {

using namespace tessera::engine;

nlohmann::json shape(const std::string& name) {
    const auto config = [](int hidden, int layers, int heads, int kv_heads, int intermediate,
                           bool tied) {
        return nlohmann::json{{"architectures", {"LlamaForCausalLM"}},
                              {"vocab_size", 32000},
                              {"hidden_size", hidden},
                              {"num_hidden_layers", layers},
                              {"num_attention_heads", heads},
                              {"num_key_value_heads", kv_heads},
                              {"intermediate_size", intermediate},
                              {"max_position_embeddings", 2048},
                              {"rms_norm_eps", 1e-5},
                              {"tie_word_embeddings", tied}};
    };
    if (name == "15M") return config(288, 6, 6, 6, 768, true);
    if (name == "110M") return config(768, 12, 12, 12, 2048, true);
    if (name == "1.1B") return config(2048, 22, 32, 4, 5632, false);
    throw std::invalid_argument("no shape " + name);
}

double measure(const model& m, cpu::element cached, int threads, const std::string& test) {
    const int size = std::stoi(test.substr(2));
    const auto at = test.find('@');
    const int before = at == std::string::npos ? 0 : std::stoi(test.substr(at + 1));
    const bool prompt = test.starts_with("pp");
    const int sequences = prompt ? 1 : size;
    const int steps = prompt ? 1 : 128;
    const int part = prompt ? size : 1;
    const int blocks = (std::max(size, before + steps) + 15) / 16;
    kv_cache cache(m.config(), blocks * sequences, cached);
    thread_pool pool(threads);
    std::vector<int> slots(static_cast<std::size_t>(sequences));
    std::iota(slots.begin(), slots.end(), 0);
    forward_pass pass(m, cache, pool, sequences);
    std::vector<std::vector<int>> tokens(static_cast<std::size_t>(sequences));
    std::vector<std::vector<int>> places(tokens.size());
    for (std::size_t s = 0; s < tokens.size(); ++s) {
        for (int i = 0; i < part; ++i) tokens[s].push_back((i * 7919 + 13) % m.config().vocab_size);
        places[s].resize(static_cast<std::size_t>(blocks));
        std::iota(places[s].begin(), places[s].end(), static_cast<int>(s) * blocks);
    }
    const std::vector<int> earlier(64, 13);
    for (int position = 0; position < before; position += 64) {
        for (const auto& own : places)
            pass.compute(std::vector<sequence_part>{{earlier, position, own}});
    }
    const auto once = [&](int count) {
        const auto start = std::chrono::steady_clock::now();
        for (int step = 0; step < count; ++step) {
            std::vector<sequence_part> parts;
            for (std::size_t s = 0; s < tokens.size(); ++s) {
                parts.push_back(
                    {tokens[s], before + step, places[s], std::span(slots).subspan(s, 1)});
            }
            pass.compute(parts);
            pass.logits(slots);
        }
        const auto time = std::chrono::steady_clock::now() - start;
        return count * part * sequences / std::chrono::duration<double>(time).count();
    };
    // Memory is the process's once it has been written.
    once(steps);
    return once(steps);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments.size() == 4 && arguments[0] == "--make") {
            tessera::testing::write_random_weights(
                arguments[1], shape(arguments[2]),
                arguments[3] == "bf16" ? dtype::bf16 : dtype::f32);
            return 0;
        }
        if (arguments.size() < 5 || (arguments[2] != "as_stored" && arguments[2] != "int8"))
            throw std::invalid_argument("usage: see the head of the source");
        const auto precision =
            arguments[2] == "int8" ? weight_precision::int8 : weight_precision::as_stored;
        const auto m = model::load(arguments[0], {.precision = precision});
        const auto cached = arguments[3] == "bf16" ? cpu::element::bf16 : cpu::element::f32;
        const int threads = std::stoi(arguments[1]);
        for (std::size_t i = 4; i < arguments.size(); ++i) {
            std::cout << arguments[i] << ' ' << measure(*m, cached, threads, arguments[i])
                      << std::endl;
        }
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
