#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/compute_budget.hpp"
#include "loading/load_options.hpp"
#include "loading/tensor_source.hpp"
#include "run/runner.hpp"

namespace tessera::engine {

class model;

struct runner_options {
    std::shared_ptr<compute_budget> budget{};  // of the host's arithmetic; none: one of its own
    int priority = 0;                          // of its turns
    int sequences = 1;  // that run at the same time, for which a cache is made
    int tokens = 0;     // that a step has, as a rule, at most; 0: chosen by the device
    int kv_tokens = 0;  // capacity of the cache; 0: chosen by the model's size
    kv_precision cached = kv_precision::f32;
    int slots = 1;
    /// False: a state's bits may depend on the batch, where that is faster.
    bool invariant = true;
};

/// A model's weights in the memory of one device. Immutable, so runners may share it.
class loaded_model : public std::enable_shared_from_this<loaded_model> {
  public:
    virtual ~loaded_model() = default;
    loaded_model(const loaded_model&) = delete;
    loaded_model& operator=(const loaded_model&) = delete;

    virtual const model_config& config() const = 0;
    /// The name of the kernels that compute it, for people.
    virtual std::string_view computed_with() const = 0;
    /// Of the weights, on the device.
    virtual std::size_t bytes() const = 0;
    /// The model itself, for a trainer of adapters; null where it is in another device's memory.
    virtual std::shared_ptr<const model> on_host() const { return nullptr; }
    /// The runner keeps the model.
    virtual std::unique_ptr<runner> start(const runner_options&) const = 0;

  protected:
    loaded_model() = default;
};

struct device_card {
    std::string name{};
    std::size_t memory = 0;  // bytes; 0: that of this machine
    std::size_t free_memory = 0;
};

/// A kind of device. Thread-safe.
class backend {
  public:
    virtual ~backend() = default;

    /// As it is asked for: "cpu", "cuda".
    virtual std::string_view name() const = 0;
    virtual device_card card() const = 0;
    /// A device that can be lost keeps the tensors, to load them again; others let go of them.
    /// Throws engine_error: malformed (a tensor is missing or has another shape), unsupported,
    /// device (it fails, or the model does not fit).
    virtual std::shared_ptr<const loaded_model> load(model_config,
                                                     std::shared_ptr<const tensor_source>,
                                                     const load_options&) const = 0;
};

/// The processors of this machine: the oracle of every other backend, and always there.
const backend& cpu_backend();

enum class backend_kind { automatic, cpu, cuda };

struct chosen_backend {
    const backend* computes = nullptr;  // lives as long as the program
    std::string instead{};              // why it is not a GPU, where one would have been taken
};

/// Automatic takes a GPU where there is one. Throws engine_error device where cuda is asked for and
/// cannot be had.
chosen_backend choose_backend(backend_kind);

/// Loads a Hugging Face folder. Throws engine_error: io as well.
std::shared_ptr<const loaded_model> load_model(const std::filesystem::path& folder,
                                               const load_options& = {},
                                               const backend& = cpu_backend());

}  // namespace tessera::engine
