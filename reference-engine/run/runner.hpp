#pragma once

#include <exception>
#include <functional>
#include <span>

#include "decode/sampling.hpp"
#include "loading/adapter.hpp"
#include "loading/config.hpp"

namespace tessera::engine {

/// Positions that a block of a cache holds, on every device.
inline constexpr int block_positions = 16;

/// Consecutive tokens of one sequence. Earlier positions are in the cache; these are added to it.
struct sequence_part {
    std::span<const token_id> tokens;  // in the vocabulary, at least one
    int position = 0;                  // of the first
    /// Of the cache, for positions 0..15, 16..31, ... to the last token's.
    std::span<const int> blocks;
    /// Where the final states of so many last tokens go, in their order.
    std::span<const int> slots{};
    int adapter = 0;  // by which the tokens are computed; 0: by the model alone
};

/// Asked between layers with what is left of the computation, from 1 to 0. True: stop.
using interrupt = std::function<bool(double left)>;

/// A token that is drawn from the state in a slot.
struct draw_request {
    int slot = 0;
    draw_rules rules{};
};

/// A token whose log probability is asked for, and the `top` most likely ones beside it.
struct describe_request {
    int slot = 0;
    token_id token = 0;
    int top = 0;
};

/// What one request has come to.
struct token_outcome {
    token_info info{};
    std::exception_ptr failure{};  // an engine_error; then there is no token
};

/// One model on one device, with a cache of keys and values and with slots for final states: all
/// that a scheduler asks for, and nothing that it must not see. Which block and which slot belongs
/// to whom is the scheduler's business. What a token's state comes to depends on the tokens up to
/// it and on nothing else, to the bit: not on the batch, on how a sequence is cut into parts, on the
/// numbers of blocks and slots. One thread at a time.
class runner {
  public:
    virtual ~runner() = default;
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;

    virtual const model_config& config() const = 0;
    /// Of the cache.
    virtual int blocks() const = 0;

    /// Takes a LoRA adapter into the device and gives it a number, which is never given again. By
    /// any thread, while others compute. Throws engine_error: malformed (a shape is not that of the
    /// model), unsupported.
    virtual int attach(const adapter_config&, const tensor_source&) = 0;
    /// Forgets an adapter that no part and no slot is computed by any more. By any thread.
    virtual void detach(int adapter) = 0;

    /// Computes parts of different sequences and leaves the states that are wanted in their slots.
    /// False if it was interrupted: then what the parts add to the cache and their slots is
    /// undefined, and all else as it was. What it throws concerns all parts.
    virtual bool compute(std::span<const sequence_part>, const interrupt&) = 0;
    /// Draws a token for every request. `later`: slots from which tokens will be drawn by a later
    /// call, for which a device may do now what needs no rules.
    virtual void draw(std::span<const draw_request>, std::span<token_outcome>,
                      std::span<const int> later) = 0;
    virtual void describe(std::span<const describe_request>, std::span<token_outcome>) = 0;
    /// The states after the last norm, [slot][hidden_size].
    virtual void states(std::span<const int> slots, std::span<float> to) = 0;
    /// Outputs of the head that classifies by that adapter: its own, or else the model's; 0: there is
    /// none. By any thread.
    virtual int labels(int adapter) const = 0;
    /// What that head makes of the state in a slot.
    virtual void classify(int slot, std::span<float> to) = 0;

  protected:
    runner() = default;
};

}  // namespace tessera::engine
