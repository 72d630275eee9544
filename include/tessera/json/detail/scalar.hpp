#pragma once

#include <string>
#include <string_view>

#include "tessera/json/value.hpp"

// What value's own constructors do, without the conversions that they bring along.
namespace tessera::json::detail {

template <class Scalar>
value scalar(value::value_t type, Scalar given) {
    value made(type);
    *made.get_ptr<Scalar*>() = given;
    return made;
}

inline value scalar(value::value_t type, std::string_view given) {
    value made(type);
    made.get_ptr<std::string*>()->assign(given);
    return made;
}

}  // namespace tessera::json::detail
