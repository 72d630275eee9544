// gpu-check MODEL-FOLDER [--break]: holds a GPU against this machine's processors. The exit status tells whether all is
// well. With --break the device is broken at last, to see whether it can be opened again.
// gpu-check --tiny: the same with random models alone, which the tests' device can compute.
// gpu-check --which: the device that would compute, or why none does.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "gpu/models.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "text/tokenizer.hpp"

namespace {

using namespace tessera::engine;
using namespace tessera::engine::gpu;

bool all_well = true;
bool tiny = false;

void report(const std::string& what, bool well, const std::string& detail) {
    all_well = all_well && well;
    std::printf("| %-52s | %-6s | %s |\n", what.c_str(), well ? "ok" : "FAILED", detail.c_str());
    std::fflush(stdout);
}

void check(const std::string& what, const std::function<void()>& does) {
    try {
        does();
    } catch (const std::exception& e) {
        report(what, false, e.what());
    }
}

std::string text_of(const char* format, double x) {
    char text[64];
    std::snprintf(text, sizeof text, format, x);
    return text;
}

std::shared_ptr<const loaded_model> load(const backend& on, const model_config& config,
                                         const std::shared_ptr<const tensor_source>& weights,
                                         weight_precision precision) {
    return on.load(config, weights, {.precision = precision});
}

// The largest difference beside the largest number.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
    double most = 0;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double apart = std::abs(double{a[i]} - b[i]);
        most = apart <= most ? most : apart;  // a NaN is the most
        largest = std::max(largest, std::abs(double{b[i]}));
    }
    return most / largest;
}

struct numbers {
    weight_precision weights;
    kv_precision cached;
    double tolerance;
};
const numbers all_numbers[] = {{weight_precision::f32, kv_precision::f32, 1e-3},
                               {weight_precision::bf16, kv_precision::bf16, 0.06},
                               {weight_precision::int8, kv_precision::f32, 0.06}};

std::string name_of(const numbers& n) {
    return std::string(gpu::name_of(n.weights)) +
           (n.cached == kv_precision::bf16 ? ", cache bf16" : "");
}

void check_models(const backend& device) {
    for (const int kv_heads : {1, 4, 8}) {
        const auto config =
            config_of(tiny ? model_size{128, 2, 8, kv_heads, 16, 96, 320, 200}
                           : model_size{512, 2, 8, kv_heads, 64, 1376, 4096, 33'000});
        const auto weights = std::make_shared<const random_weights>(config);
        for (const auto& n : all_numbers) {
            std::vector<int> lengths{1, 17, tiny ? 70 : 4096};
            // The processors take long for it.
            if (!tiny && kv_heads == 4 && n.weights != weight_precision::int8)
                lengths.push_back(32'768);
            const runner_options options{
                .tokens = 1024, .kv_tokens = config.max_position, .cached = n.cached, .slots = 1};
            const auto cpu = load(cpu_backend(), config, weights, n.weights)->start(options);
            const auto gpu = load(device, config, weights, n.weights)->start(options);
            for (const int length : lengths) {
                const auto what = std::to_string(kv_heads) + " kv heads, " + name_of(n) + ", " +
                                  std::to_string(length) + " tokens";
                check(what, [&] {
                    for (auto* by : {cpu.get(), gpu.get()}) {
                        fed_sequence text(random_tokens(length, config.vocab_size, length), 0, 0);
                        feed(*by, text);
                    }
                    const double apart = difference(state_of(*gpu, 0), state_of(*cpu, 0));
                    report(what, apart <= n.tolerance, "differs by " + text_of("%.1e", apart));
                });
            }
        }
    }
}

// Every way to compute the same row gives it the same bits.
void check_invariance(const backend& device) {
    const auto config = config_of(tiny ? model_size{64, 2, 4, 2, 16, 96, 320, 256}
                                       : model_size{1024, 3, 16, 4, 64, 2816, 8192, 4096});
    const auto weights = std::make_shared<const random_weights>(config);
    const int length = tiny ? 40 : 700;
    const auto pieces = tiny ? std::vector{7, 39} : std::vector{1, 7, 16, 33, 100, 256, 699};
    const auto sequences_beside = tiny ? std::vector{0, 4} : std::vector{0, 1, 7, 15, 40};
    for (const auto& n : all_numbers) {
        const auto what = "the same bits in every batch, " + name_of(n);
        check(what, [&] {
            const auto by = load(device, config, weights, n.weights)
                                ->start({.sequences = 64,
                                         .tokens = 1024,
                                         .kv_tokens = 65'536,
                                         .cached = n.cached,
                                         .slots = 128});
            const auto tokens = random_tokens(length, config.vocab_size, 1);
            fed_sequence alone(tokens, 0, 0);
            feed(*by, alone);
            const auto expected = state_of(*by, 0);
            const draw_request draw{.slot = 0, .rules = {.top_logprobs = 20}};
            token_outcome drawn_alone;
            by->draw({&draw, 1}, {&drawn_alone, 1}, {});
            int wrong = 0;
            int tried = 0;
            for (const int piece : pieces) {
                for (const int others : sequences_beside) {
                    std::vector<fed_sequence> beside;
                    for (int i = 0; i < others; ++i)
                        beside.emplace_back(random_tokens(length, config.vocab_size, 100 + i),
                                            50 * (i + 2), i + 2);
                    fed_sequence text(tokens, 50, 1);
                    for (int turn = 0; text.left() > 0; ++turn) {
                        std::vector<sequence_part> parts;
                        for (std::size_t i = 0; i < beside.size(); ++i) {
                            const int some = static_cast<int>(i) % 3 == turn % 3 ? 9 : 1;
                            if (beside[i].left() > some) parts.push_back(beside[i].next(some));
                        }
                        const auto place = parts.size() / 2;
                        parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(place),
                                     text.next(std::min(piece, text.left())));
                        by->compute(parts, {});
                    }
                    ++tried;
                    wrong += state_of(*by, 1) != expected;
                }
            }
            // Heads and draws, alone and among 64.
            std::vector<draw_request> requests(64, draw);
            std::vector<token_outcome> outcomes(64);
            by->draw(requests, outcomes, {});
            for (const auto& each : outcomes) {
                ++tried;
                wrong += each.info.top != drawn_alone.info.top;
            }
            report(what, wrong == 0,
                   std::to_string(tried - wrong) + " of " + std::to_string(tried) + " ways");
        });
    }
}

std::vector<token_id> greedy(runner& by, std::vector<token_id> prompt, int count) {
    fed_sequence text(std::move(prompt), 0, 0, 2000);
    std::vector<token_id> said;
    const draw_request request{.slot = 0, .rules = {.temperature = 0}};
    for (int i = 0; i < count; ++i) {
        feed(by, text);
        token_outcome outcome;
        by.draw({&request, 1}, {&outcome, 1}, {});
        if (outcome.failure) std::rethrow_exception(outcome.failure);
        said.push_back(outcome.info.id);
        text.push(outcome.info.id);
    }
    return said;
}

void check_bundled(const backend& device, const std::filesystem::path& folder) {
    const auto words = tokenizer::load(folder);
    const char* const prompts[] = {"The capital of France is", "Once upon a time", "{\"name\": \"",
                                   "One, two, three,", "The weather tomorrow will be"};
    const runner_options options{.tokens = 512, .slots = 64};
    const auto cpu = load_model(folder)->start(options);
    const auto gpu = load_model(folder, {}, device)->start(options);
    check("greedy text of the bundled model", [&] {
        constexpr int count = 96;
        int same = 0;
        for (const auto* prompt : prompts)
            same += greedy(*cpu, words.encode(prompt), count) ==
                    greedy(*gpu, words.encode(prompt), count);
        report("greedy text of the bundled model", same == 5,
               std::to_string(same) + " of 5 texts of " + std::to_string(count) + " tokens");
    });
    check("draws by seed, as the processors draw", [&] {
        std::vector<draw_request> requests;
        std::vector<std::uint64_t> mask(32, 0x5555'5555'5555'5555U);
        for (int i = 0; i < 64; ++i) {
            requests.push_back({.slot = 0,
                                .rules = {.temperature = 0.3F + 0.02F * static_cast<float>(i),
                                          .top_p = i % 3 == 0 ? 1.0F : 0.9F,
                                          .top_k = i % 4 == 0 ? 40 : 0,
                                          .seed = static_cast<std::uint64_t>(i)}});
            if (i % 5 == 0) requests.back().rules.allowed = mask;
        }
        std::vector<token_outcome> expected(64), drawn(64);
        cpu->draw(requests, expected, {});
        gpu->draw(requests, drawn, {});
        int same = 0;
        for (std::size_t i = 0; i < 64; ++i) same += drawn[i].info.id == expected[i].info.id;
        // A draw on the border of two tokens may fall to either.
        report("draws by seed, as the processors draw", same >= 63,
               std::to_string(same) + " of 64");
    });
    const auto exact = load_model(folder, {weight_precision::f32})->start(options);
    std::vector<std::vector<double>> reference;
    const auto at_all_prompts = [&](runner& by, const auto& use) {
        for (const auto* prompt : prompts) {
            fed_sequence text(words.encode(prompt), 0, 0);
            feed(by, text);
            use(log_probabilities(by, 0));
        }
    };
    at_all_prompts(*exact, [&](auto all) { reference.push_back(std::move(all)); });
    for (const auto& n : all_numbers) {
        const auto what = "KL to float32 of the bundled model, " + name_of(n);
        check(what, [&] {
            auto with = options;
            with.cached = n.cached;
            const auto by = load_model(folder, {n.weights}, device)->start(with);
            double sum = 0;
            std::size_t i = 0;
            at_all_prompts(*by, [&](const auto& all) { sum += divergence(reference[i++], all); });
            const double mean = sum / static_cast<double>(reference.size());
            report(what, mean < 0.02, text_of("%.2e", mean));
        });
    }
}

// A kernel that writes where nothing is; then whether the runner goes on.
void break_device(const backend& device, const std::filesystem::path& folder) {
    const auto model = load_model(folder, {}, device);
    const auto by = model->start({.tokens = 64, .slots = 4});
    fed_sequence text(random_tokens(20, 2048, 1), 0, 0);
    feed(*by, text);
    const auto expected = state_of(*by, 0);
    const auto& table = cuda::open_library();
    cuda::stream broken = nullptr;
    table.make_stream(&broken);
    cuda::convert wild{.rows = 1, .x = reinterpret_cast<const float*>(8), .size = 64};
    wild.output = {reinterpret_cast<std::byte*>(16), 256, cuda::element::bf16};
    table.convert(wild, broken);
    table.finish(broken);
    const auto what = "a broken device fails requests and is opened again";
    std::string said;
    for (int i = 0; i < 3; ++i) {
        try {
            fed_sequence again(random_tokens(20, 2048, 1), 0, 0);
            feed(*by, again);
            const bool same = state_of(*by, 0) == expected;
            return report(what, same && !said.empty(), "after: " + said);
        } catch (const engine_error& e) {
            said = e.what();
        }
    }
    // Some drivers need a new process: then each request says so.
    report("a broken device fails requests", true, "not opened again: " + said);
}

void show(const backend& device) {
    const auto card = device.card();
    std::printf("%s, %zu of %zu MiB free\n", card.name.c_str(), card.free_memory >> 20,
                card.memory >> 20);
}

int show_choice() {
    const auto chosen = choose_backend(backend_kind::automatic);
    if (chosen.instead.empty()) {
        show(*chosen.computes);
    } else {
        std::printf("no GPU: %s\n", chosen.instead.c_str());
    }
    return 0;
}

int main_of(int argc, char** argv) {
    std::filesystem::path folder;
    bool breaks = false;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--which") == 0) return show_choice();
        if (std::strcmp(argv[i], "--tiny") == 0) {
            tiny = true;
        } else if (std::strcmp(argv[i], "--break") == 0) {
            breaks = true;
        } else {
            folder = argv[i];
        }
    }
    if (folder.empty() != tiny) {
        std::fprintf(stderr, "gpu-check MODEL-FOLDER [--break], --tiny, or --which\n");
        return 2;
    }
    const auto* device = choose_backend(backend_kind::cuda).computes;
    show(*device);
    if (!tiny) check_bundled(*device, folder);
    check_models(*device);
    check_invariance(*device);
    if (breaks) break_device(*device, folder);
    return all_well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return main_of(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "gpu-check: %s\n", e.what());
        return 1;
    }
}
