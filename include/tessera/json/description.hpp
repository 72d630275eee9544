#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/json/value.hpp"

namespace tessera::json {

/// The argument by which argument-dependent lookup finds a type's `describe`.
template <class T>
struct type {
    /// The type that is described.
    using described = T;
};

/// What describe() has been written for.
template <class T>
concept described = requires {
    describe(type<T>{});
};

/// Whether the library that is linked has what the codecs need of T, so that no program compiles it:
/// in separate compilation, for the types of a namespace that declares
///
///     template <class T>
///     void tessera_compiled(json::type<T>);
///
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

/// The one description of T, evaluated once, at compile time.
template <described T>
inline constexpr auto description = describe(type<T>{});

/// A documented default.
struct literal {
    /// What it is.
    enum class kind { none, null, boolean, integer, real, text };
    kind is = kind::none;      ///< what it is
    std::int64_t integer = 0;  ///< of an integer, and of a boolean
    double real = 0;           ///< of a number with a fraction
    std::string_view text{};   ///< of a string

    bool operator==(const literal&) const = default;
};

/// What a member's value must satisfy; each rule concerns the JSON kind it
/// speaks of.
struct constraints {
    double minimum = -std::numeric_limits<double>::infinity();  ///< of a number
    double maximum = std::numeric_limits<double>::infinity();   ///< of a number
    bool exclusive_minimum = false;               ///< the minimum itself is too little
    std::size_t min_length = 0;                   ///< of a string, in code points
    std::size_t max_length = std::size_t(-1);     ///< of a string, in code points
    std::size_t min_items = 0;                    ///< of an array
    std::size_t max_items = std::size_t(-1);      ///< of an array
    std::string_view pattern{};                   ///< ECMA-262, for the schema
    bool (*matches)(std::string_view) = nullptr;  ///< the pattern's own check
    std::string_view constant{};                  ///< the one text that a string may be
    bool has_constant = false;                    ///< whether there is one

    bool operator==(const constraints&) const = default;
};

/// A part of an object: a member, the place of unknown members, or the word
/// `closed`.
struct part_info {
    /// What a part is.
    enum class role : std::uint8_t { member, rest, closed };
    role is = role::member;       ///< what the part is
    std::string_view name{};      ///< of the member
    constraints rules{};          ///< what its value must satisfy
    literal fallback{};           ///< its documented default
    std::string_view note{};      ///< for readers of the schema
    bool accepts_null = false;    ///< null is read as absent
    bool is_deprecated = false;   ///< it will go
    bool is_optional = false;     ///< the member can be absent
    bool keeps_null = false;      ///< null is a value of the member
    bool is_forced = false;       ///< required, whatever the member's type says
    bool of_known_kinds = false;  ///< a lenient reading does without it

    /// Whether an object without this member is refused.
    constexpr bool is_required() const {
        return is == role::member &&
               (is_forced || (!is_optional && fallback.is == literal::kind::none));
    }
};

/// A part of an object, and where it is in the struct.
template <class Class, class Member>
struct part_description {
    /// The struct.
    using class_type = Class;
    /// The member's type.
    using member_type = Member;
    Member Class::*pointer;  ///< where it is
    part_info info;          ///< what it is
};

/// The word `closed`.
struct closed_tag {
    /// None.
    using member_type = void;
    std::nullptr_t pointer = nullptr;               ///< to no member
    part_info info{.is = part_info::role::closed};  ///< what it is
};

/// What describe() says of a struct. The codecs read the tables that detail/node_of.hpp makes of
/// it. `locate(object, out)` stores the address of each part's member.
template <class T, class Locate, class... Members>
struct object_description {
    static constexpr std::size_t size = sizeof...(Members);  ///< how many parts there are
    std::string_view name;                                   ///< of the schema
    std::array<part_info, size> parts;                       ///< in the order of the text
    Locate locate;                                           ///< where they are in an object

    /// {f<member type>...}, by a template that offers `value`; void for what is no
    /// member.
    template <template <class> class Function, class Entry>
    static constexpr std::array<Entry, size> table() {
        return {Function<Members>::value...};
    }
};

/// The description of an enumeration.
template <class E, std::size_t Count>
struct enum_description {
    std::string_view name;                      ///< of the schema
    std::array<std::string_view, Count> texts;  ///< of the enumerators
    std::array<E, Count> values;                ///< the enumerators, in the same order
};

template <class T>
concept described_enum = std::is_enum_v<T> && described<T>;
template <class T>
concept described_object = !std::is_enum_v<T> && described<T>;

namespace detail {

// Stands for any member in an aggregate's initialiser.
struct any_member {
    template <class Member>
    operator Member() const {
        std::terminate();
    }
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
