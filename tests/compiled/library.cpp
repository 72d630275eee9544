#include "tessera/json/src.hpp"

#include "note.hpp"

namespace library {

void keep_tables() { json::detail::keep<note>(); }

}  // namespace library
