// The time to the first token of prompts, in a quiet process and beside a trainer of the same
// process, in turns. The trainer runs on a thread that is idle, and so do the threads it starts.
//   bench-first_token_beside_training THREADS [ROUNDS]
// Prints the medians in milliseconds, their ratio, and what the trainer did meanwhile.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "../support/random_model.hpp"
#include "core/compute_budget.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "text/tokenizer.hpp"
#include "train/trainer.hpp"

namespace {

using namespace tessera::engine;
using steady_clock = std::chrono::steady_clock;

struct first_token : generation_listener {
    std::promise<void> came, ended;
    bool first = true;
    void on_tokens(std::span<const token_info>, std::string_view) override {
        if (std::exchange(first, false)) came.set_value();
    }
    void on_finish(const generation_result&) override {
        if (first) came.set_value();
        ended.set_value();
    }
};

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

// Milliseconds of one prompt of 128 tokens, that nothing is known of.
double measure(engine& e, int salt) {
    generation_request r;
    for (int i = 0; i < 128; ++i) r.prompt.push_back((i * 37 + salt * 1009) % 32000);
    r.max_tokens = r.min_tokens = 4;
    const auto heard = std::make_shared<first_token>();
    const auto start = steady_clock::now();
    e.submit(r, heard);
    heard->came.get_future().wait();
    const std::chrono::duration<double, std::milli> time = steady_clock::now() - start;
    heard->ended.get_future().wait();
    return time.count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: see the head of the source\n";
        return 1;
    }
    const int threads = std::stoi(argv[1]);
    const int rounds = argc > 2 ? std::stoi(argv[2]) : 5;
    const tessera::testing::temporary_folder folder("tessera-first-token");
    tessera::testing::write_random_model(folder.path(), shape(288, 6, 6, 768), dtype::bf16);
    engine::options options;
    const auto budget = std::make_shared<compute_budget>(threads);
    options.budget = budget;
    engine e(load_model(folder.path()), std::make_shared<tokenizer>(tokenizer::load(folder.path())),
             options);
    measure(e, 0);

    std::atomic<bool> trains{false}, ends{false};
    std::atomic<int> steps{0};
    std::thread training([&] {
        if (!become_idle()) std::cerr << "this system has no idle class\n";
        train::train_options how;
        how.threads = threads;
        how.budget = budget;
        train::trainer trainer(parse_config(shape(288, 6, 6, 768)), how);
        std::vector<train::training_row> rows(4);
        for (std::size_t k = 0; k < rows.size(); ++k) {
            for (std::size_t i = 0; i < 256; ++i) {
                rows[k].tokens.push_back(static_cast<int>((i * 31 + k * 77) % 32000));
            }
        }
        while (!ends) {
            if (!trains) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                continue;
            }
            trainer.step(rows);
            ++steps;
        }
    });
    std::vector<double> quiet, beside;
    int salt = 1;
    double seconds = 0;
    int before = 0;
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < 20; ++i) quiet.push_back(measure(e, salt++));
        trains = true;
        const auto start = steady_clock::now();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        for (int i = 0; i < 20; ++i) {
            beside.push_back(measure(e, salt++));
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        trains = false;
        seconds += std::chrono::duration<double>(steady_clock::now() - start).count();
        before = steps;
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    }
    ends = true;
    training.join();
    std::cout << "quiet " << median(quiet) << " ms\nbeside " << median(beside) << " ms\nratio "
              << median(beside) / median(quiet) << "\ntrainer " << before * 1024 / seconds
              << " tokens/s\n";
}
