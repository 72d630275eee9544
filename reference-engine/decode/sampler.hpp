#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decode/sampling.hpp"

namespace tessera::engine {

/// Makes the rules by which the tokens of one completion are drawn, in order.
class sampler {
  public:
    /// Throws engine_error invalid_argument for options out of range or tokens out of the
    /// vocabulary.
    sampler(sampling_options options, int vocab_size);

    /// The rules of the token that follows those taken and then `ahead`. Never one of `banned`
    /// unless nothing else is left. `allowed` holds a bit for each token that may be drawn (see
    /// constraint); empty, it allows all. What the rules point to lasts until the next call with
    /// as many tokens ahead, and as long as the arguments. Throws engine_error invalid_argument if
    /// no token is allowed.
    draw_rules next(std::span<const token_id> ahead, std::span<const token_id> banned,
                    std::span<const std::uint64_t> allowed = {}, const end_wish& = {});
    /// The completion goes on with that token.
    void take(token_id);
    /// Tokens taken so far.
    int drawn() const { return drawn_; }

  private:
    struct memory {
        std::vector<std::pair<token_id, float>> shifts;
        std::vector<std::uint64_t> allowed;
    };

    bool penalises() const {
        return options_.frequency_penalty != 0 || options_.presence_penalty != 0;
    }
    std::span<const std::pair<token_id, float>> shifts(memory&,
                                                       std::span<const token_id> ahead) const;
    std::span<const std::uint64_t> without(memory&, std::span<const token_id> banned,
                                           std::span<const std::uint64_t> allowed) const;

    sampling_options options_;
    std::size_t vocab_size_;
    int drawn_ = 0;
    std::unordered_map<token_id, int> counts_;  // of tokens taken, where they are penalised
    std::vector<memory> rows_;                  // [tokens ahead]
};

}  // namespace tessera::engine
