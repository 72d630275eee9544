#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "decode/sampling.hpp"

namespace tessera::engine {

/// Which tokens a completion may take next: the state of one completion under a grammar or a JSON
/// Schema. Used by one thread at a time. From every state that can be reached by allowed tokens the
/// text can be completed.
class constraint {
  public:
    virtual ~constraint() = default;

    /// Sets the bits of the allowed tokens and clears all others: token i is bit i % 64 of word
    /// i / 64. End tokens are allowed where the text is complete.
    virtual void allowed(std::span<std::uint64_t> words) = 0;
    /// Of what was allowed last: the token that leads on where the text cannot end yet and the model
    /// wants it to, such as the quote that closes a string; -1 if there is none. The sampler gives it
    /// the weight that the end has.
    virtual token_id towards_end() const { return -1; }
    /// Moves on by one token. False, with the state unchanged, if the token is not allowed.
    virtual bool accept(token_id) = 0;
    /// The same state once more, to see what would be allowed after tokens that are only expected.
    /// It stands on this one, and is used by the same thread until this one moves on. None: then
    /// nothing that is expected can be verified several tokens at a time.
    virtual std::unique_ptr<constraint> look_ahead() const { return nullptr; }
};

}  // namespace tessera::engine
