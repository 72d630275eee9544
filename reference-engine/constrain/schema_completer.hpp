#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "constrain/schema_reader.hpp"

namespace tessera::engine {

/// Makes a graph of all nodes that can be reached from one, without what has no value.
class schema_completer {
  public:
    schema_completer(schema_reader::places& nodes, schema_graph& graph)
        : nodes_(nodes), graph_(graph) {}

    /// Throws schema_refused.
    void run(node_id root);

  private:
    schema_graph::node& node(node_id n) { return graph_.nodes[static_cast<std::size_t>(n)]; }
    const schema_graph::node& node(node_id n) const {
        return graph_.nodes[static_cast<std::size_t>(n)];
    }
    node_id visit(node_id);
    void complete(node_id);
    schema_graph::array completed(const array_shape&);
    void add_ways(const array_shape&, std::size_t item, std::size_t next, schema_graph::array::way,
                  std::vector<schema_graph::array::way>& to);
    schema_graph::object completed(const object_shape&);
    template <class Concerns>
    std::vector<schema_graph::object::way> ways_of(const object_shape&, node_id value,
                                                   const Concerns&);
    using patterns = std::vector<std::shared_ptr<const language>>;
    void add_classes(const object_shape&, schema_graph::object&);
    void add_class(const object_shape&, schema_graph::object&, const patterns&, std::size_t next,
                   std::set<std::shared_ptr<const language>> chosen, language words);

    void find_depths();
    int depth_of(const schema_graph::node&) const;
    int depth_of(const schema_graph::array&) const;
    int depth_of_containing(const schema_graph::array&) const;
    int depth_of(const schema_graph::object&) const;
    int depth_of_wanting(const schema_graph::object&) const;
    template <class Way>
    int least_depth(const std::vector<Way>&) const;
    void remove_impossible();
    void check_distinct(schema_graph::array&);
    std::uint64_t count_distinct(const schema_graph::node&);

    /// Calls what it is given, with the node's pointer for what it refuses.
    template <class Do>
    void for_node(node_id n, const Do& what) {
        try {
            what();
        } catch (const schema_refused& e) {
            if (!e.problem().pointer.empty()) throw;
            throw schema_refused(
                {nodes_.pointer(n, e.problem().keyword), e.problem().keyword, e.problem().message});
        }
    }

    schema_reader::places& nodes_;
    schema_graph& graph_;
    std::vector<node_id> waiting_;
    std::set<node_id> visited_;
    std::vector<number_set> number_sets_;  // of the graph's numbers
    std::vector<node_id> array_nodes_;     // of the graph's arrays
};

}  // namespace tessera::engine
