#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "constrain/schema_algebra.hpp"
#include "constrain/schema_tree.hpp"

namespace tessera::engine {

/// Reads the places of one schema document: what the keywords of each allow. A place is a schema or
/// a constant value; a part is a place times two, plus one for its negation.
class schema_reader {
  public:
    static constexpr int no = -2;  // the part that nothing satisfies

    class places : public node_table {
      public:
        virtual node_id of(int location) = 0;
        virtual const alternatives& expand(node_id) = 0;
        /// Where the node stands, or its keyword.
        virtual std::string pointer(node_id, const std::string& keyword) const = 0;
    };

    /// The document must outlive the reader; `pointer` is where it stands, for messages.
    schema_reader(const nlohmann::ordered_json& document, std::string pointer, places&);

    int root() const { return 0; }
    /// Whether the place allows everything or nothing at first sight.
    std::optional<bool> trivial(int location) const;
    /// What a part allows. Throws schema_refused with the keyword's pointer.
    const alternatives& read(int part);
    /// Of the part that has the keyword, or of the first.
    std::string pointer(const std::vector<int>& parts, const std::string& keyword) const;

  private:
    using json = nlohmann::ordered_json;
    struct place {
        const json* at;
        const schema_node* schema;  // none: a constant
        std::string pointer;
    };
    /// Members that a schema has looked at, where it holds.
    struct looked_at {
        bool all = false;
        std::set<std::string> named{};
        std::set<std::shared_ptr<const language>> matching{};
        bool covers(const looked_at& other) const;
        void add(const looked_at& other);
        friend bool operator==(const looked_at&, const looked_at&) = default;
    };
    /// A way in which a schema holds.
    struct outcome {
        alternatives values;
        looked_at members{};
    };
    using outcomes = std::vector<outcome>;

    int location(const json& at, const schema_node*, std::string pointer);
    int location(const schema_node& s) { return location(*s.source, &s, s.pointer); }
    node_id node(const json& schema) { return places_.of(location(*tree_.at(schema))); }
    alternatives schema(const place&);
    alternatives constant(const place&);

    // In one way for each set of members that it may look at if these are `told`, else in one way.
    outcomes ways(const schema_node&, bool told);
    outcomes applied(const schema_node&, bool told);
    outcomes applied(const json& schema, bool told) { return applied(*tree_.at(schema), told); }
    outcomes both(const outcomes&, const outcomes&);
    static void join(outcomes& to, outcome);
    outcomes any_of(const json& schemas, bool told);
    outcomes one_of(const schema_node&, const json& schemas, bool told);
    outcomes condition(const schema_node&, bool told);
    outcomes dependencies(const schema_node&, bool told);
    looked_at members_of(const schema_node&);
    object_shape unevaluated(const looked_at&, const json& others);

    static alternatives types(const schema_node&);
    alternatives enumeration(const schema_node&, const json&);
    static alternatives numbers(const schema_node&);
    alternatives strings(const schema_node&);
    alternatives arrays(const schema_node&);
    alternatives objects(const schema_node&);
    alternatives values(const json& schema) { return read(location(*tree_.at(schema)) * 2); }
    alternatives both(const alternatives& a, const alternatives& b) {
        return intersection(a, b, places_);
    }
    alternatives negation(const schema_node& of, const char* keyword, const alternatives&);
    std::shared_ptr<const language> matching(const schema_node&, const char* keyword,
                                             const std::string& pattern);
    language names_of(const json& schema);
    bool disjoint(const alternatives&, const alternatives&);
    bool surely_empty(const alternatives&, int depth);
    bool surely_empty(node_id, int depth);

    places& places_;
    schema_tree tree_;
    std::vector<place> locations_;
    std::map<std::pair<const json*, const schema_node*>, int> known_;
    std::map<int, alternatives> read_;  // by part
    std::set<int> open_;                // being read
    std::map<std::string, std::shared_ptr<const language>> patterns_;
};

}  // namespace tessera::engine
