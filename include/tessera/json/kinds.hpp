#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "tessera/json/describe.hpp"

// Which kinds of JSON value a type reads, as a set of bits.
namespace tessera::json::detail {

enum kind : unsigned {
    kind_none = 0,
    kind_null = 1,
    kind_boolean = 2,
    kind_integer = 4,
    kind_real = 8,
    kind_string = 16,
    kind_array = 32,
    kind_object = 64,
    kind_any = 127,
    kind_file = 128  // no JSON text has it
};

template <class T>
struct kinds_of_variant;
template <class... T>
struct kinds_of_variant<std::variant<T...>>;

template <class T>
consteval unsigned kinds_of() {
    if constexpr (std::same_as<T, value>)
        return kind_any;
    else if constexpr (std::same_as<T, unknown>)
        return kind_none;
    else if constexpr (std::same_as<T, std::monostate>)
        return kind_null;
    else if constexpr (std::same_as<T, bool>)
        return kind_boolean;
    else if constexpr (std::is_arithmetic_v<T>)
        return kind_integer | kind_real;
    else if constexpr (std::same_as<T, std::string> || is_fixed<T> || is_open_enum<T> ||
                       described_enum<T>)
        return kind_string;
    else if constexpr (is_file<T>)
        return kind_file;
    else if constexpr (is_optional<T> || is_nullable<T>)
        return kind_null | kinds_of<typename T::value_type>();
    else if constexpr (is_vector<T>)
        return kind_array;
    else if constexpr (is_map<T> || described_object<T>)
        return kind_object;
    else
        return kinds_of_variant<T>::value;
}

template <class... T>
struct kinds_of_variant<std::variant<T...>> {
    static constexpr unsigned value = (kinds_of<T>() | ...);
};

inline unsigned kind_of(const value& any) {
    switch (any.type()) {
        case value::value_t::null:
            return kind_null;
        case value::value_t::boolean:
            return kind_boolean;
        case value::value_t::number_integer:
        case value::value_t::number_unsigned:
            return kind_integer;
        case value::value_t::number_float:
            return kind_real;
        case value::value_t::string:
            return kind_string;
        case value::value_t::array:
            return kind_array;
        case value::value_t::object:
            return kind_object;
        case value::value_t::binary:
            return kind_file;
        default:
            return 0;
    }
}

// "a string, an array or null"
inline std::string names_of(unsigned kinds) {
    if (kinds & kind_real) kinds &= ~static_cast<unsigned>(kind_integer);
    static constexpr std::pair<unsigned, std::string_view> names[] = {
        {kind_boolean, "a boolean"}, {kind_integer, "an integer"}, {kind_real, "a number"},
        {kind_string, "a string"},   {kind_array, "an array"},     {kind_object, "an object"},
        {kind_null, "null"},         {kind_file, "a file"}};
    std::string out;
    for (const auto& [bit, name] : names) {
        if (!(kinds & bit)) continue;
        kinds &= ~bit;
        if (!out.empty()) out += kinds ? ", " : " or ";
        out += name;
    }
    return out;
}

}  // namespace tessera::json::detail
