#pragma once

#include <span>
#include <vector>

#include "decode/sampling.hpp"

namespace tessera::engine {

/// Follows a completion along a text that it was expected to be, and says how it is expected to go
/// on. Where the completion leaves the text, its place is found again by what was drawn last.
class prediction {
  public:
    /// As many tokens are expected at a time, at most.
    static constexpr int longest_reach = 16;

    explicit prediction(std::vector<token_id> expected);

    /// The tokens expected next, at most so many; fewer after others were wrong, none without a
    /// place. Valid as long as the object.
    std::span<const token_id> next(int most) const;
    /// The completion went on with its last token.
    void advance(std::span<const token_id> completion);
    /// Of that many tokens of next(), so many were right.
    void verified(int proposed, int right);

    /// Tokens of the text that the completion took, each at its place.
    int accepted() const { return accepted_; }
    /// All others.
    int rejected() const { return static_cast<int>(expected_.size()) - accepted_; }

  private:
    void find_place(std::span<const token_id> completion);

    std::vector<token_id> expected_;
    std::vector<bool> taken_;
    std::size_t place_ = 0;  // of the next token; at the end: unknown
    std::size_t left_ = 0;   // where it was before
    int reach_;
    int accepted_ = 0;
};

}  // namespace tessera::engine
