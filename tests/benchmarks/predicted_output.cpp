// Tokens per second of one completion with a right, a half-right and a wrong prediction, beside the
// same completion without one; under a constraint that allows everything; and of sixteen plain
// completions at a time.
//   bench-predicted_output FOLDER|15M|110M THREADS [ROUNDS]
// 15M and 110M are models of random weights. Prints one line "CASE TOKENS_PER_SECOND RATIO" each:
// the best of all rounds, and the median of the ratios to "none" in the same round.
#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "../support/random_model.hpp"
#include "decode/constraint.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "text/tokenizer.hpp"

namespace {

using namespace tessera::engine;

constexpr int length = 256;

nlohmann::json shape(int hidden, int layers, int heads, int intermediate) {
    auto config = tessera::testing::tiny_config();
    config.update({{"vocab_size", 32000},
                   {"hidden_size", hidden},
                   {"num_hidden_layers", layers},
                   {"num_attention_heads", heads},
                   {"num_key_value_heads", heads},
                   {"intermediate_size", intermediate}});
    return config;
}

struct listener : generation_listener {
    std::vector<token_id> tokens;
    std::promise<generation_result> result;
    void on_tokens(std::span<const token_info> more, std::string_view) override {
        for (const auto& info : more) tokens.push_back(info.id);
    }
    void on_finish(const generation_result& r) override { result.set_value(r); }
};

struct anything : constraint {
    void allowed(std::span<std::uint64_t> words) override {
        std::fill(words.begin(), words.end(), ~std::uint64_t{0});
    }
    bool accept(token_id) override { return true; }
};

generation_request request_of(std::uint64_t seed) {
    generation_request r;
    for (int i = 0; i < 24; ++i) r.prompt.push_back((i * 37 + static_cast<int>(seed) * 11) % 256);
    r.sampling.seed = seed;
    r.sampling.temperature = 0.7F;
    r.max_tokens = r.min_tokens = length;
    return r;
}

// Tokens per second of all requests together; the tokens of the first.
double measure(engine& e, const std::vector<generation_request>& requests,
               std::vector<token_id>* tokens = nullptr) {
    std::vector<std::shared_ptr<listener>> heard;
    const auto start = std::chrono::steady_clock::now();
    for (const auto& r : requests) {
        heard.push_back(std::make_shared<listener>());
        e.submit(r, heard.back());
    }
    int count = 0;
    for (const auto& h : heard) count += h->result.get_future().get().completion_tokens;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (tokens) *tokens = heard[0]->tokens;
    return count / time.count();
}

// Wrong in every second stretch of sixteen tokens.
std::vector<token_id> half(std::vector<token_id> tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i / 16 % 2 == 1) tokens[i] = (tokens[i] + 1) % 256;
    }
    return tokens;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments.size() < 2) throw std::invalid_argument("usage: see the head of the source");
        const int rounds = arguments.size() > 2 ? std::stoi(arguments[2]) : 5;
        const tessera::testing::temporary_folder made("tessera-predicted-output");
        std::filesystem::path folder = arguments[0];
        if (arguments[0] == "15M" || arguments[0] == "110M") {
            folder = made.path();
            const auto config =
                arguments[0] == "15M" ? shape(288, 6, 6, 768) : shape(768, 12, 12, 2048);
            tessera::testing::write_random_model(folder, config, dtype::bf16);
        }
        engine::options options;
        options.threads = std::stoi(arguments[1]);
        engine e(load_model(folder), std::make_shared<tokenizer>(tokenizer::load(folder)), options);

        auto r = request_of(1);
        std::vector<token_id> tokens;
        measure(e, {r}, &tokens);
        std::vector<generation_request> many;
        for (std::uint64_t i = 0; i < 16; ++i) many.push_back(request_of(i));
        measure(e, many);
        std::vector<token_id> unrelated;
        for (int i = 0; i < length; ++i) unrelated.push_back((i * i + 3 * i) % 256);

        std::map<std::string, std::vector<double>> speeds, ratios;
        for (int round = 0; round < rounds; ++round) {
            const auto note = [&](const std::string& name, double speed) {
                speeds[name].push_back(speed);
                ratios[name].push_back(speed / speeds["none"].back());
            };
            const auto predicted = [&](const std::string& name, std::vector<token_id> p) {
                r.predicted = std::move(p);
                note(name, measure(e, {r}));
            };
            predicted("none", {});
            predicted("right", tokens);
            predicted("half", half(tokens));
            predicted("wrong", unrelated);
            r.predicted.clear();
            r.limits = std::make_shared<anything>();
            note("limited", measure(e, {r}));
            r.limits.reset();
            note("sixteen", measure(e, many));
        }
        for (const std::string name : {"none", "right", "half", "wrong", "limited", "sixteen"}) {
            auto& all = ratios[name];
            std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2),
                             all.end());
            std::cout << name << ' ' << *std::max_element(speeds[name].begin(), speeds[name].end())
                      << ' ' << all[all.size() / 2] << std::endl;
        }
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
