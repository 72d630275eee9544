#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/thread_pool.hpp"
#include "loading/config.hpp"
#include "loading/load_options.hpp"
#include "loading/tensor_source.hpp"
#include "model/tensors.hpp"
#include "run/cuda/device.hpp"

namespace tessera::engine::cuda {

/// Matrices and vectors on their way into a device's memory, which this keeps. While the device is
/// in use, one thread at a time.
class uploader {
  public:
    /// Throws engine_error device.
    uploader(device&, int threads);

    /// `fill` writes the `inner` values of a row over zeros, on any thread.
    matrix add_matrix(element, int outer, int inner,
                      const std::function<void(int row, float* to)>& fill, std::string_view what);
    const float* add_vector(const std::vector<float>&, std::string_view what);
    /// When all has arrived: the memory.
    std::vector<device_array<std::byte>> finish();

  private:
    std::byte* send(const std::byte* from, std::size_t bytes, std::string_view what);

    device& device_;
    thread_pool pool_;
    owned_stream stream_;
    std::vector<std::byte> packed_;
    std::vector<device_array<std::byte>> memory_;
};

struct layer_on_device {
    const float* attention_norm = nullptr;
    matrix query_key_value;
    matrix attention_output;
    const float* mlp_norm = nullptr;
    matrix gate_up;
    matrix down;
};

struct weights_on_device {
    matrix embedding;
    std::vector<layer_on_device> layers;
    const float* norm = nullptr;
    matrix head;   // the embedding, where it is tied
    matrix score;  // of a classifier alone: outer 0: there is none
    std::vector<device_array<std::byte>> memory;

    std::size_t bytes() const;
};

/// A model's weights, loaded again when the device was lost. Thread-safe.
class model_on_device {
  public:
    model_on_device(std::shared_ptr<device>, model_config, std::shared_ptr<const tensor_source>,
                    const load_options&);
    ~model_on_device();

    const model_config& config() const { return config_; }
    cuda::device& on() const { return *device_; }
    /// While the device is in use. Throws engine_error: device, malformed, unsupported.
    std::shared_ptr<const weights_on_device> weights() const;

  private:
    std::shared_ptr<const weights_on_device> load() const;

    std::shared_ptr<device> device_;
    model_config config_;
    std::shared_ptr<const tensor_source> tensors_;
    load_options options_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const weights_on_device> weights_;
    mutable std::uint64_t generation_ = 0;  // in which they were loaded
};

}  // namespace tessera::engine::cuda
