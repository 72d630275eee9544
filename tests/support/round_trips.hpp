#pragma once
// What holds for every type of the wire, with random values. Include gtest/gtest.h and
// rapidcheck/gtest.h first.
#include <string>
#include <vector>

#include "support/arbitrary.hpp"
#include "tessera/json.hpp"

namespace tessera::test {

template <class T>
constexpr bool keeps_unknown_members() {
    if constexpr (json::described_object<T>)
        for (const json::part_info& part : json::description<T>.parts)
            if (part.is == json::part_info::role::rest) return true;
    return false;
}

template <class T>
std::string again(const std::string& text) {
    const auto decoded = json::decode_text<T>(text);
    if (!decoded) RC_FAIL(decoded.error().message + " in " + text);
    return json::encode(*decoded);
}

inline void holds(const char* what, void (*property)()) { EXPECT_TRUE(rc::check(what, property)); }

template <class T>
void loses_nothing() {
    holds("encode(decode(encode(x))) == encode(x)", [] {
        const std::string text = json::encode(draw<T>({}));
        RC_ASSERT(again<T>(text) == text);
    });
    if constexpr (keeps_unknown_members<T>())
        holds("unknown members survive", [] {
            json::value value = json::to_value(draw<T>({.known_only = true}));
            value["unknown to us"] = draw_value({});
            const std::string text = json::encode(value);
            const auto kept = json::parse(again<T>(text));
            RC_ASSERT(kept.has_value());
            RC_ASSERT(json::equal(*kept, value));
        });
    if constexpr (json::is_open_enum<T>)
        holds("unknown texts survive", [] {
            const T unknown("x-" + draw_text(0, 6));
            RC_ASSERT(!unknown.known().has_value());
            const std::string text = json::encode(unknown);
            RC_ASSERT(again<T>(text) == text);
        });
}

// What a client can say, a strict server reads.
template <class Request>
void is_strictly_valid() {
    holds("any request is strictly valid", [] {
        const Request given = draw<Request>({.known_only = true});
        std::vector<json::issue> issues;
        const std::string text = json::encode(given);
        const auto decoded = json::decode_text<Request>(text, json::mode::strict, issues);
        for (const json::issue& each : issues)
            RC_FAIL(json::to_string(each.path) + ": " + each.message + " in " + text);
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(json::encode(*decoded) == text);
    });
}

}  // namespace tessera::test
