// gpu-train MODEL-FOLDER|--tiny: holds training on a GPU against the processors, and measures it. The exit status tells
// whether all is well. --tiny does it with a model that the tests' device can compute.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gpu/limits.hpp"
#include "gpu/models.hpp"
#include "loading/weight_files.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "train/cuda_learner.hpp"
#include "train/parameters.hpp"
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

// What training asks of a matrix: its output, the gradients of its input and of itself.
void compare_products(cuda::device& on, int rows, int inner, int outer) {
    const std::pair<const char*, product_shape> each[] = {
        {"output", {rows, outer, inner}},
        {"gradient of the input", {rows, inner, outer, false, true}},
        {"gradient of weights", {outer, inner, rows, true, true}},
    };
    for (const auto& [name, shape] : each)
        std::printf("| %-21s | %5d x %5d x %5d | cuBLASLt %.0f TFLOP/s | own kernel %.0f |\n", name,
                    shape.rows, shape.columns, shape.inner, product_rate(on, shape) / 1e12,
                    product_rate(on, shape, false) / 1e12);
    std::fflush(stdout);
}

struct measured_training {
    const char* name;
    model_size size;
    product_precision products;
    int documents, length;  // of a step
};

// Of this machine, as Linux tells it.
std::size_t available_memory() {
    std::ifstream lines("/proc/meminfo");
    std::string line;
    std::size_t kibibytes = 0;
    while (std::getline(lines, line))
        if (std::sscanf(line.c_str(), "MemAvailable: %zu", &kibibytes) == 1) break;
    return kibibytes << 10U;
}

double gibibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 30); }

// `best`: cuBLASLt's operations a second.
void measure(const backend& device, const measured_training& one, double best) {
    constexpr int most_steps = 5;
    constexpr double longest = 8;  // seconds that they take
    const auto config = config_of(one.size);
    const std::size_t weights = train::parameter_layout(config).count();
    const bool rounds = one.products == product_precision::bf16;
    const auto what = "training of " + std::string(one.name) + (rounds ? ", bf16, " : ", f32, ") +
                      std::to_string(one.documents) + " x " + std::to_string(one.length) +
                      " tokens a step";
    // What is kept of a weight, and a third of it for a short micro-batch.
    const std::size_t there = 24 * weights;
    const std::size_t here = 4 * weights + (std::size_t{1} << 30U);
    const std::size_t free_there = device.card().free_memory;
    const std::size_t free_here = available_memory();
    if (free_there < there || free_here < here) {
        std::printf(
            "| %s | not measured: it takes %.1f GiB of the GPU's memory and %.1f of this "
            "machine's, of which %.1f and %.1f are free |\n",
            what.c_str(), gibibytes(there), gibibytes(here), gibibytes(free_there),
            gibibytes(free_here));
        return;
    }
    using clock = std::chrono::steady_clock;
    const auto since = [](clock::time_point begin) {
        return std::chrono::duration<double>(clock::now() - begin).count();
    };
    const auto begin = clock::now();
    train::trainer by(config, {.steps = 100,
                               .warmup_steps = 2,
                               .products = one.products,
                               .on = train::learners_of(device)});
    const auto rows = rows_of(one.documents, one.length, config.vocab_size, 1);
    by.step(rows);
    const double before = since(begin);
    const auto first = clock::now();
    int steps = 0;
    while (steps < most_steps && since(first) < longest) {
        by.step(rows);
        ++steps;
    }
    const double rate = steps * one.documents * one.length / since(first);
    // Of products with weights alone.
    const double operations = 6 * static_cast<double>(weights) * rate;
    std::printf(
        "| %s | %.0f tokens/s | %.1f TFLOP/s, %.1f %% of cuBLASLt's bf16 | %.1f GiB taken | "
        "%.1f s to make it and for a first step |\n",
        what.c_str(), rate, operations / 1e12, 100 * operations / best,
        gibibytes(free_there - device.card().free_memory), before);
    std::fflush(stdout);
}

void check_and_measure(const backend& device, const std::filesystem::path& folder) {
    const auto bundled = load_config(folder);
    compare({"the bundled model", bundled, folder, false, 4, 128, 6}, device);
    compare({"adapters of the bundled model", bundled, folder, true, 4, 128, 6}, device);
    compare({"a model of 125M", config_of(size_125m), std::nullopt, false, 2, 96, 2}, device);
    cuda::device& on = *cuda::device_of(device);
    const double best = library_rate(on);
    compare_products(on, 16'384, size_1b.hidden, 2 * size_1b.wide);
    measure(device, {"125M", size_125m, product_precision::bf16, 16, 1024}, best);
    measure(device, {"125M", size_125m, product_precision::f32, 16, 1024}, best);
    measure(device, {"1B", size_1b, product_precision::bf16, 16, 1024}, best);
}

// All of that for a device that is slow.
void try_out(const backend& device) {
    constexpr model_size tiny{64, 2, 2, 1, 32, 96, 320, 64};
    compare({"a tiny model", config_of(tiny), std::nullopt, false, 2, 12, 2}, device);
    cuda::device& on = *cuda::device_of(device);
    compare_products(on, 16, 32, 48);
    measure(device, {"a tiny model", tiny, product_precision::bf16, 2, 16},
            product_rate(on, {128, 256, 128}));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "gpu-train MODEL-FOLDER|--tiny\n");
        return 2;
    }
    try {
        const backend& device = *choose_backend(backend_kind::cuda).computes;
        if (argv[1] == std::string("--tiny"))
            try_out(device);
        else
            check_and_measure(device, argv[1]);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "gpu-train: %s\n", e.what());
        return 1;
    }
    return all_well ? 0 : 1;
}
