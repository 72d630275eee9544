#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tessera::engine {

using token_id = int;

/// How the next token is chosen. A temperature of 0 takes the most likely token (the lowest id
/// among equals). Of the `top_k` most likely ones, of equals the lower ids, `top_p` keeps the most
/// likely that have this share of what those weigh together. The draw of one token is a function of
/// (seed, index of the token in the completion) and of nothing else, so a request gives the same
/// tokens alone, among others and on every run.
struct sampling_options {
    float temperature = 1;
    float top_p = 1;
    int top_k = 0;  // 0: all
    std::uint64_t seed = 0;
    float frequency_penalty =
        0;  // taken off a logit once for every time the completion has the token
    float presence_penalty = 0;  // taken off once if the completion has the token at all
    std::vector<std::pair<token_id, float>> logit_bias{};
    int top_logprobs =
        -1;  // -1: no log probabilities; 0: the chosen token's; else that many beside it
};

inline constexpr int max_top_logprobs = 20;

/// Log probabilities are those of the model's own distribution: before temperature, penalties, bias,
/// top_k and top_p. NaN where none were asked for.
struct token_info {
    token_id id = 0;
    float logprob = 0;
    std::vector<std::pair<token_id, float>> top{};  // most likely first
};

/// What is likely when the end is, where the text cannot end yet.
struct end_wish {
    std::span<const token_id> ends{};
    token_id instead = -1;  // in the vocabulary, or there is none
};

/// One draw, said in full: what draws by it knows nothing of completions.
struct draw_rules {
    float temperature = 1;
    float top_p = 1;
    int top_k = 0;  // 0: all
    std::uint64_t seed = 0;
    std::uint64_t index = 0;  // of the token in its completion
    /// Added to logits one after the other; a token may be there several times.
    std::span<const std::pair<token_id, float>> shifts{};
    /// Token i may be drawn if bit i % 64 of word i / 64 is set. Empty: all may. Bits beyond the
    /// vocabulary mean nothing.
    std::span<const std::uint64_t> allowed{};
    end_wish wish{};
    int top_logprobs = -1;
};

/// Why there is no token, on every device.
inline constexpr const char* logits_not_finite =
    "the model's logits are not finite: its weights are damaged, or too large for its precision";
inline constexpr const char* nothing_to_draw =
    "bias and penalties leave no finite logit to a token that may follow";

/// In [0, 1), a function of its arguments alone.
double uniform_draw(std::uint64_t seed, std::uint64_t index);

}  // namespace tessera::engine
