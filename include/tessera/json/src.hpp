#pragma once

// What the headers of this room only declare in separate compilation, and the tables of compiled
// types. To be included before any other header, by one source: tessera/src.hpp does.
#ifndef TESSERA_SOURCE
#define TESSERA_SOURCE
#endif
#include "tessera/json.hpp"
#include "tessera/json/partial.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::json::detail {

#ifdef TESSERA_SEPARATE_COMPILATION
template <class T>
constinit const object_node compiled_node<T>::value = object_node_of<T, use::both>();

/// What a source calls in a function with external linkage, so that it has the tables of these
/// compiled types and of all that they are made of.
template <class... T>
void keep() {
    // Volatile, since an address that nobody looks at keeps nothing.
    [[maybe_unused]] const node* volatile kept = nullptr;
    const auto keep_one = [&kept](const node& table) { kept = &table; };
    (keep_one(node_of<T, use::both>()), ...);
}
#endif

}  // namespace tessera::json::detail
