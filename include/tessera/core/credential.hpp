#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "tessera/core/result.hpp"
#include "tessera/core/secret.hpp"

namespace tessera {

/// What a client shows to be let in: a fixed secret, or a provider of secrets that change.
class credential {
  public:
    /// Takes what a provider gives.
    using receiver = std::function<void(result<secret>)>;
    /// Hands a secret, or why there is none, to `done`: once, at once or later, from any thread.
    /// `fresh`: the one before was refused.
    using async_provider = std::function<void(bool fresh, receiver done)>;

    credential() = default;
    /// A fixed secret.
    credential(secret fixed) : fixed_(std::move(fixed)) {}
    /// A fixed text.
    template <class Text>
    requires(std::is_constructible_v<secret, Text&&> &&
             !std::same_as<std::remove_cvref_t<Text>, secret> &&
             !std::same_as<std::remove_cvref_t<Text>, credential>) credential(Text&& fixed)
        : fixed_(std::forward<Text>(fixed)) {}

    /// `provide(bool fresh)` gives a secret or result<secret>. It is called before each attempt,
    /// from any thread, on the thread of the call, which it holds up: it should keep what it has
    /// until it expires.
    template <class Provide>
    static credential from(Provide provide) {
        return from_async([provide = std::move(provide)](bool fresh, const receiver& done) mutable {
            done(provide(fresh));
        });
    }
    /// The same for what takes time: the call waits without a thread.
    static credential from_async(async_provider provider) {
        credential made;
        made.provider_ = std::move(provider);
        return made;
    }

    /// Whether no provider is asked.
    bool is_fixed() const noexcept { return !provider_; }
    /// Of a fixed one.
    const secret& fixed() const noexcept { return fixed_; }
    /// Of one that is not fixed.
    const async_provider& provider() const noexcept { return provider_; }

  private:
    secret fixed_;
    async_provider provider_;
};

}  // namespace tessera
