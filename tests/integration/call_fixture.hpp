#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/call.hpp"
#include "tessera/call/detail/transport.hpp"

namespace tessera::test {

struct item {
    std::string name;
    std::optional<std::int64_t> size{};
};
constexpr auto describe(json::type<item>) {
    return json::object<item>("Item", json::field("name", &item::name),
                              json::field("size", &item::size));
}

struct piece {
    std::string part;
    std::string_view text() const { return part; }
};
constexpr auto describe(json::type<piece>) {
    return json::object<piece>("Piece", json::field("part", &piece::part));
}

inline std::shared_ptr<call::channel> channel_to(const std::string& url,
                                                 client_options options = {}) {
    options.base_url = url;
    return call::channel::make(std::move(options));
}

inline call::spec get(std::string path) {
    call::spec made;
    made.target_path = std::move(path);
    return made;
}

inline call::spec post(std::string path, std::string body) {
    call::spec made = get(std::move(path));
    made.method = "POST";
    made.body = std::make_shared<const std::string>(std::move(body));
    made.content_type = "application/json";
    return made;
}

// Options under which back-off costs no time that a test could feel.
inline client_options quick() {
    static const fast_clock clock;
    static fixed_random random(0);
    client_options options;
    options.clock = &clock;
    options.random = &random;
    // Each a thousandth in real time.
    options.timeout = {std::chrono::minutes(60), std::chrono::minutes(60), std::chrono::minutes(60),
                       std::chrono::minutes(600)};
    return options;
}

}  // namespace tessera::test
