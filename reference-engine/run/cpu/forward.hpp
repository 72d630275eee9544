#pragma once

#include <span>
#include <vector>

#include "backend/cpu/buffer.hpp"
#include "backend/cpu/kernels.hpp"
#include "core/thread_pool.hpp"
#include "model/adapter.hpp"
#include "model/model.hpp"
#include "model/rotary.hpp"
#include "model/weights.hpp"
#include "run/cpu/kv_cache.hpp"
#include "run/runner.hpp"

namespace tessera::engine {

/// Computes batches of sequence parts on one model, as a runner does. One thread at a time.
class forward_pass {
  public:
    forward_pass(const model&, kv_cache&, thread_pool&, int slots,
                 const cpu::kernels& = cpu::best_kernels());

    /// See runner::compute. `adapters` are those of the parts, null for none; empty: of all. They
    /// outlive the states.
    bool compute(std::span<const sequence_part>, const interrupt& = {},
                 std::span<const adapter_weights* const> adapters = {});
    /// Rows of logits [slot][logits_stride()], valid until the next call.
    const float* logits(std::span<const int> slots);
    std::ptrdiff_t logits_stride() const { return logits_stride_; }
    /// A classifier's outputs, by the head of the adapter that the state was computed by if it
    /// brings one. Not while logits() are in use.
    void outputs(int slot, std::span<float> to);
    /// Writes a slot's state after the last norm: hidden_size values, then zeros to a whole number
    /// of lanes. f32, whatever the weights are. Any thread, while nothing is computed.
    void state(int slot, float* to);

  private:
    struct attention_task {
        int part;
        int row;  // in the batch
        int rows;
        int kv_head;
    };

    // Rows of one stage of the computation, zero beyond their width.
    struct activations {
        cpu::buffer<std::byte> data;
        std::ptrdiff_t stride = 0;  // bytes
        int capacity = 0;

        void reserve(int rows, int width);
        std::byte* row(int index) { return data.data() + index * stride; }
        float* floats(int index) { return reinterpret_cast<float*>(row(index)); }
    };

    void plan(std::span<const sequence_part>, std::span<const adapter_weights* const> adapters);
    template <class Matrix>
    void adapt(int layer, Matrix matrix, activations& input, int rows, activations& output);
    template <class F>
    void for_rows(int rows, F f);
    cpu::element input_of(const packed_matrix&) const;
    void embed();
    void normalise(activations& from, int rows, const std::vector<float>& weight,
                   const packed_matrix& next);
    template <class After>
    void multiply(const packed_matrix&, const std::byte* input, std::ptrdiff_t input_stride,
                  int rows, float* output, std::ptrdiff_t output_stride, bool accumulate,
                  After after);
    void multiply(const packed_matrix&, activations& input, int rows, activations& output,
                  bool accumulate);
    void rotate_and_store(std::span<const sequence_part>, int layer);
    void attend(std::span<const sequence_part>, int layer);
    void gather_outputs();
    void keep_outputs();
    const float* head(const packed_matrix&, std::span<const int> slots);

    const model_config& config_;
    const model_weights& weights_;
    kv_cache& cache_;
    thread_pool& pool_;
    const cpu::kernels& kernels_;
    rotation_table<float> rotations_;

    int rows_ = 0;
    int outputs_ = 0;
    std::vector<int> tokens_;       // [row]
    std::vector<int> positions_;    // [row]
    std::vector<int> parts_;        // [row]
    std::vector<int> output_rows_;  // [output]
    std::vector<int> output_slots_;
    std::vector<attention_task> tasks_;
    std::vector<cpu::buffer<float>> scratch_;  // [worker]
    // Rows of one adapter that follow each other; those of none are left out.
    struct adapted_rows {
        const adapter_weights* by;
        int first;
        int count;
    };
    std::vector<adapted_rows> adapted_;
    std::vector<const adapter_weights*> slot_adapters_;  // [slot]
    activations low_;                                    // [row][rank]
    activations low_narrow_;                             // the same as input of products
    activations lifted_;                                 // [row][intermediate], of one projection
    activations slots_;                                  // [slot][hidden]
    activations state_;                                  // [row][hidden]
    activations normal_;                                 // [row][hidden], input of products
    activations heads_;                                  // [row][query, key, value]
    activations attended_;                               // [row][query]
    activations gate_up_;                                // [row][2 * intermediate]
    activations gated_;                                  // [row][intermediate]
    activations narrow_;                                 // [row][inner], with weights of i8
    cpu::buffer<float> logits_;
    std::ptrdiff_t logits_stride_ = 0;
};

}  // namespace tessera::engine
