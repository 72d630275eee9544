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

/// Whether the library that is linked has what the codecs need of T, so that no program compiles it: in
/// separate compilation, for the types of a namespace that declares
///     template <class T>
///     void tessera_compiled(json::type<T>);
/// The library's source names them to detail::keep() (json/src.hpp).
template <class T>
inline constexpr bool is_compiled =
#ifdef TESSERA_SEPARATE_COMPILATION
    requires {
    tessera_compiled(type<T>{});
};
#else
    false;
#endif

// The one description of T, evaluated once, at compile time.
template <described T>
inline constexpr auto description = describe(type<T>{});

// A documented default.
struct literal {
    enum class kind { none, null, boolean, integer, real, text };
    kind is = kind::none;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text{};

    bool operator==(const literal&) const = default;
};

// What a member's value must satisfy; each rule concerns the JSON kind it
// speaks of.
struct constraints {
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool exclusive_minimum = false;
    std::size_t min_length = 0,
                max_length = std::size_t(-1);                // of a string, in code points
    std::size_t min_items = 0, max_items = std::size_t(-1);  // of an array
    std::string_view pattern{};                              // ECMA-262, for the schema
    bool (*matches)(std::string_view) = nullptr;             // the pattern's own check
    std::string_view constant{};
    bool has_constant = false;

    bool operator==(const constraints&) const = default;
};

// A part of an object: a member, the place of unknown members, or the word
// `closed`.
struct part_info {
    enum class role { member, rest, closed };
    role is = role::member;
    std::string_view name{};
    constraints rules{};
    literal fallback{};
    std::string_view note{};
    bool accepts_null = false;
    bool is_deprecated = false;
    bool is_optional = false;     // the member can be absent
    bool keeps_null = false;      // null is a value of the member
    bool is_forced = false;       // required, whatever the member's type says
    bool of_known_kinds = false;  // a lenient reading does without it

    // Whether an object without this member is refused.
    constexpr bool is_required() const {
        return is == role::member &&
               (is_forced || (!is_optional && fallback.is == literal::kind::none));
    }
};

template <class Class, class Member>
struct part_description {
    using class_type = Class;
    using member_type = Member;
    Member Class::*pointer;
    part_info info;
};

struct closed_tag {
    using member_type = void;
    std::nullptr_t pointer = nullptr;
    part_info info{.is = part_info::role::closed};
};

// What describe() says of a struct. The codecs read the tables that detail/node_of.hpp makes of it.
// `locate(object, out)` stores the address of each part's member.
template <class T, class Locate, class... Members>
struct object_description {
    static constexpr std::size_t size = sizeof...(Members);
    std::string_view name;
    std::array<part_info, size> parts;
    Locate locate;

    // {f<member type>...}, by a template that offers `value`; void for what is no
    // member.
    template <template <class> class Function, class Entry>
    static constexpr std::array<Entry, size> table() {
        return {Function<Members>::value...};
    }
};

template <class E, std::size_t Count>
struct enum_description {
    std::string_view name;
    std::array<std::string_view, Count> texts;
    std::array<E, Count> values;
};

template <class T>
concept described_enum = std::is_enum_v<T> && described<T>;
template <class T>
concept described_object = !std::is_enum_v<T> && described<T>;

namespace detail {

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
    if constexpr (requires { typename Part::class_type; })
        return std::same_as<typename Part::class_type, T>;
    else
        return true;
}

}  // namespace detail
}  // namespace tessera::json
