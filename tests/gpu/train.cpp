// gpu-train MODEL-FOLDER: holds training on a GPU against the processors, and measures it. The exit status tells whether
// all is well.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gpu/models.hpp"
#include "loading/weight_files.hpp"
#include "train/cuda_learner.hpp"
#include "train/trainer.hpp"

namespace {

using namespace tessera::engine;
using namespace tessera::engine::gpu;
using train::product_precision;

constexpr model_size size_125m{768, 12, 12, 12, 64, 2048, 50'304, 4096};

bool all_well = true;

void report(const std::string& what, bool well, const std::string& detail) {
    all_well = all_well && well;
    std::printf("| %-52s | %-6s | %s |\n", what.c_str(), well ? "ok" : "FAILED", detail.c_str());
    std::fflush(stdout);
}

// Text that can be learned: every token is followed by the same one in most places.
std::vector<train::training_row> rows_of(int documents, int length, int vocabulary, int salt) {
    std::vector<train::training_row> rows(static_cast<std::size_t>(documents));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto noise = random_tokens(length, vocabulary, salt * 1000 + static_cast<int>(r));
        int token = noise.front();
        for (int i = 0; i < length; ++i) {
            rows[r].tokens.push_back(token);
            token = i % 5 == 4 ? noise[static_cast<std::size_t>(i)] : (token * 7 + 3) % vocabulary;
        }
    }
    return rows;
}

struct case_of_training {
    std::string name;
    model_config config;
    std::optional<std::filesystem::path> folder;
    bool adapters = false;
    int documents, length, steps;
};

std::unique_ptr<train::trainer> trainer_of(const case_of_training& one,
                                           const train::train_options& options) {
    if (one.adapters)
        return std::make_unique<train::trainer>(one.config, weight_files::open(*one.folder),
                                                options);
    auto made = std::make_unique<train::trainer>(one.config, options);
    if (one.folder) made->load(*one.folder);
    return made;
}

void compare(const case_of_training& one, const backend& device) {
    train::train_options options{.steps = 100, .learning_rate = 1e-3, .warmup_steps = 2};
    if (one.adapters) options.tuned.adapter = train::adapter_options{};
    std::vector<double> losses, norms;
    {
        const auto here = trainer_of(one, options);
        for (int i = 0; i < one.steps; ++i) {
            losses.push_back(
                here->step(rows_of(one.documents, one.length, one.config.vocab_size, i)));
            norms.push_back(here->progress().gradient_norm);
        }
    }
    options.on = train::learners_of(device);
    for (const auto products : {product_precision::f32, product_precision::bf16}) {
        const bool rounded = products == product_precision::bf16;
        const auto what = "losses of " + one.name + (rounded ? ", bf16" : ", f32");
        try {
            options.products = products;
            const auto there = trainer_of(one, options);
            double apart = 0, of_norms = 0;
            for (int i = 0; i < one.steps; ++i) {
                const auto at = static_cast<std::size_t>(i);
                const double loss =
                    there->step(rows_of(one.documents, one.length, one.config.vocab_size, i));
                apart = std::fmax(apart, std::abs(loss / losses[at] - 1));
                of_norms =
                    std::fmax(of_norms, std::abs(there->progress().gradient_norm / norms[at] - 1));
            }
            const bool well = apart < (rounded ? 1e-2 : 1e-3) && of_norms < (rounded ? 0.1 : 1e-2);
            char text[128];
            std::snprintf(text, sizeof text, "%.4f to %.4f, differs by %.1e, gradients' norm %.1e",
                          losses.front(), losses.back(), apart, of_norms);
            report(what, well, text);
        } catch (const std::exception& e) {
            report(what, false, e.what());
        }
    }
}

void measure(const backend& device) {
    const auto config = config_of(size_125m);
    constexpr int documents = 16, length = 1024, steps = 5;
    const double weights = 124e6;
    // Of a token: products with all weights, and those of scores, half of which are masked.
    const double operations = 6 * weights + 6.0 * config.layers * length * config.hidden_size;
    for (const auto products : {product_precision::bf16, product_precision::f32}) {
        train::trainer there(config, {.steps = 100,
                                      .warmup_steps = 2,
                                      .products = products,
                                      .on = train::learners_of(device)});
        const auto rows = rows_of(documents, length, config.vocab_size, 1);
        there.step(rows);
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < steps; ++i) there.step(rows);
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        const double rate = steps * documents * length / taken.count();
        std::printf(
            "| training of 125M, %s, %d x %d tokens a step | %.0f tokens/s | %.1f TFLOP/s |\n",
            products == product_precision::bf16 ? "bf16" : "f32", documents, length, rate,
            rate * operations / 1e12);
        std::fflush(stdout);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "gpu-train MODEL-FOLDER\n");
        return 2;
    }
    try {
        const std::filesystem::path folder = argv[1];
        const backend& device = *choose_backend(backend_kind::cuda).computes;
        const auto bundled = load_config(folder);
        compare({"the bundled model", bundled, folder, false, 4, 128, 6}, device);
        compare({"adapters of the bundled model", bundled, folder, true, 4, 128, 6}, device);
        compare({"a model of 125M", config_of(size_125m), std::nullopt, false, 2, 96, 2}, device);
        measure(device);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "gpu-train: %s\n", e.what());
        return 1;
    }
    return all_well ? 0 : 1;
}
