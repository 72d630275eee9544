#pragma once

#include <concepts>

#include "tessera/json/describe.hpp"

namespace tessera::emissary {

/// The types of this room are in the library of separate compilation: json::is_compiled.
template <class T>
void tessera_compiled(json::type<T>);

}  // namespace tessera::emissary
