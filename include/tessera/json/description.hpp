#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/json/value.hpp"

namespace tessera::json {

// The argument by which argument-dependent lookup finds a type's `describe`.
template <class T>
struct type {
    using described = T;
};

template <class T>
concept described = requires {
    describe(type<T>{});
};

// The one description of T, evaluated once, at compile time.
template <described T>
inline constexpr auto description = describe(type<T>{});

// A documented default: null, a number, a text or an enumerator (by its number).
struct literal {
    enum class kind { none, null, boolean, integer, real, text, enumerator };
    kind is = kind::none;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text{};
};

// What a member's value must satisfy; each rule concerns the JSON kind it speaks of.
struct constraints {
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool exclusive_minimum = false;
    std::size_t min_length = 0, max_length = std::size_t(-1);  // of a string, in code points
    std::size_t min_items = 0, max_items = std::size_t(-1);    // of an array
    std::string_view pattern{};                                // ECMA-262, for the schema
    bool (*matches)(std::string_view) = nullptr;               // the pattern's own check
    std::string_view constant{};
    bool has_constant = false;
};

struct field_info {
    std::string_view name;
    constraints rules{};
    literal fallback{};
    bool accepts_null = false;
    bool forced = false;  // required, whatever the member's type says
    bool is_deprecated = false;
};

template <class Class, class Member>
struct field_description {
    using class_type = Class;
    using member_type = Member;
    Member Class::*pointer;
    field_info info;
};

template <class Class>
struct rest_description {
    using class_type = Class;
    value Class::*pointer;
};

struct closed_tag {};

// `with_parts(f)` calls f with every field, rest and closed in order. A closure is a tuple that
// costs the compiler next to nothing.
template <class T, class WithParts>
struct object_description {
    using described_type = T;
    static constexpr bool is_object = true;
    std::string_view name;
    WithParts with_parts;
};

template <class E, std::size_t Count>
struct enum_description {
    using described_type = E;
    static constexpr bool is_object = false;
    std::string_view name;
    std::array<std::pair<std::string_view, E>, Count> enumerators;
};

template <class T>
concept described_object = described<T> && std::remove_cvref_t<decltype(description<T>)>::is_object;
template <class T>
concept described_enum = described<T> && !std::remove_cvref_t<decltype(description<T>)>::is_object;

template <described_object T>
constexpr bool is_described_name(std::string_view name) {
    return description<T>.with_parts([name](const auto&... part) {
        const auto named = [name](const auto& any) {
            if constexpr (requires { any.info; })
                return any.info.name == name;
            else
                return false;
        };
        return (named(part) || ...);
    });
}

namespace detail {

template <class Part>
inline constexpr bool is_field = requires {
    typename Part::member_type;
};
template <class Part>
inline constexpr bool is_rest = !is_field<Part> && requires {
    typename Part::class_type;
};

// Stands for any member in an aggregate's initialiser.
struct any_member {
    template <class Member>
    operator Member() const;
};

template <class T, std::size_t... I>
consteval bool takes_members(std::index_sequence<I...>) {
    return requires { T{(static_cast<void>(I), any_member{})...}; };
}

template <class T, std::size_t Count>
consteval bool has_members() {
    return takes_members<T>(std::make_index_sequence<Count>{}) &&
           !takes_members<T>(std::make_index_sequence<Count + 1>{});
}

template <class T, class Part>
consteval bool is_own_part() {
    if constexpr (is_field<Part> || is_rest<Part>)
        return std::same_as<typename Part::class_type, T>;
    else
        return true;
}

}  // namespace detail
}  // namespace tessera::json
