#pragma once
// GET /api/admin/inflight.
#include <cstdint>
#include <string>
#include <vector>

#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// A request that the gateway is answering.
struct inflight_request {
    std::int64_t id;                             ///< grows from request to request
    std::string method;                          ///< such as "POST"
    std::string uri;                             ///< its path, without the query
    std::int64_t elapsed_secs;                   ///< since it came
    std::int64_t idle_secs;                      ///< of a stream: since its last chunk; else 0
    json::nullable<std::string> model{};         ///< null until it is resolved
    json::nullable<std::string> provider{};      ///< null until it is resolved
    json::nullable<std::string> api_key_name{};  ///< the key's name; null until it is resolved
    json::value extra{};                         ///< members that have no name here
};

template <std::same_as<inflight_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("InflightRequest", json::field("id", &T::id, json::min(0)),
                           json::field("method", &T::method),
                           json::field("uri", &T::uri, json::pattern("^/v1/")),
                           json::field("elapsed_secs", &T::elapsed_secs, json::min(0)),
                           json::field("idle_secs", &T::idle_secs, json::min(0)),
                           json::field("model", &T::model), json::field("provider", &T::provider),
                           json::field("api_key_name", &T::api_key_name), json::rest(&T::extra));
}

/// The requests below /v1 that are being answered.
struct inflight_snapshot {
    std::int64_t count;                      ///< of them
    std::vector<inflight_request> requests;  ///< one by one
    json::value extra{};                     ///< members that have no name here
};

template <std::same_as<inflight_snapshot> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("InflightSnapshot", json::field("count", &T::count, json::min(0)),
                           json::field("requests", &T::requests), json::rest(&T::extra));
}

}  // namespace tessera::cortex
