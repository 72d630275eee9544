#pragma once

#include <string_view>
#include <vector>

#include "constrain/schema_tree.hpp"

namespace tessera::engine {

/// What each keyword of a schema asserts. Throws schema_refused for one that is not known or is
/// malformed. The assertions refer to nodes of the tree.
std::vector<schema_node::assertion> schema_assertions(const schema_tree&, const schema_node&);

}  // namespace tessera::engine
