#include "note.hpp"
#include "tessera/json/src.hpp"

namespace library {

auto kept() { return json::detail::keep<note>(); }

}  // namespace library
