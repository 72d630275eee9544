#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "tessera/core/file.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/openai/embeddings.hpp"

// Random values of every type that describes itself, within what its description allows. Include
// gtest/gtest.h and rapidcheck/gtest.h first.
namespace tessera::test {

struct drawing {
    bool known_only = false;  // enumerators of the description only, as strict decoding wants them
    int depth = 0;

    drawing deeper() const { return {known_only, depth + 1}; }
    bool is_deep() const { return depth > 4; }
};

inline void append_utf8(std::string& out, std::uint32_t point) {
    const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) {
        byte(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            byte(0xe0 | point >> 12);
        } else {
            byte(0xf0 | point >> 18);
            byte(0x80 | (point >> 12 & 0x3f));
        }
        byte(0x80 | (point >> 6 & 0x3f));
    }
    byte(0x80 | (point & 0x3f));
}

// Well-formed UTF-8 of all lengths, control characters and NUL included.
inline std::string draw_text(std::size_t fewest, std::size_t most) {
    static constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 6> ranges = {
        {{0, 0x20},
         {0x20, 0x80},
         {0x80, 0x800},
         {0x800, 0xd800},
         {0xe000, 0x10000},
         {0x10000, 0x110000}}};
    const std::size_t length = *rc::gen::inRange(fewest, std::min(most, fewest + 6) + 1);
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
        const auto [low, high] = ranges[*rc::gen::inRange<std::size_t>(0, ranges.size())];
        append_utf8(out, *rc::gen::inRange(low, high));
    }
    return out;
}

// Any finite double, by its bits.
inline double draw_double() {
    const double number = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
    return std::isfinite(number) ? number : 0.5;
}

inline json::value draw_value(const drawing& how) {
    switch (*rc::gen::inRange(0, how.is_deep() ? 6 : 8)) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::arbitrary<std::uint64_t>();
        case 4:
            return draw_double();
        case 5:
            return draw_text(0, 8);
        case 6: {
            json::value list = json::value::array();
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                list.push_back(draw_value(how.deeper()));
            return list;
        }
        default: {
            json::value object = json::value::object();
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
                object[draw_text(0, 6)] = draw_value(how.deeper());
            return object;
        }
    }
}

inline double draw_in_range(const json::constraints& rules, bool is_whole) {
    const double low = std::isfinite(rules.minimum) ? rules.minimum : -1000;
    const double high = std::isfinite(rules.maximum) ? rules.maximum : std::max(low, 0.0) + 1000;
    const double step = *rc::gen::inRange(rules.exclusive_minimum ? 1 : 0, 1001) / 1000.0;
    const double drawn = low + (high - low) * step;
    return is_whole ? std::clamp(std::ceil(drawn), std::ceil(low), std::floor(high)) : drawn;
}

template <class T>
T draw(const drawing& how, const json::constraints& rules = {});

template <class Member>
struct draw_member {
    static constexpr void (*value)(void*, const json::part_info&, const drawing&) =
        [](void* member, const json::part_info& part, const drawing& how) {
            *static_cast<Member*>(member) = draw<Member>(how, part.rules);
        };
};
template <>
struct draw_member<void> {
    static constexpr void (*value)(void*, const json::part_info&, const drawing&) = nullptr;
};

template <class T>
T draw_object(const drawing& how) {
    constexpr auto& object = json::description<T>;
    constexpr auto draws =
        object
            .template table<draw_member, void (*)(void*, const json::part_info&, const drawing&)>();
    T drawn{};
    const void* members[object.size + 1];
    object.locate(drawn, members);
    for (std::size_t i = 0; i < object.size; ++i) {
        void* member = const_cast<void*>(members[i]);
        if (object.parts[i].is == json::part_info::role::member)
            draws[i](member, object.parts[i], how.deeper());
        else if (object.parts[i].is == json::part_info::role::rest && *rc::gen::arbitrary<bool>())
            *static_cast<json::value*>(member) = {
                {"x-" + draw_text(0, 4), draw_value(how.deeper())}};
    }
    return drawn;
}

// What no other alternative of an open union claims: an object whose tags are unknown, or a kind
// that none of them reads. Not null, which may stand for absence. Nothing where they claim all.
template <class... T>
std::optional<json::unknown> draw_unknown(const std::variant<T...>*, const drawing& how) {
    unsigned claimed = 0;
    json::value foreign = json::value::object();
    const auto claim = [&]<class A>(const A*) {
        unsigned kinds =
            json::detail::kinds_of(json::detail::node_of<A, json::detail::use::looking>());
        if constexpr (json::described_object<A>)
            for (const json::part_info& part : json::description<A>.parts)
                if (part.rules.has_constant) {
                    foreign[std::string(part.name)] = "x-" + draw_text(0, 4);
                    kinds = 0;
                }
        claimed |= kinds;
    };
    (claim(static_cast<const T*>(nullptr)), ...);
    foreign["x-more"] = draw_value(how.deeper());
    std::vector<json::value> choices;
    for (json::value& each :
         std::array<json::value, 5>{true, 7, draw_text(0, 4), json::value{1, "a"}, foreign})
        if (!(json::detail::kind_of(each) & claimed)) choices.push_back(std::move(each));
    if (choices.empty()) return std::nullopt;
    return json::unknown{choices[*rc::gen::inRange<std::size_t>(0, choices.size())]};
}

template <class... T>
void draw_alternative(std::variant<T...>& out, const drawing& how, const json::constraints& rules) {
    constexpr bool is_open = (std::same_as<T, json::unknown> || ...);
    const std::size_t known = sizeof...(T) - is_open;
    std::size_t wanted = *rc::gen::inRange<std::size_t>(0, how.known_only ? known : sizeof...(T));
    if constexpr (is_open) {
        if (wanted == known) {
            if (auto drawn = draw_unknown(&out, how)) {
                out = *std::move(drawn);
                return;
            }
            wanted = 0;
        }
    }
    std::size_t index = 0;
    const auto pick = [&]<class A>(const A*) {
        if constexpr (!std::same_as<A, json::unknown>)
            if (index++ == wanted) out = draw<A>(how, rules);
    };
    (pick(static_cast<const T*>(nullptr)), ...);
}

template <class T>
T draw(const drawing& how, const json::constraints& rules) {
    if constexpr (std::same_as<T, json::value>) {
        return draw_value(how);
    } else if constexpr (std::same_as<T, bool>) {
        return *rc::gen::arbitrary<bool>();
    } else if constexpr (std::same_as<T, std::monostate> || json::is_fixed<T>) {
        return {};
    } else if constexpr (std::is_arithmetic_v<T>) {
        if (std::isfinite(rules.minimum) || std::isfinite(rules.maximum))
            return static_cast<T>(draw_in_range(rules, std::integral<T>));
        if constexpr (std::same_as<T, double>)
            return draw_double();
        else
            return *rc::gen::arbitrary<T>();
    } else if constexpr (std::same_as<T, std::string>) {
        if (rules.has_constant) return std::string(rules.constant);
        if (!rules.pattern.empty()) return std::to_string(*rc::gen::inRange(0, 1000));
        return draw_text(rules.min_length, rules.max_length == std::size_t(-1)
                                               ? rules.min_length + 6
                                               : rules.max_length);
    } else if constexpr (json::is_file<T>) {
        return file::of(draw_text(0, 12), draw_text(1, 6) + ".txt");
    } else if constexpr (std::same_as<T, std::chrono::system_clock::time_point>) {
        // Years that the clock of any system can count.
        return T(
            std::chrono::seconds(*rc::gen::inRange<std::int64_t>(-9'000'000'000, 9'000'000'000)) +
            std::chrono::microseconds(*rc::gen::inRange(0, 1'000'000)));
    } else if constexpr (std::same_as<T, std::chrono::seconds> ||
                         std::same_as<T, std::chrono::sys_seconds>) {
        return T(
            std::chrono::seconds(*rc::gen::inRange<std::int64_t>(-9'000'000'000, 9'000'000'000)));
    } else if constexpr (std::same_as<T, std::chrono::sys_time<std::chrono::duration<double>>>) {
        return T(std::chrono::duration<double>(*rc::gen::inRange(-90'000, 90'000) / 64.0));
    } else if constexpr (requires { draw_custom(json::type<T>()); }) {
        // What only one API has, and its tests draw.
        return draw_custom(json::type<T>());
    } else if constexpr (std::same_as<T, openai::embedding_vector>) {
        using encoding = openai::embedding_encoding;
        auto values = draw<std::vector<float>>(how);
        return {std::move(values), *rc::gen::element(encoding::floats, encoding::base64)};
    } else if constexpr (json::described_enum<T>) {
        const auto& values = json::description<T>.values;
        return values[*rc::gen::inRange<std::size_t>(0, values.size())];
    } else if constexpr (json::is_open_enum<T>) {
        if (!how.known_only && *rc::gen::inRange(0, 5) == 0) return T("x-" + draw_text(0, 4));
        return draw<typename T::value_type>(how);
    } else if constexpr (json::described_object<T>) {
        return draw_object<T>(how);
    } else if constexpr (json::is_optional<T> || json::is_nullable<T>) {
        if (how.is_deep() || *rc::gen::arbitrary<bool>()) return {};
        return draw<typename T::value_type>(how, rules);
    } else if constexpr (json::is_vector<T>) {
        const std::size_t most =
            std::min(rules.max_items, rules.min_items + (how.is_deep() ? 0 : 3));
        T drawn;
        for (std::size_t i = *rc::gen::inRange(rules.min_items, most + 1); i > 0; --i)
            drawn.push_back(draw<typename T::value_type>(how.deeper()));
        return drawn;
    } else if constexpr (json::is_map<T>) {
        T drawn;
        for (int i = *rc::gen::inRange(0, how.is_deep() ? 1 : 3); i > 0; --i)
            drawn[draw_text(0, 6)] = draw<typename T::mapped_type>(how.deeper());
        return drawn;
    } else {
        T drawn;
        draw_alternative(drawn, how, rules);
        return drawn;
    }
}

// Values that strict decoding takes.
template <class T>
rc::Gen<T> strictly_valid() {
    return rc::gen::exec([] { return draw<T>({.known_only = true}); });
}

}  // namespace tessera::test

namespace rc {

template <class T>
requires tessera::json::described<T>
struct Arbitrary<T> {
    static Gen<T> arbitrary() {
        return gen::exec([] { return tessera::test::draw<T>({}); });
    }
};

template <>
struct Arbitrary<tessera::json::value> {
    static Gen<tessera::json::value> arbitrary() {
        return gen::exec([] { return tessera::test::draw_value({}); });
    }
};

template <>
struct Arbitrary<tessera::file> {
    static Gen<tessera::file> arbitrary() {
        return gen::exec([] { return tessera::test::draw<tessera::file>({}); });
    }
};

}  // namespace rc
