#pragma once

#include <string>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {
namespace detail {

TESSERA_DECL void write(std::string& out, const node& type, const void* given);
TESSERA_DECL value to_value(const node& type, const void* given);

}  // namespace detail

/// Appends the compact JSON text of a value: members in described order, absent optionals left out,
/// numbers in the shortest form that reads back the same, ill-formed UTF-8 as U+FFFD, numbers that
/// are not finite as null. The text is valid whatever the value holds.
template <class T>
void encode(std::string& out, const T& given) {
    detail::write(out, detail::node_of<T, detail::use::writing>(), &given);
}

/// The same as a string of its own.
template <class T>
std::string encode(const T& given) {
    std::string out;
    detail::write(out, detail::node_of<T, detail::use::writing>(), &given);
    return out;
}

/// The same as a tree.
template <class T>
value to_value(const T& given) {
    return detail::to_value(detail::node_of<T, detail::use::writing>(), &given);
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/encode_impl.hpp"
#endif
