#pragma once

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"

namespace tessera::json {
namespace detail {

TESSERA_DECL void apply_defaults(const node& type, void* given);

}  // namespace detail

/// Gives every absent optional member that has a documented default this default, in the structs
/// inside as well.
template <class T>
void apply_defaults(T& given) {
    detail::apply_defaults(detail::node_of<T, detail::use::both>(), &given);
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/defaults_impl.hpp"
#endif
