#pragma once

#include <algorithm>
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

    /// How many of the items from one on are of a node.
    struct containing {
        node_id item;
        std::size_t fewest = 1;
        std::size_t most = unlimited;
        std::size_t from = 0;
        friend bool operator==(const containing&, const containing&) = default;
    };

    std::vector<node_id> first{};  // of the first items
    node_id rest = 0;              // of all others
    std::size_t fewest = 0;
    std::size_t most = unlimited;
    bool distinct = false;
    std::vector<containing> contains{};

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
    /// Some member whose name is one of those has such a value.
    struct wanted {
        std::shared_ptr<const language> names;
        node_id value;
        friend bool operator==(const wanted& a, const wanted& b) {
            return a.value == b.value && (a.names == b.names || *a.names == *b.names);
        }
    };
    std::vector<facet> facets{};
    std::vector<std::string> required{};  // ascending
    std::vector<wanted> some{};
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
        /// An item, and what of `contains` it is counted for, a bit each.
        struct way {
            node_id value;
            std::uint32_t counts = 0;
        };
        struct counted {
            std::uint32_t fewest;
            std::uint32_t most;  // unlimited: it is counted up to the fewest
        };
        static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();
        static constexpr std::uint32_t overfull = unlimited;

        std::vector<std::vector<way>> items{};  // the first ones, and how all others are
        std::vector<counted> contains{};
        std::size_t fewest = 0;
        std::size_t most = 0;
        bool distinct = false;
        int depth = 0;  // of its flattest value

        const std::vector<way>& at(std::size_t i) const {
            return items[std::min(i, items.size() - 1)];
        }
        /// What has been counted after an item more, all in one number that begins as 0; overfull
        /// where it was too many.
        std::uint32_t after(std::uint32_t counts, const way&) const;
        bool enough(std::uint32_t counts) const;
        /// Whether it can become an array whose items nest no deeper than `room`.
        bool completable(std::size_t items, std::uint32_t counts, int room,
                         const schema_graph&) const;
    };
    struct object {
        /// A member's value, and which of what is wanted it is, a bit each.
        struct way {
            node_id value;
            std::uint32_t covers = 0;
        };
        struct member {
            std::string name;
            std::vector<way> ways;
            bool required;
            bool possible;  // false: no object has it
        };
        /// Of names that are no member's.
        struct name_class {
            std::shared_ptr<const string_automaton> names;  // none: every name
            std::vector<way> ways;
        };
        std::vector<member> members{};      // names that the schema speaks of, ascending
        std::vector<name_class> classes{};  // disjoint, and possible
        std::size_t fewest = 0;
        std::size_t most = 0;
        std::uint32_t wanted = 0;  // all bits
        int depth = 0;

        static bool has(std::string_view bits, std::size_t i) {
            return (static_cast<unsigned char>(bits[i / 8]) >> (i % 8) & 1) != 0;
        }
        static void add(std::string& bits, std::size_t i) {
            bits[i / 8] =
                static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | 1U << (i % 8));
        }
        std::string no_members() const { return std::string((members.size() + 7) / 8, '\0'); }
        /// How many names of a class are left beside those of `others`, at most `many`.
        static std::size_t names_left(const name_class&, std::string_view others);
        /// Whether all that is required and wanted has place beside what is there: members by their
        /// bits, the names of others, and one of a class more unless that is null.
        bool coverable(std::string_view bits, std::string_view others, const name_class* more,
                       std::uint32_t covered, int room, const schema_graph&) const;
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
