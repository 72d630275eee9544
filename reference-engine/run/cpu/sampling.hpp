#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "decode/sampling.hpp"

namespace tessera::engine {

/// Log probabilities of one token and of the `top` most likely ones (at least 0) under logits as
/// the model gave them; the sum of exponentials is in double precision. Throws engine_error
/// invalid_argument if one of them is NaN or infinitely likely.
token_info describe_token(std::span<const float> logits, token_id token, int top);

/// Draws tokens by rules; keeps nothing but memory from one draw to the next.
class token_drawer {
  public:
    /// Throws engine_error invalid_argument if a logit is NaN or infinitely likely, or if shifts
    /// leave no token that may be drawn.
    token_info draw(std::span<const float> logits, const draw_rules&, const cpu::kernels&);

  private:
    struct range {
        std::size_t first, end;
    };

    void find_live(std::size_t size, std::span<const std::uint64_t> allowed);
    token_id first_equal(std::span<const float> values, float wanted) const;
    std::span<const float> adjusted(std::span<const float> logits, const draw_rules&);
    token_id draw_from(std::span<const float> logits, float largest, const draw_rules&,
                       const cpu::kernels&);
    token_id draw_from_nucleus(double total, const draw_rules&, double uniform);

    std::vector<range> live_;  // stretches that have a token which may be drawn; others are garbage
    std::vector<float> adjusted_;
    std::vector<float> weights_;
    std::vector<float> sums_;  // of the weights of live stretches
    std::vector<token_id> candidates_;
};

}  // namespace tessera::engine
