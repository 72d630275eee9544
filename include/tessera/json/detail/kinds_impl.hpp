#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tessera/json/kinds.hpp"

namespace tessera::json::detail {

TESSERA_DEF unsigned kinds_of(const node& type) {
    switch (type.is) {
        case shape::any:
            return kind_any;
        case shape::unknown:
            return kind_none;
        case shape::null:
            return kind_null;
        case shape::boolean:
            return kind_boolean;
        case shape::integer:
        case shape::real:
            return kind_integer | kind_real;
        case shape::string:
        case shape::fixed:
        case shape::enumeration:
        case shape::open_enumeration:
            return kind_string;
        case shape::file:
            return kind_file;
        case shape::optional:
        case shape::nullable:
            return kind_null | kinds_of(*as<holder_node>(type).of);
        case shape::array:
            return kind_array;
        case shape::map:
        case shape::object:
            return kind_object;
        case shape::custom:
            return kinds_of(*as<custom_node>(type).like);
        case shape::variant:
            break;
    }
    unsigned kinds = kind_none;
    for (const node* each : as<variant_node>(type).alternatives) kinds |= kinds_of(*each);
    return kinds;
}

TESSERA_DEF unsigned kind_of(const value& any) {
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
            return kind_none;
    }
}

TESSERA_DEF std::string names_of(unsigned kinds) {
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
