#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "loading/adapter.hpp"
#include "run/cuda/weights.hpp"

namespace tessera::engine::cuda {

/// The projections of a layer in their order, and which of them are of one matrix.
struct adapted_matrix {
    int first = 0;
    int projections = 0;
};
inline constexpr adapted_matrix adapted_query_key_value{0, 3};
inline constexpr adapted_matrix adapted_attention_output{3, 1};
inline constexpr adapted_matrix adapted_gate_up{4, 2};
inline constexpr adapted_matrix adapted_down{6, 1};
inline constexpr int adapted_projections = 7;

/// Of all adapters, as kernels want it: [place][layer][projection].
struct adapter_matrices {
    const adapter_matrix* data = nullptr;
    std::ptrdiff_t stride = 0;  // of places
    int rank_at_most = 0;       // a multiple of 16
};

/// LoRA adapters in a device's memory, by number, and a table of their matrices for kernels. Copies
/// of their tensors are kept, so that they survive a device that is lost. Thread-safe.
class adapter_table {
  public:
    explicit adapter_table(std::shared_ptr<const model_on_device>);
    ~adapter_table();

    /// Throws engine_error: malformed, unsupported, device.
    int attach(const adapter_config&, const tensor_source&);
    void detach(int number);
    /// Of the adapter's own head; 0: it has none.
    int labels(int number) const;

    // While the device is in use, of this table's current state:

    /// Sends again what was lost. Throws engine_error device.
    void restore();
    int place_of(int number) const;
    matrix score_of(int number) const;
    adapter_matrices matrices() const;

  private:
    struct attached;

    void send_lost();
    void send(attached&);
    void make_room(int place);

    std::shared_ptr<const model_on_device> model_;
    device& device_;
    std::ptrdiff_t stride_;
    mutable std::mutex mutex_;
    std::map<int, std::unique_ptr<attached>> adapters_;
    int last_ = 0;
    std::vector<int> places_;                           // that are free
    int capacity_ = 0;                                  // of the newest table
    std::vector<device_array<adapter_matrix>> tables_;  // steps under way may read an older one
    std::uint64_t generation_ = 0;
};

}  // namespace tessera::engine::cuda
