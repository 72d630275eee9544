#pragma once
// Who asks, and what a key opens.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/message.hpp"

namespace tessera::server::cortex {

/// `*` in a pattern stands for any text, also for none; everything else for itself.
bool matches(std::string_view pattern, std::string_view text);

/// What keys are let into; the names in the configuration.
enum class endpoint_group { openai, anthropic, providers, oauth, admin, config, usage };
std::string_view name_of(endpoint_group group);

/// A key, and what it opens. An empty list opens everything.
struct api_key {
    std::string name;
    std::string secret;
    bool enabled = true;
    std::vector<std::string> models{};     // patterns
    std::vector<std::string> providers{};  // patterns
    std::vector<std::string> endpoints{};  // names of groups
    std::int64_t requests_per_minute = 0;  // 0: no limit

    bool opens(endpoint_group group) const;
    bool opens_provider(std::string_view provider) const;
    /// By the model's name, with its provider in front ("openai:gpt-4o") or without; and where the
    /// key does not open the provider, none of its models.
    bool opens_model(std::string_view provider, std::string_view model) const;
};

/// The keys of one configuration. Immutable, so for any thread.
class key_ring {
  public:
    explicit key_ring(std::vector<api_key> keys) : keys_(std::move(keys)) {}

    /// The enabled key with this secret, or null. Its time tells nothing about secrets.
    const api_key* find(std::string_view secret) const;

    struct shown {
        bool any = false;              // the request shows something as a key
        const api_key* key = nullptr;  // and this is it; null for what is no key
    };
    /// The key in `Authorization: Bearer`, else the one in `x-api-key`.
    shown shown_by(const request& asked) const;

  private:
    std::vector<api_key> keys_;
};

/// 401: what a request without a valid key is told.
problem no_valid_key(const key_ring::shown& by);
/// 403: `what` names the thing that the key does not open, such as "the model gpt-4o".
problem not_opened(const api_key& key, std::string_view what);

}  // namespace tessera::server::cortex
