// Tokens per second of 32 sequences in one batch: by the model alone, and by 32 LoRA adapters, one a
// sequence, in turns.
//   bench-adapters_in_one_batch THREADS [ROUNDS] [RANK]
// Prints the medians and their ratio, for the bundled model's shape and for one of 30M parameters.
#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "../support/random_model.hpp"
#include "core/compute_budget.hpp"
#include "loading/adapter.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "text/tokenizer.hpp"

namespace {

using namespace tessera::engine;

constexpr int sequences = 32;
constexpr int drawn = 96;

struct end_of_text : generation_listener {
    std::promise<void> ended;
    void on_tokens(std::span<const token_info>, std::string_view) override {}
    void on_finish(const generation_result&) override { ended.set_value(); }
};

nlohmann::json shape(int vocabulary, int hidden, int layers, int heads, int kv_heads, int wide) {
    auto config = tessera::testing::tiny_config();
    config.update({{"vocab_size", vocabulary},
                   {"hidden_size", hidden},
                   {"num_hidden_layers", layers},
                   {"num_attention_heads", heads},
                   {"num_key_value_heads", kv_heads},
                   {"intermediate_size", wide},
                   {"max_position_embeddings", 2048}});
    return config;
}

// Tokens drawn in a second; sequence i by the adapter i of `by`.
double speed(engine& e, const std::vector<int>& by, int vocabulary) {
    std::vector<std::shared_ptr<end_of_text>> heard;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < sequences; ++i) {
        generation_request r;
        for (int k = 0; k < 8; ++k) r.prompt.push_back((k * 37 + i * 1009) % vocabulary);
        r.max_tokens = r.min_tokens = drawn;
        r.adapter = by[static_cast<std::size_t>(i)];
        heard.push_back(std::make_shared<end_of_text>());
        e.submit(std::move(r), heard.back());
    }
    for (const auto& each : heard) each->ended.get_future().wait();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    return sequences * drawn / time.count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void compare(const char* name, const nlohmann::json& config, int threads, int rounds, int rank) {
    const tessera::testing::temporary_folder folder("tessera-adapters-in-one-batch");
    tessera::testing::write_random_model(folder.path(), config, dtype::bf16);
    engine::options options;
    options.budget = std::make_shared<compute_budget>(threads);
    options.max_sequences = sequences;
    engine e(load_model(folder.path()), std::make_shared<tokenizer>(tokenizer::load(folder.path())),
             options);
    std::vector<int> adapters;
    for (int i = 0; i < sequences; ++i) {
        const auto own = folder.path() / std::to_string(i);
        tessera::testing::write_random_adapter(
            own, config,
            {{"peft_type", "LORA"},
             {"r", rank},
             {"lora_alpha", 16},
             {"target_modules",
              {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}}},
            dtype::bf16, std::to_string(i));
        const auto files = adapter_files::open(own);
        adapters.push_back(e.attach(files.config(), files));
    }
    const std::vector<int> none(sequences, 0);
    const int vocabulary = config["vocab_size"];
    std::vector<double> base, adapted;
    for (int i = 0; i <= rounds; ++i) {
        base.push_back(speed(e, none, vocabulary));
        adapted.push_back(speed(e, adapters, vocabulary));
        if (i == 0) base.clear(), adapted.clear();  // the first is for the caches
    }
    std::cout << name << ": base " << median(base) << " tokens/s, 32 adapters " << median(adapted)
              << " tokens/s, ratio " << median(adapted) / median(base) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: see the head of the source\n";
        return 1;
    }
    const int threads = std::stoi(argv[1]);
    const int rounds = argc > 2 ? std::stoi(argv[2]) : 5;
    const int rank = argc > 3 ? std::stoi(argv[3]) : 8;
    compare("bundled shape", shape(2048, 160, 6, 5, 1, 416), threads, rounds, rank);
    compare("30M", shape(8192, 512, 8, 8, 4, 1376), threads, rounds, rank);
}
