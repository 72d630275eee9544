// One training step a line on standard input; answers with its seconds and loss. The script of the
// same name drives it beside PyTorch.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "train/trainer.hpp"

int main(int count, char** words) {
    using namespace tessera::engine;
    using namespace tessera::engine::train;
    if (count < 11 || count > 12) {
        std::fprintf(stderr,
                     "usage: %s vocabulary dim layers heads kv_heads head_dim ff rows row "
                     "threads [bf16] < one line a step\n",
                     words[0]);
        return 2;
    }
    const auto number = [&](int i) { return std::atoi(words[i]); };
    model_config config;
    config.architecture = "LlamaForCausalLM";
    config.vocab_size = number(1);
    config.hidden_size = number(2);
    config.layers = number(3);
    config.heads = number(4);
    config.kv_heads = number(5);
    config.head_dim = number(6);
    config.intermediate_size = number(7);
    config.max_position = number(9);
    config.rms_eps = 1e-5F;
    config.tied_embeddings = true;
    trainer model(config,
                  {.learning_rate = 1e-3,
                   .warmup_steps = 0,
                   .threads = number(10),
                   .products = count > 11 ? product_precision::bf16 : product_precision::f32});
    std::vector<training_row> rows(number(8));
    unsigned noise = 1;
    for (training_row& row : rows)
        for (int i = 0; i < number(9); ++i)
            row.tokens.push_back(static_cast<int>((noise = noise * 1664525 + 1013904223) >> 8) %
                                 config.vocab_size);
    for (std::string line; std::getline(std::cin, line);) {
        const auto start = std::chrono::steady_clock::now();
        const double loss = model.step(rows);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        std::printf("%.6f %.4f\n", taken.count(), loss);
        std::fflush(stdout);
    }
}
