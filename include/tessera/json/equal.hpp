#pragma once

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"

namespace tessera::json {
namespace detail {

TESSERA_DECL bool equal(const node& type, const void* left, const void* right);

}  // namespace detail

/// Whether two values are the same, member by member. Numbers compare as numbers; NaN equals
/// nothing.
template <class T>
bool equal(const T& left, const T& right) {
    return detail::equal(detail::node_of<T, detail::use::writing>(), &left, &right);
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/equal_impl.hpp"
#endif
