#pragma once

#include <span>
#include <vector>

#include "constrain/schema_graph.hpp"

namespace tessera::engine {

inline constexpr node_id anything_node = 0;
inline constexpr node_id nothing_node = 1;

/// Where conjunctions and negations of nodes get their places.
class node_table {
  public:
    virtual ~node_table() = default;
    virtual node_id conjunction(node_id, node_id) = 0;
    /// Nodes whose union is all that the node is not.
    virtual std::vector<node_id> negation(node_id) = 0;
};

/// Throw schema_refused, its pointer empty, when the result has too many shapes, and for what has
/// no shape: a negation that asks for some item or member which nobody named.
alternatives intersection(const alternatives&, const alternatives&, node_table&);
alternatives union_of(const alternatives&, const alternatives&);
alternatives complement(const alternatives&, node_table&);

/// What a member of that name must be.
node_id member_value(const object_shape&, const std::string& name, node_table&);

}  // namespace tessera::engine
