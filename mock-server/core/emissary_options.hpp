#pragma once
// What a server is told of Emissary: its key, and how long things take that are simulated.
#include <cstdint>
#include <optional>
#include <string>

#include "tessera/json/describe.hpp"

namespace tessera::server {

/// Times go by the server's clock.
struct emissary_options {
    std::string api_key = "emissary-tessera-dev";
    std::int64_t engine_start_ms = 100;   // until an engine is active that was created or woken
    std::int64_t deploy_ms = 100;         // a deployment takes at least so long to begin
    std::int64_t reactivate_ms = 200;     // and so long to begin again
    std::int64_t deploy_timeout_s = 600;  // what takes longer has timed out
    std::int64_t inactive_timeout_s =
        3600;  // of what has neither a time-out of its own nor a schedule
    // Models of more parameters are trained by adapters.
    std::int64_t whole_training_parameters = 20'000'000;
    std::int64_t training_timeout_s = 86'400;  // a training job that takes longer has timed out
};

struct emissary_settings {
    std::optional<std::string> api_key{};
    std::optional<std::int64_t> engine_start_ms{};
    std::optional<std::int64_t> deploy_ms{};
    std::optional<std::int64_t> reactivate_ms{};
    std::optional<std::int64_t> deploy_timeout_s{};
    std::optional<std::int64_t> inactive_timeout_s{};
    std::optional<std::int64_t> whole_training_parameters{};
    std::optional<std::int64_t> training_timeout_s{};
};

constexpr auto describe(json::type<emissary_settings>) {
    using s = emissary_settings;
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t year_s = 366 * 86'400;
    return json::object<s>(
        "Emissary", json::closed, json::field("api_key", &s::api_key, json::length(1, 1024)),
        json::field("engine_start_ms", &s::engine_start_ms, json::range(0, hour_ms)),
        json::field("deploy_ms", &s::deploy_ms, json::range(0, hour_ms)),
        json::field("reactivate_ms", &s::reactivate_ms, json::range(0, hour_ms)),
        json::field("deploy_timeout_s", &s::deploy_timeout_s, json::range(1, 86'400)),
        json::field("inactive_timeout_s", &s::inactive_timeout_s, json::range(1, year_s)),
        json::field("whole_training_parameters", &s::whole_training_parameters, json::min(0)),
        json::field("training_timeout_s", &s::training_timeout_s, json::range(1, year_s)));
}

void apply(const emissary_settings& given, emissary_options& to);

}  // namespace tessera::server
