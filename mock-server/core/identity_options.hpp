#pragma once
// What a server is told of the identity provider that it brings along.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::server {

struct identity_user {
    std::string id{};    // what tokens say
    std::string name{};  // for people
};

constexpr auto describe(json::type<identity_user>) {
    using s = identity_user;
    return json::object<s>("IdentityUser", json::closed,
                           json::field("id", &s::id, json::length(1, 256)),
                           json::field("name", &s::name, json::length(1, 256)));
}

/// Life times go by the server's clock.
struct identity_options {
    std::optional<std::vector<identity_user>> users{};  // absent: Ada Lovelace and Alan Turing
    std::int64_t code_secs = 60;
    std::int64_t access_token_secs = 3600;
    std::int64_t refresh_token_secs = 30 * 86'400;
    std::int64_t device_code_secs = 900;
    std::int64_t device_interval_secs = 5;
};

constexpr auto describe(json::type<identity_options>) {
    using s = identity_options;
    constexpr std::int64_t year = 366 * 86'400;
    return json::object<s>(
        "Identity", json::closed, json::field("users", &s::users, json::items(1, 100)),
        json::field("code_secs", &s::code_secs, json::range(1, 600), json::defaults(60)),
        json::field("access_token_secs", &s::access_token_secs, json::range(1, year),
                    json::defaults(3600)),
        json::field("refresh_token_secs", &s::refresh_token_secs, json::range(1, year),
                    json::defaults(30 * 86'400)),
        json::field("device_code_secs", &s::device_code_secs, json::range(1, 86'400),
                    json::defaults(900)),
        json::field("device_interval_secs", &s::device_interval_secs, json::range(1, 600),
                    json::defaults(5)));
}

}  // namespace tessera::server
