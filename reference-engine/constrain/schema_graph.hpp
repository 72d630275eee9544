#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "constrain/number_set.hpp"
#include "constrain/schema_problem.hpp"
#include "constrain/string_set.hpp"

namespace tessera::engine {

/// A conjunction of schemas, by its place in the graph.
using node_id = std::int32_t;

struct array_shape {
    static constexpr std::size_t unlimited = std::numeric_limits<std::uint32_t>::max();

    std::vector<node_id> first{};  // of the first items
    node_id rest = 0;              // of all others
    std::size_t fewest = 0;
    std::size_t most = unlimited;
    bool distinct = false;

    node_id at(std::size_t i) const { return i < first.size() ? first[i] : rest; }
    friend bool operator==(const array_shape&, const array_shape&) = default;
};

struct object_shape {
    static constexpr std::size_t unlimited = std::numeric_limits<std::uint32_t>::max();

    /// What one schema says of members, by their names.
    struct facet {
        std::map<std::string, node_id> named{};
        std::vector<std::pair<std::shared_ptr<const language>, node_id>> matching{};
        node_id others = 0;  // of names that are neither
        friend bool operator==(const facet&, const facet&) = default;
    };
    std::vector<facet> facets{};
    std::vector<std::string> required{};  // ascending
    std::size_t fewest = 0;
    std::size_t most = unlimited;
    std::shared_ptr<const language> names{};  // that members may have; none: all
    friend bool operator==(const object_shape&, const object_shape&) = default;
};

/// A union of values of every type: what a node may be.
struct alternatives {
    bool null = false;
    bool no = false;   // false
    bool yes = false;  // true
    std::vector<number_set> numbers{};
    std::vector<string_set> strings{};
    std::vector<array_shape> arrays{};
    std::vector<object_shape> objects{};

    static alternatives anything();
};

/// What a schema allows, in a form that values can be generated from: every node is a union of
/// shapes, every shape's parts are nodes. Conjunctions, negations and conditions are resolved; what
/// has no value is left out. Immutable once compiled.
class schema_graph {
  public:
    /// Nesting that no value exceeds.
    static constexpr int deepest = 64;

    /// Throws schema_refused, its pointer beginning with `pointer`. The schema itself is not kept.
    static schema_graph compile(const nlohmann::ordered_json& schema,
                                const std::string& pointer = {});

    node_id root() const { return root_; }
    /// Whether there is any value, of a depth that is not too great.
    bool satisfiable() const { return nodes[static_cast<std::size_t>(root_)].depth <= deepest; }

    struct array {
        std::vector<node_id> first{};  // of the first items
        node_id rest = 0;              // of all others
        std::size_t fewest = 0;
        std::size_t most = 0;
        bool distinct = false;
        int depth = 0;  // of its flattest value

        node_id at(std::size_t i) const { return i < first.size() ? first[i] : rest; }
    };
    struct object {
        struct member {
            std::string name;
            node_id value;
            bool required;
            bool possible;  // false: no object has it
        };
        /// Of names that are no member's.
        struct name_class {
            std::shared_ptr<const string_automaton> names;  // none: every name
            node_id value;
        };
        std::vector<member> members{};      // names that the schema speaks of, ascending
        std::vector<name_class> classes{};  // disjoint, and possible
        std::size_t fewest = 0;
        std::size_t most = 0;
        int depth = 0;
    };
    struct node {
        bool null = false, no = false, yes = false;
        std::vector<int> numbers{}, strings{}, arrays{}, objects{};  // indices into the lists below
        int depth = impossible;                                      // of the flattest value
    };
    static constexpr int impossible = std::numeric_limits<int>::max();

    std::vector<node> nodes;
    std::vector<number_automaton> numbers;
    /// By the same indices: one text a number, for items that must be distinct; else none.
    std::vector<std::unique_ptr<number_automaton>> distinct_numbers;
    std::vector<string_automaton> strings;
    std::vector<array> arrays;
    std::vector<object> objects;

  private:
    node_id root_ = 0;
};

}  // namespace tessera::engine
