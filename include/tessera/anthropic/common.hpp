#pragma once
// What every part of the API is made of.
#include <optional>
#include <string>
#include <string_view>

#include "tessera/anthropic/describe.hpp"

namespace tessera::anthropic {

/// A JSON object of any members, which keep their order: inputs of tools, and their schemas.
struct json_object {
    json::value members{};  ///< an object, or null where there are none
};

template <std::same_as<json_object> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::rest(&T::members));
}

/// What a union of this API holds of a kind that has no name here: newer than this client, or one
/// that the service alone makes and reads, such as the results of its own tools. It is sent back as
/// it came.
struct other {
    std::string type{};   ///< the kind
    json::value extra{};  ///< all other members

    /// As an event of a stream: its name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<other> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicOther", json::field("type", &T::type, json::of_known_kinds),
                           json::rest(&T::extra));
}

/// Marks the end of what the service is to keep of a prompt for later requests.
struct cache_control {
    json::fixed<"ephemeral"> type{};   ///< always "ephemeral"
    std::optional<std::string> ttl{};  ///< "5m" or "1h"; 5 minutes when absent
    json::value extra{};               ///< members that have no name here
};

template <std::same_as<cache_control> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicCacheControl",
                           json::field("type", &T::type, json::defaults("ephemeral")),
                           json::field("ttl", &T::ttl), json::rest(&T::extra));
}

}  // namespace tessera::anthropic
