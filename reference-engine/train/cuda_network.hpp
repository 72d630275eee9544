#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/cuda/training.hpp"
#include "model/rotary.hpp"
#include "run/cuda/device.hpp"
#include "train/batch.hpp"
#include "train/cuda_weights.hpp"
#include "train/options.hpp"

namespace tessera::engine::train {

/// Forward and backward pass of a Llama-family model on a GPU; what network is on the processors.
class cuda_network {
  public:
    /// Derivatives by the weights that are trained are added to `gradients`, which lie as they do.
    cuda_network(cuda::device&, cuda::stream, const model_config&, const tuning&,
                 const objective_options&, cuda::element factors, cuda_model, float* gradients);

    /// Tables of rotations for documents of up to that many tokens.
    void reserve_positions(int count);
    /// Of the device's memory that a token of a micro-batch takes.
    std::size_t bytes_per_token();

    /// What one pass is asked for.
    struct request {
        float scale = 0;                ///< of derivatives
        bool gradients = false;         ///< whether they are wanted
        bool without_adapters = false;  ///< the frozen model alone
    };
    /// The sum of the losses of the micro-batch; the log probabilities of predicted tokens are left in
    /// log_probabilities(). Waits until the device has done it. Once `stopping` says yes the results
    /// mean nothing.
    double run(const micro_batch&, const request&, const std::function<bool()>& stopping);
    std::span<const float> log_probabilities() const { return found_; }

  private:
    struct layer_activations {
        cuda_space<float> input, input_inverse, log_sums, attended, middle, middle_inverse, gate_up;
        cuda_factors qkv;
        std::array<cuda_factors, modules> low;
    };
    // Of the micro-batch, in the device's memory.
    struct places {
        int tokens = 0, kept = 0, distinct = 0;
        int task_count = 0;
        const int *token_ids = nullptr, *positions = nullptr, *sources = nullptr;
        const int* source_of = nullptr;  // [token]: -1, or where it stands among the sources
        const int* targets = nullptr;
        const int *ids = nullptr, *first = nullptr, *rows = nullptr;  // of training_embed_backward
        const cuda::training_task* tasks = nullptr;
    };

    double compute(const micro_batch&, const request&, const std::function<bool()>& stopping);
    void prepare(const micro_batch&);
    void reserve(int tokens, int kept);
    /// use(space, numbers) for each space of a micro-batch of which so many tokens go on.
    template <class F>
    void each_space(std::size_t tokens, std::size_t kept, const F& use);
    void check(cuda::status, const char* doing) const;
    void finish() const;
    template <class T>
    void upload(void* to, const std::vector<T>& from) const;
    void download(std::span<float> to, const float* from) const;

    void forward_layer(std::size_t layer, const request&);
    void backward_layer(std::size_t layer);
    double predict(const micro_batch&, const request&, const std::function<bool()>& stopping);
    double judge(const micro_batch&, const request&);
    double pair(const micro_batch&, const request&);

    void norm(int rows, const float* x, const float* weight, const cuda::training_output& y,
              float* inverse);
    /// dnormed_ -> added to dx_.
    void norm_backward(int rows, const float* x, const float* weight, const float* inverse,
                       std::optional<std::size_t> gradient);
    /// Of qkv_.
    void rotate(float direction, const cuda::training_output& to);
    void pick(int rows, int width, const int* rows_of, const float* from,
              const cuda::training_output& to);
    void round(std::size_t size, const float* from, bf16* to);
    cuda::training_attention attention(layer_activations&);

    // Factors are of factors_; `before` is what is added, where it is not null.
    void multiply(cuda::training_product);
    void forward(const cuda_matrix&, int rows, const void* x, std::ptrdiff_t x_stride,
                 const cuda::training_output& y, std::ptrdiff_t y_stride, const float* before,
                 float factor = 1);
    void backward_input(const cuda_matrix&, int rows, const void* dy, std::ptrdiff_t dy_stride,
                        const cuda::training_output& dx, std::ptrdiff_t dx_stride,
                        const float* before, float factor = 1);
    void backward_weights(const cuda_matrix&, int rows, const void* x, std::ptrdiff_t x_stride,
                          const void* dy, std::ptrdiff_t dy_stride);
    void forward(const cuda_linear&, layer_activations&, int rows, const void* x, float* y,
                 const float* before, const request&);
    void backward(const cuda_linear&, layer_activations&, int rows, const void* x, const void* dy,
                  float* dx);
    const void* after(const void* factors, std::ptrdiff_t numbers) const;
    /// What attention gave in that layer, as it lies after it or after round().
    const void* attended(const layer_activations&) const;

    cuda::device& on_;
    cuda::stream by_;
    const cuda::training_library& kernels_;
    model_config config_;
    tuning tuning_;
    objective_options objectives_;
    parameter_layout layout_;
    cuda::element factors_;
    cuda_model model_;
    float* gradients_;
    rotation_table<float> rotations_;
    int heads_width_;  // of attended values
    int qkv_width_;
    float adapter_scale_ = 0;

    places at_;
    cuda::sent_arrays sent_;  // that at_ names
    std::vector<float> host_floats_;
    std::vector<float> found_;  // log probabilities

    std::vector<layer_activations> layers_;
    // After the last layer's attention, of the tokens that go on.
    cuda_factors picked_;
    cuda_shared_factors output_normed_, logits_;
    cuda_space<float> dpicked_, output_, output_inverse_;
    cuda_space<float> log_sums_, log_probabilities_, row_weights_;
    cuda_factors normed_, act_, dgate_up_, dlow_;
    cuda_shared_factors dx_, dattended_;
    cuda_shared_factors qkv_;  // before they are turned, and their gradients
    cuda_space<bf16> attended_;
    cuda_space<float> dkept_, dnormed_, dact_, delta_, scratch_;
    cuda_space<float> angles_;
    std::size_t angles_there_ = 0;
};

}  // namespace tessera::engine::train
