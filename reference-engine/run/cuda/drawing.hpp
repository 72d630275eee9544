#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "run/cuda/forward.hpp"

namespace tessera::engine::cuda {

/// Draws and describes tokens from the states in a forward pass's slots. Requests are sent while the
/// model is still at work, by a stream of their own; each call but foresee() waits once for every
/// batch of logits. While the device is in use, one thread at a time; what it throws is engine_error
/// device.
class token_drawing {
  public:
    token_drawing(forward_pass&, device&);

    void draw(std::span<const draw_request>, std::span<token_outcome>);
    void describe(std::span<const describe_request>, std::span<token_outcome>);
    /// Makes the logits of slots that will be drawn from later, as far as there is room.
    void foresee(std::span<const int> slots);
    /// The slots have other states now.
    void forget(std::span<const int> slots);
    /// As runner::states.
    void states(std::span<const int> slots, std::span<float> to);
    /// What a head makes of a slot's state.
    void multiply(const matrix& head, int slot, std::span<float> to);

  private:
    template <class... Array>
    auto send(const Array&... arrays);
    void finish();
    void multiply_head(const int* slots, int count, float* to);
    void draw_some(std::span<const draw_request>, std::span<const std::size_t> places,
                   std::span<token_outcome>, bool known);
    void take(std::span<const std::size_t> places, std::span<const int> tops,
              std::span<token_outcome>);
    const std::byte* read(const std::byte* from, std::size_t bytes);

    forward_pass& forward_;
    device& device_;
    const library& table_;
    int vocabulary_;
    int mask_words_;
    owned_stream copies_;
    owned_event sent_;
    growing<device_array<float>> logits_;  // [row][vocabulary]
    device_array<float> known_;            // the same, of slots drawn from later
    device_array<float> scratch_;
    device_array<outcome> outcomes_;
    host_array<outcome> outcomes_here_;
    growing<host_array<std::byte>> read_here_;
    sent_arrays requests_;
    sent_arrays later_;
    bool later_used_ = false;                // since the last time that all was finished
    std::unordered_map<int, int> foreseen_;  // slot: row of known_
    int known_rows_ = 0;
};

}  // namespace tessera::engine::cuda
