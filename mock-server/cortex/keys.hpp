#pragma once
// Who asks, and what a key opens.
#include <string_view>
#include <utility>
#include <vector>

#include "core/cortex_options.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// `*` in a pattern stands for any text, also for none; everything else for itself.
bool matches(std::string_view pattern, std::string_view text);

/// Whether a key opens these operations, a provider, and a model: by its name, or with its provider
/// in front ("openai:gpt-4o"). What it does not open the provider of, it does not open.
///@{
bool opens(const gateway_key_settings& key, endpoint_group group);
bool opens_provider(const gateway_key_settings& key, std::string_view provider);
bool opens_model(const gateway_key_settings& key, std::string_view provider,
                 std::string_view model);
///@}

/// The keys of one configuration. Immutable, so for any thread.
class key_ring {
  public:
    explicit key_ring(std::vector<gateway_key_settings> keys) : keys_(std::move(keys)) {}

    /// The enabled key of this text, or null. How long that takes tells nothing about keys.
    const gateway_key_settings* find(std::string_view secret) const;

    struct shown {
        bool any = false;                           // the request shows something as its key
        const gateway_key_settings* key = nullptr;  // null where that is none
    };
    /// The key in `Authorization: Bearer`, else the one in `x-api-key`.
    shown shown_by(const request& asked) const;

  private:
    std::vector<gateway_key_settings> keys_;
};

/// 401: what a request without a valid key is told.
problem no_valid_key(const key_ring::shown& by);
/// 403: `what` names the thing that the key does not open, such as "the model gpt-4o".
problem not_opened(const gateway_key_settings& key, std::string_view what);

}  // namespace tessera::server::cortex
