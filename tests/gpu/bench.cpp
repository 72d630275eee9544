// gpu-bench [--small|--tiny]: what a GPU moves and multiplies at best, and how near to that models of random weights come.
// Bytes and launches a token are counted, not guessed. --small leaves out the 8B model;
// --tiny measures one that the tests' device can compute.
// gpu-bench --config MODEL: the config.json of one of them.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gpu/limits.hpp"
#include "gpu/models.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "run/cuda/device.hpp"

namespace {

using namespace tessera::engine;
using namespace tessera::engine::gpu;
using clock_type = std::chrono::steady_clock;

// Launches that the runner asks for, graphs' included.
int launches = 0;
int recorded = 0;
bool recording = false;
const cuda::library* real = nullptr;

void count_one() { (recording ? recorded : launches) += 1; }

template <auto Member>
struct counted;
template <class Argument, cuda::status (*cuda::library::*Member)(const Argument&, cuda::stream)>
struct counted<Member> {
    static cuda::status call(const Argument& a, cuda::stream s) {
        count_one();
        return (real->*Member)(a, s);
    }
};
template <auto Member>
void count(cuda::library& table) {
    table.*Member = counted<Member>::call;
}

cuda::library counting_table() {
    auto table = *real;
    count<&cuda::library::embed>(table);
    count<&cuda::library::normalise>(table);
    count<&cuda::library::convert>(table);
    count<&cuda::library::multiply>(table);
    count<&cuda::library::rotate_and_store>(table);
    count<&cuda::library::attend>(table);
    count<&cuda::library::gate>(table);
    count<&cuda::library::weigh>(table);
    count<&cuda::library::keep>(table);
    count<&cuda::library::draw>(table);
    table.begin_graph = [](cuda::stream s) {
        recording = true;
        recorded = 0;
        return real->begin_graph(s);
    };
    table.end_graph = [](cuda::stream s, cuda::graph* to) {
        recording = false;
        return real->end_graph(s, to);
    };
    // All steps that are timed are of one graph: the last that was recorded.
    table.run_graph = [](cuda::graph g, cuda::stream s) {
        launches += recorded;
        return real->run_graph(g, s);
    };
    return table;
}

double parameters_of(const model_config& config) {
    const model_parts parts(config);
    double sum = 0;
    for (const auto& layer : parts.layers) {
        for (const auto* m :
             {&layer.query_key_value, &layer.attention_output, &layer.gate_up, &layer.down})
            sum += static_cast<double>(m->outer()) * m->inner;
    }
    return sum;
}

struct limits {
    double bytes = 0;  // a second, read and written
    double sums = 0;   // a second, two operations each counted
};

limits limits_of(const cuda::library& table, bool tiny) {
    cuda::device on(table, 0);
    if (tiny)
        return {.bytes = copied_bytes(on, 1 << 20), .sums = product_rate(on, {128, 128, 128})};
    return {.bytes = copied_bytes(on), .sums = library_rate(on)};
}

class bench {
  public:
    bench(const backend& device, limits best) : device_(device), best_(best) {}

    /// Of each precision; the divergence is from f32 with the same weights on the same device.
    void model(const char* name, const model_size& size, std::vector<weight_precision> precisions,
               const std::vector<std::pair<int, int>>& batches) {
        const auto config = config_of(size);
        const auto weights = std::make_shared<const random_weights>(config);
        const auto exact =
            last_of(*device_.load(config, weights, {weight_precision::f32}), kv_precision::f32);
        for (const auto precision : precisions) {
            const auto loaded = device_.load(config, weights, {precision});
            const double kl = divergence(exact, last_of(*loaded, kv_precision::bf16));
            const std::string what = std::string(name) + " " + std::string(name_of(precision));
            for (const auto& [batch, context] : batches) decode(what, *loaded, batch, context, kl);
            if (size.hidden < 1024) continue;
            const double ours = prefill(what, *loaded, true);
            if (precision != weight_precision::bf16) continue;  // cuBLASLt's
            const double free = prefill(what, *loaded, false);
            std::printf("| %-10s | price of the same bits in every batch, prefill: %.1f %% |\n",
                        what.c_str(), 100 * (ours / free - 1));
        }
    }

  private:
    void decode(const std::string& what, const loaded_model& model, int batch, int context,
                double kl) {
        const auto& config = model.config();
        constexpr int warm = 4;
        constexpr int timed = 32;
        const int blocks = (context + warm + timed) / block_positions + 2;
        const auto by = model.start({.sequences = batch,
                                     .tokens = 1024,
                                     .kv_tokens = batch * blocks * block_positions,
                                     .cached = kv_precision::bf16,
                                     .slots = batch});
        std::vector<fed_sequence> sequences;
        std::vector<draw_request> requests;
        for (int i = 0; i < batch; ++i) {
            sequences.emplace_back(random_tokens(context, config.vocab_size, i), i * blocks, i,
                                   context + warm + timed + 1);
            feed(*by, sequences.back());
            requests.push_back({.slot = i, .rules = {.temperature = 0}});
        }
        std::vector<token_outcome> outcomes(requests.size());
        const auto step = [&] {
            by->draw(requests, outcomes, {});
            std::vector<sequence_part> parts;
            for (std::size_t i = 0; i < sequences.size(); ++i) {
                sequences[i].push(outcomes[i].info.id);
                parts.push_back(sequences[i].next(1));
            }
            by->compute(parts, {});
        };
        for (int i = 0; i < warm; ++i) step();
        by->draw(requests, outcomes, {});
        launches = 0;
        const auto begin = clock_type::now();
        for (int i = 0; i < timed; ++i) step();
        by->draw(requests, outcomes, {});
        const double seconds =
            std::chrono::duration<double>(clock_type::now() - begin).count() / timed;
        const double cache = 2.0 * config.layers * config.kv_heads * config.head_dim * 2 *
                             static_cast<double>(context + timed / 2) * batch;
        const double bytes = static_cast<double>(model.bytes()) + cache;
        std::printf(
            "| %-10s | batch %2d at %5d | %8.3f ms | %8.0f tokens/s | %5.1f %% of copy | %6.2f GB "
            "a step | %4d launches | KL %.1e |\n",
            what.c_str(), batch, context, 1000 * seconds, batch / seconds,
            100 * bytes / seconds / best_.bytes, bytes / 1e9, launches / timed, kl);
        std::fflush(stdout);
    }

    double prefill(const std::string& what, const loaded_model& model, bool invariant) {
        constexpr int length = 4096;
        const auto& config = model.config();
        const auto by = model.start({.tokens = 1024,
                                     .kv_tokens = length + block_positions,
                                     .cached = kv_precision::bf16,
                                     .invariant = invariant});
        double best = 1e9;
        for (int i = 0; i < 3; ++i) {
            fed_sequence text(random_tokens(length, config.vocab_size, i), 0, 0);
            const auto begin = clock_type::now();
            feed(*by, text);
            state_of(*by, 0);
            best = std::min(best, std::chrono::duration<double>(clock_type::now() - begin).count());
        }
        const double sums = 2.0 * length *
                            (parameters_of(config) + static_cast<double>(config.layers) * length *
                                                         config.heads * config.head_dim);
        std::printf(
            "| %-10s | prefill of %d%s | %8.1f ms | %8.0f tokens/s | %5.1f %% of cuBLAS |\n",
            what.c_str(), length, invariant ? "" : ", not invariant", 1000 * best, length / best,
            100 * sums / best / best_.sums);
        std::fflush(stdout);
        return best;
    }

    // Log probabilities after some text.
    static std::vector<double> last_of(const loaded_model& model, kv_precision cached) {
        const auto by = model.start({.tokens = 256, .kv_tokens = 256, .cached = cached});
        fed_sequence text(random_tokens(100, model.config().vocab_size, 5), 0, 0);
        feed(*by, text);
        return log_probabilities(*by, 0);
    }

    const backend& device_;
    limits best_;
};

struct measured_model {
    const char* name;
    model_size size;
    std::vector<weight_precision> precisions;
    std::vector<std::pair<int, int>> batches;  // sequences, and tokens of context
};

std::vector<measured_model> measured_models() {
    const std::vector<std::pair<int, int>> one{{1, 64}};
    const std::vector<std::pair<int, int>> several{{1, 64}, {1, 8192}, {8, 1024}, {64, 1024}};
    constexpr auto bf16 = weight_precision::bf16;
    constexpr auto int8 = weight_precision::int8;
    return {{"15M", size_15m, {bf16}, one},
            {"110M", size_110m, {bf16}, one},
            {"1B", size_1b, {bf16, int8}, several},
            {"8B", size_8b, {bf16, int8}, several}};
}

void measure(std::string_view option) {
    const bool tiny = option == "--tiny";
    real = &cuda::open_library();
    const auto table = counting_table();
    const auto device = cuda::make_backend(table);
    const auto best = limits_of(*real, tiny);
    std::printf("%s: a copy moves %.0f GB/s, cuBLASLt multiplies bf16 at %.0f TFLOP/s\n",
                device->card().name.c_str(), best.bytes / 1e9, best.sums / 1e12);
    bench all(*device, best);
    if (tiny) {
        constexpr model_size size{64, 2, 2, 1, 32, 96, 320, 256};
        return all.model("tiny", size, {weight_precision::bf16, weight_precision::int8},
                         {{1, 20}, {3, 40}});
    }
    for (const auto& each : measured_models())
        if (option != "--small" || each.name != std::string_view("8B"))
            all.model(each.name, each.size, each.precisions, each.batches);
}

int describe(std::string_view name) {
    for (const auto& each : measured_models()) {
        if (each.name != name) continue;
        std::printf("%s\n", to_json(config_of(each.size)).dump().c_str());
        return 0;
    }
    std::fprintf(stderr, "gpu-bench: there is no model %s\n", std::string(name).c_str());
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view option = argc > 1 ? argv[1] : "";
    try {
        if (option == "--config") return describe(argc > 2 ? argv[2] : "");
        measure(option);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "gpu-bench: %s\n", e.what());
        return 1;
    }
    return 0;
}
