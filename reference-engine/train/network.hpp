#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/cpu/buffer.hpp"
#include "backend/cpu/kernels.hpp"
#include "core/thread_pool.hpp"
#include "loading/config.hpp"
#include "model/rotary.hpp"
#include "train/batch.hpp"
#include "train/linear.hpp"
#include "train/parameters.hpp"

namespace tessera::engine::train {

/// What the forward pass of one layer leaves for the backward pass: rows of T tokens, each padded to
/// whole lanes with zeros, as products read them.
template <class T>
struct layer_activations {
    std::vector<T> input;                     // [T, D] residual stream
    std::vector<T> input_inverse;             // [T]
    std::vector<T> input_normed;              // [T, D]
    std::vector<T> qkv;                       // [T, (H + 2 G) hd], rotated
    std::vector<T> log_sum;                   // [H, T]
    std::vector<T> attended;                  // [T, H hd]
    std::vector<T> middle;                    // [T, D] residual stream
    std::vector<T> middle_inverse;            // [T]
    std::vector<T> middle_normed;             // [T, D]
    std::vector<T> gate_up;                   // [T, panels of gate and up in turns]
    std::vector<T> act;                       // [T, F]
    std::array<std::vector<T>, modules> low;  // [T, rank]: what each adapter's first matrix gives
};

/// What the attention of one head needs.
template <class T>
struct attention_space {
    std::vector<T> keys, values;                // [panel of hd][position][lane]
    std::vector<T> keys_turned, values_turned;  // [panel of positions][hd][lane]
    std::vector<T> scores, dscores;             // [queries of a block][position]
    std::vector<std::byte> scratch;             // of products that pack
};

/// The memory of one micro-batch; grows to the largest that it has seen.
template <class T>
struct workspace {
    /// Shares out the work of each step of the computation; null where micro-batches are shared out.
    thread_pool* pool = nullptr;
    /// Asked between layers; once it says yes, what is left is not computed and all results are
    /// meaningless.
    std::function<bool()> stopping = [] { return false; };
    bool without_adapters = false;  // the frozen model alone

    std::vector<layer_activations<T>> layers;
    // After the last layer's attention, of the tokens that go on.
    std::vector<T> picked, dpicked, output, output_inverse, output_normed, logits;
    std::vector<T> judged;                  // [source, labels]
    std::vector<double> log_probabilities;  // [source], of what it predicts
    std::vector<T> raised, dlow;            // of one adapter
    std::vector<T> dx, dnormed, dqkv, dattended, dact, dgate_up;
    std::vector<attention_space<T>> attention;  // [worker]
    linear_space<T> linear;
};

/// A model as products read it, which may be one that serves; it belongs to `owner`, if to anyone.
template <class T>
struct packed_model {
    struct layer {
        const T* input_norm;  // [padded D]
        packed_view<T> qkv;
        packed_view<T> output;
        const T* post_norm;  // [padded D]
        packed_view<T> gate_up;
        packed_view<T> down;
    };
    std::vector<layer> layers;
    const T* final_norm = nullptr;  // [padded D]
    packed_view<T> head;
    packed_view<T> embedding;
    std::shared_ptr<const void> owner = nullptr;
};

/// Forward and backward pass of a Llama-family model over flat arrays of weights and gradients.
/// Constant use with a workspace for each thread is thread-safe.
template <class T>
class network {
  public:
    /// `frozen` is what adapters are trained for, and nothing where all weights are: then `products`
    /// says what is multiplied, f32 or bf16.
    explicit network(const model_config& config, const tuning& = {}, const objective_options& = {},
                     packed_model<T> frozen = {}, cpu::element products = cpu::element::f32);
    network(const network&) = delete;
    network& operator=(const network&) = delete;

    const parameter_layout& layout() const { return layout_; }
    const model_config& config() const { return config_; }

    /// Tables of rotations for documents of up to that many tokens.
    void reserve_positions(int count) { rotations_.reserve(count); }
    /// Packing of the weights, in independent pieces; needed after every change of them.
    int pieces() const { return static_cast<int>(matrices_.size()) + 1; }
    void pack(const T* weights, int piece);

    /// The model, as the last pack() left it; without an embedding where that is not tied.
    const packed_model<T>& packed() const { return model_; }

    /// The sum of the losses of the micro-batch. With gradients, adds `scale` times
    /// their derivatives to them; `fresh`: they are garbage and are set instead.
    /// Leaves the log probabilities of predicted tokens in the workspace.
    double run(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
               T* gradients, bool fresh) const;

  private:
    enum role { qkv, output, gate_up, down, roles };
    // One matrix for which an adapter is trained, and where its outputs stand.
    struct adapter {
        module which;
        linear<T> a, b;
        int column;      // in rows of outputs
        bool in_panels;  // they are every second panel from there on
    };

    void add_model();
    void add_frozen();
    void add_adapters();
    void place();
    template <class F>
    void for_trained(F f);
    const linear<T>& of(int layer, role which) const { return linears_[layer * roles + which]; }
    const std::vector<adapter>& adapters(int layer, role which) const {
        return adapters_[layer * roles + which];
    }

    void embed(const T* weights, const std::vector<int>& tokens, std::vector<T>& to) const;
    void forward(int layer, role which, int rows, const T* x, std::ptrdiff_t x_stride, T* y,
                 std::ptrdiff_t y_stride, bool accumulate, workspace<T>& space) const;
    void backward(const T* weights, int layer, role which, int rows, const T* x,
                  std::ptrdiff_t x_stride, const T* dy, std::ptrdiff_t dy_stride, T* dx,
                  T* gradients, bool fresh, workspace<T>& space) const;
    void forward_layer(int layer, const micro_batch& part, workspace<T>& space) const;
    void backward_layer(const T* weights, int layer, const micro_batch& part, workspace<T>& space,
                        T* gradients, bool fresh) const;
    double predict(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                   T* gradients, bool fresh) const;
    double judge(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                 T* gradients, bool fresh) const;
    void norm(int rows, const std::vector<T>& x, const T* weight, std::vector<T>& y,
              std::vector<T>& inverse, workspace<T>& space) const;
    void norm_backward(int rows, const std::vector<T>& x, const T* weight,
                       const std::vector<T>& inverse, workspace<T>& space, T* dweight) const;
    void rotate(const micro_batch& part, T direction, std::vector<T>& x, workspace<T>& space) const;
    template <class F>
    void for_heads(const micro_batch& part, workspace<T>& space, F f) const;
    void attend(const micro_batch& part, layer_activations<T>& at, workspace<T>& space) const;
    void attend_backward(const micro_batch& part, layer_activations<T>& at,
                         workspace<T>& space) const;
    void reserve(const micro_batch& part, workspace<T>& space) const;
    void clear_vectors(T* gradients) const;

    // What pack() copies.
    struct vector_copy {
        std::size_t weights;
        T* packed;
        int size;
    };

    model_config config_;
    tuning tuning_;
    objective_options objectives_;
    parameter_layout layout_;
    const cpu::basic_kernels<T>& kernels_;
    rotation_table<T> rotations_;
    int width_;        // of rows of states
    int heads_width_;  // of rows of attended values
    int qkv_width_;    // of rows of queries, keys and values
    int gate_width_;   // of rows of gates
    T adapter_scale_ = 0;
    packed_model<T> model_;
    std::vector<linear<T>> linears_;              // [layer][role]
    linear<T> head_;                              // over the vocabulary
    linear<T> score_;                             // over labels
    std::vector<std::vector<adapter>> adapters_;  // [layer][role]
    std::vector<vector_copy> vectors_;
    std::vector<const linear<T>*> matrices_;
    cpu::buffer<T> packed_;
};

}  // namespace tessera::engine::train
