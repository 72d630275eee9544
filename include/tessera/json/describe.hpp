#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "tessera/json/description.hpp"
#include "tessera/json/types.hpp"

// The words in which a struct describes itself, once, in a function beside it:
//
//   struct stream_options { std::optional<bool> include_usage; json::value
//   extra; }; constexpr auto describe(json::type<stream_options>) {
//       return json::object<stream_options>("StreamOptions",
//           json::field("include_usage", &stream_options::include_usage,
//           json::or_null), json::rest(&stream_options::extra));
//   }
//
// Encoding, decoding, validation, JSON Schema, equality and random values all
// come from it.
namespace tessera::json {

// Field options. Each is a function object that notes itself in the field's
// description.

/// Null is allowed; it decodes to an absent or default member, or to null where the type has one.
inline constexpr auto or_null = [](part_info& field) { field.accepts_null = true; };
/// Required although the member is optional; encoded as null when absent.
inline constexpr auto required = [](part_info& field) { field.is_forced = true; };
/// Required of every kind that is known; a kind that is newer than this, in a lenient reading, may
/// lack it.
inline constexpr auto of_known_kinds = [](part_info& field) { field.of_known_kinds = true; };
/// It will go; the schema says so.
inline constexpr auto deprecated = [](part_info& field) { field.is_deprecated = true; };
/// What a reader of the schema, person or model, should know of the member.
constexpr auto note(std::string_view text) {
    return [=](part_info& field) { field.note = text; };
}

/// A number of at least this.
constexpr auto min(double lowest) {
    return [=](part_info& field) { field.rules.minimum = lowest; };
}
/// A number of at most this.
constexpr auto max(double highest) {
    return [=](part_info& field) { field.rules.maximum = highest; };
}
/// A number from one to the other, both included.
constexpr auto range(double lowest, double highest) {
    return [=](part_info& field) {
        field.rules.minimum = lowest;
        field.rules.maximum = highest;
    };
}
/// A number above this.
constexpr auto exclusive_min(double bound) {
    return [=](part_info& field) {
        field.rules.minimum = bound;
        field.rules.exclusive_minimum = true;
    };
}
/// Of a string, in Unicode code points.
constexpr auto length(std::size_t shortest, std::size_t longest = std::size_t(-1)) {
    return [=](part_info& field) {
        field.rules.min_length = shortest;
        field.rules.max_length = longest;
    };
}
/// Of an array.
constexpr auto items(std::size_t fewest, std::size_t most = std::size_t(-1)) {
    return [=](part_info& field) {
        field.rules.min_items = fewest;
        field.rules.max_items = most;
    };
}
/// The regular expression goes into the schema; strict decoding asks the
/// predicate, where there is one.
constexpr auto pattern(std::string_view expression, bool (*matches)(std::string_view) = nullptr) {
    return [=](part_info& field) {
        field.rules.pattern = expression;
        field.rules.matches = matches;
    };
}
/// The member (std::string) has this text always; it tells the alternatives of a
/// variant apart. Strict decoding refuses another text, lenient decoding keeps
/// it. Encoding writes it where the member is empty.
constexpr auto constant(std::string_view text) {
    return [=](part_info& field) {
        field.rules.constant = text;
        field.rules.has_constant = true;
    };
}

/// The documented default of an absent member. A member that is not optional
/// takes it when it is absent; an optional one stays absent until
/// apply_defaults().
template <class T>
constexpr auto defaults(const T& given) {
    literal fallback;
    if constexpr (std::same_as<T, bool>)
        fallback = {.is = literal::kind::boolean, .integer = given};
    else if constexpr (std::is_enum_v<T>)
        fallback = {.is = literal::kind::text, .text = text_of(given)};
    else if constexpr (std::integral<T>)
        fallback = {.is = literal::kind::integer, .integer = static_cast<std::int64_t>(given)};
    else if constexpr (std::floating_point<T>)
        fallback = {.is = literal::kind::real, .real = given};
    else if constexpr (std::same_as<T, std::nullptr_t>)
        fallback = {.is = literal::kind::null};
    else
        fallback = {.is = literal::kind::text, .text = given};
    return [=](part_info& field) { field.fallback = fallback; };
}

/// One member: its JSON name, where it is, and any of the options above.
template <class Class, class Member, class... Options>
constexpr auto field(std::string_view name, Member Class::*pointer, Options... options) {
    part_description<Class, Member> described{
        pointer,
        {.name = name, .is_optional = is_optional<Member>, .keeps_null = keeps_null<Member>()}};
    if constexpr (is_fixed<Member>) constant(Member::text())(described.info);
    (options(described.info), ...);
    for (const char c : name)
        if (c < ' ' || c == '"' || c == '\\' || c == '\x7f')
            throw "a member's name is written as it is and must need no escape";
    return described;
}

/// Where unknown members go, as a JSON object; null or empty when there are
/// none.
template <class Class>
constexpr auto rest(value Class::*pointer) {
    return part_description<Class, value>{pointer, {.is = part_info::role::rest}};
}

/// Strict decoding refuses unknown members.
inline constexpr closed_tag closed{};

namespace detail {
// Members may be those of a base.
template <class T, class Class, class Member>
const void* address(const T& object, Member Class::*pointer) {
    return &(object.*pointer);
}
template <class T>
const void* address(const T&, std::nullptr_t) {
    return nullptr;
}
}  // namespace detail

/// A struct, by its name in the specification and its parts. Members are encoded
/// in this order.
template <class T, class... Parts>
constexpr auto object(std::string_view name, Parts... parts) {
    if constexpr (std::is_aggregate_v<T> && (detail::is_own_part<T, Parts>() && ...)) {
        constexpr std::size_t described_members =
            (std::size_t{!std::same_as<Parts, closed_tag>} + ... + 0);
        static_assert(detail::has_members<T, described_members>(),
                      "describe() must name every member of the struct, once");
    }
    const auto locate = [... pointers = parts.pointer](const T& object, const void** out) {
        ((*out++ = detail::address(object, pointers)), ...);
    };
    return object_description<T, decltype(locate), typename Parts::member_type...>{
        name, {parts.info...}, locate};
}

/// An enumerator and its text.
template <class E>
constexpr std::pair<std::string_view, E> enumerator(std::string_view text, E named) {
    return {text, named};
}

/// An enumeration, by its name in the specification and the JSON texts of its
/// enumerators. A nameless one is written into the schemas that use it.
template <class E, class... Enumerators>
constexpr auto enumeration(std::string_view name, Enumerators... enumerators) {
    return enum_description<E, sizeof...(Enumerators)>{
        name, {enumerators.first...}, {enumerators.second...}};
}

}  // namespace tessera::json
