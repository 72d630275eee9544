#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "decode/sampling.hpp"

namespace tessera::engine {

/// In [0, 1), a function of its arguments alone.
double uniform_draw(std::uint64_t seed, std::uint64_t index);

/// Log probabilities of one token and of the `top` most likely ones (at least 0) under logits as
/// the model gave them; the sum of exponentials is in double precision. Throws engine_error
/// invalid_argument if one of them is NaN or infinitely likely.
token_info describe_token(std::span<const float> logits, token_id token, int top);

/// What is likely when the end is, where the text cannot end yet.
struct end_wish {
    std::span<const token_id> ends{};
    token_id instead = -1;  // in the vocabulary, or there is none
};

/// Draws the tokens of one completion, in order.
class sampler {
  public:
    /// Throws engine_error invalid_argument for options out of range or tokens out of the
    /// vocabulary.
    sampler(sampling_options options, int vocab_size);

    /// The next token, never one of `banned` unless nothing else is left. `allowed` holds a bit for
    /// each token that may be drawn (see constraint); empty, it allows all. Throws engine_error
    /// invalid_argument if a logit is NaN or infinitely likely, or no token is allowed.
    token_info next(std::span<const float> logits, std::span<const token_id> banned,
                    const cpu::kernels&, std::span<const std::uint64_t> allowed = {},
                    const end_wish& = {});
    /// Tokens drawn so far.
    int drawn() const { return drawn_; }

  private:
    void forbid(std::span<const token_id> banned, std::span<const std::uint64_t> allowed,
                std::size_t vocab_size);
    std::span<const float> adjusted(std::span<const float> logits, const end_wish&);
    token_id draw(std::span<const float> logits, float largest, const cpu::kernels&);
    token_id draw_from_nucleus(double total, double uniform);

    sampling_options options_;
    int drawn_ = 0;
    std::unordered_map<token_id, int> counts_;
    std::vector<std::uint64_t> forbidden_;  // a bit a token; empty: none is
    std::vector<float> adjusted_;
    std::vector<float> weights_;
    std::vector<float> sums_;  // of stretches of weights
    std::vector<token_id> candidates_;
};

}  // namespace tessera::engine
