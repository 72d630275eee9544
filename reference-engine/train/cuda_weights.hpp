#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "backend/cuda/training.hpp"
#include "loading/tensor_source.hpp"
#include "run/cuda/arrays.hpp"
#include "train/parameters.hpp"

namespace tessera::engine::train {

/// A device's memory that grows with what is trained.
template <class T>
class cuda_space : public cuda::growing<cuda::device_array<T>> {
  public:
    T* reserve(cuda::device& on, std::size_t size) {
        return cuda::growing<cuda::device_array<T>>::reserve(on, size, "making room for training");
    }
    /// As the spaces below have it.
    void reserve(cuda::device& on, cuda::element, std::size_t size) { reserve(on, size); }
    static std::size_t bytes_of_one(cuda::element) { return sizeof(T); }
};

/// What products multiply and nothing else reads: numbers of one type.
class cuda_factors {
  public:
    void reserve(cuda::device& on, cuda::element type, std::size_t size) {
        type_ = type;
        held_.reserve(on, size * bytes_of_one(type));
    }
    static std::size_t bytes_of_one(cuda::element type) {
        return type == cuda::element::f32 ? sizeof(float) : sizeof(bf16);
    }
    const void* data() const { return held_.data(); }
    cuda::training_output output() const {
        if (type_ == cuda::element::f32) return {.exact = reinterpret_cast<float*>(held_.data())};
        return {.rounded = reinterpret_cast<bf16*>(held_.data())};
    }

  private:
    cuda::element type_ = cuda::element::f32;
    cuda_space<std::byte> held_;
};

/// What others read in f32 and products multiply: where these take bf16, there is room for both.
class cuda_shared_factors {
  public:
    void reserve(cuda::device& on, cuda::element type, std::size_t size) {
        exact_.reserve(on, size);
        if (type != cuda::element::f32) rounded_.reserve(on, size);
    }
    static std::size_t bytes_of_one(cuda::element type) {
        return sizeof(float) + (type == cuda::element::f32 ? 0 : sizeof(bf16));
    }
    float* exact() const { return exact_.data(); }
    /// Null where products take f32.
    bf16* rounded() const { return rounded_.data(); }
    const void* factors() const {
        return rounded() ? static_cast<const void*>(rounded()) : exact();
    }
    cuda::training_output both() const { return {.exact = exact(), .rounded = rounded()}; }
    /// For products alone.
    cuda::training_output only_factors() const {
        return {.exact = rounded() ? nullptr : exact(), .rounded = rounded()};
    }

  private:
    cuda_space<float> exact_;
    cuda_space<bf16> rounded_;
};

/// A matrix [outer][inner] in the device's memory, as products multiply it.
struct cuda_matrix {
    const void* data = nullptr;
    int outer = 0;
    int inner = 0;
    const float* bias = nullptr;
    /// Of its gradient, where it is trained.
    std::optional<std::size_t> gradient = {};
};

/// Rows of tokens.
struct cuda_table {
    const void* data = nullptr;
    cuda::element type = cuda::element::f32;
};

/// One matrix for which an adapter is trained: first matrix, second one, and the column of its outputs.
struct cuda_adapter {
    module which;
    cuda_matrix a, b;
    int column;
};

/// What one product is made with, and what is added to it.
struct cuda_linear {
    cuda_matrix matrix;
    std::vector<cuda_adapter> adapters;
};

struct cuda_layer {
    const float* input_norm = nullptr;
    cuda_linear qkv, output;
    const float* post_norm = nullptr;
    cuda_linear gate_up, down;
};

/// A model that stays as it is, in a device's memory: its matrices as the device multiplies them,
/// everything else in f32.
class cuda_frozen {
  public:
    /// Throws engine_error: malformed, unsupported, device.
    cuda_frozen(cuda::device&, cuda::stream, const model_config&, const tensor_source&,
                cuda::element);

    const parameter_layout& layout() const { return layout_; }
    const void* matrix(std::size_t offset) const;
    const float* vector(std::size_t offset) const { return vectors_.data() + places_.at(offset); }
    cuda::element type() const { return type_; }

  private:
    parameter_layout layout_;
    cuda::element type_;
    cuda::device_array<std::byte> matrices_;     // as flat as the layout
    std::map<std::size_t, std::size_t> places_;  // of vectors, by their offsets in the layout
    cuda::device_array<float> vectors_;          // one after the other
};

/// Where a network finds its weights: those that are trained lie in `weights`, and as products
/// multiply them in `rounded`, unless that is null.
struct cuda_model {
    cuda_model(const model_config&, const tuning&, const parameter_layout&, const float* weights,
               const bf16* rounded, const cuda_frozen*);

    std::vector<cuda_layer> layers;
    const float* final_norm = nullptr;
    cuda_table embedding;
    cuda_matrix head;   ///< over the vocabulary; data is null where there is none
    cuda_matrix score;  ///< over labels
};

}  // namespace tessera::engine::train
