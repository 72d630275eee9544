#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "run/backend.hpp"
#include "run/cuda/adapters.hpp"
#include "run/cuda/device.hpp"
#include "run/cuda/step.hpp"
#include "run/cuda/weights.hpp"
#include "run/cuda/workspace.hpp"

namespace tessera::engine::cuda {

/// Computes batches of sequence parts on one model, as a runner does. All work goes to one stream, in
/// order, and nothing waits for it but finish(). While the device is in use, one thread at a time; what it
/// throws is engine_error device.
class forward_pass {
  public:
    forward_pass(std::shared_ptr<const model_on_device>, const runner_options&);

    int blocks() const { return memory_.blocks; }
    stream main() const { return main_; }
    /// Waits until all is done.
    void finish();

    /// As runner::compute. `places` are those of the parts' adapters in the table; -1: none.
    bool compute(std::span<const sequence_part>, const interrupt&, std::span<const int> places,
                 const adapter_matrices&);

    /// Rows of a head's outputs of states in slots, which are numbers in the device's memory, at
    /// most rows_at_once.
    void multiply_head(const matrix&, const int* slots, int count, float* to,
                       std::ptrdiff_t stride);
    /// States after the last norm, [row][hidden_size] with a stride.
    rows_in normalise_slots(const int* slots, int count, element);
    int rows_at_once() const { return memory_.rows; }

    const model_config& config() const { return config_; }
    const weights_on_device& weights() const { return *weights_; }

  private:
    // What a graph is for, at most, and how attention goes about it.
    struct graph_key {
        int rows;
        int blocks;     // of a sequence
        int stretches;  // 0: no rows have adapters
        bool stores;
        int vectors;
        auto operator<=>(const graph_key&) const = default;
    };
    // Rows that are computed together.
    struct launched_rows {
        step_plan plan;
        const adapted_rows* stretches = nullptr;
        rows_size at_most{};
        attention_plan attention{};
        float* state = nullptr;     // [row][hidden]
        const int* from = nullptr;  // [row] of queries; null: the same row

        const int* count() const { return &plan.counts->rows; }
        bool adapts() const { return at_most.stretches > 0; }
    };

    void use(const adapter_matrices&);
    void unpack_weights();
    int tasks_of(int rows) const;
    std::byte* next_plan();
    void send_plan(const std::byte* from, std::size_t bytes);
    bool launch_at_once(const step&, const interrupt&);
    void compute_by_graph(const step&);
    owned_graph record(const std::function<void()>& launches);
    // `wanted`: rows whose states are kept, with which alone the last layer goes on when it has stored
    // keys and values; null: there are none.
    bool launch(const launched_rows& all, const launched_rows* wanted, const interrupt&);
    void launch_layer(int layer, const launched_rows& all, const launched_rows* wanted);
    void finish_layer(int layer, const launched_rows&);
    void store(int layer, const launched_rows&);
    void attend(int layer, const launched_rows&, bool stores);
    void gather(const launched_rows& all, const launched_rows& wanted);
    norm_after norm_for(const float* weight, const matrix& next);
    norm_before norm_of(const matrix& next);
    void weigh(const norm_after&, const launched_rows&);
    void normalise(const float* weight, const launched_rows&, const matrix& next);
    void multiply(product, const launched_rows&, const matrix* next);
    void adapt(int layer, adapted_matrix, const matrix&, const launched_rows&,
               const product_inputs&, norm_before, float* output, std::ptrdiff_t stride);
    void convert(const launched_rows&, const product_inputs&, int width);
    void call(status, std::string_view doing);

    std::shared_ptr<const model_on_device> model_;
    device& device_;
    const library& table_;
    const model_config& config_;
    std::shared_ptr<const weights_on_device> weights_;
    // Of the weights, with rows of them where a library may multiply.
    std::vector<layer_on_device> layers_;
    std::vector<device_array<std::byte>> plain_;
    bool invariant_;
    owned_stream main_;
    workspace memory_;
    device_array<std::byte> plan_;
    std::vector<host_array<std::byte>> plans_;  // in turns
    std::size_t used_plans_ = 0;                // since finish()
    std::map<graph_key, owned_graph> graphs_;   // none: launched once so far
    adapter_matrices adapters_;                 // that steps and graphs name
};

}  // namespace tessera::engine::cuda
