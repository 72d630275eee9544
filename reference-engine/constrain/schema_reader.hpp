#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "constrain/schema_algebra.hpp"

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
    };

    /// The document must outlive the reader; `pointer` is where it stands, for messages.
    schema_reader(const nlohmann::ordered_json& document, std::string pointer, places&);

    int root() const { return 0; }
    /// Whether the place allows everything or nothing at first sight.
    std::optional<bool> trivial(int location) const;
    /// What a part allows. Throws schema_refused with the keyword's pointer.
    const alternatives& read(int part);

  private:
    using json = nlohmann::ordered_json;
    struct place {
        const json* at;
        std::string pointer;
        bool constant;
    };

    int location(const json& at, std::string pointer, bool constant = false);
    node_id node(const json& at, std::string pointer, bool constant = false);
    alternatives schema(const place&);
    alternatives constant(const place&);
    alternatives applied(const json& at, std::string pointer);
    const json* find(const std::string& reference, std::string& pointer) const;

    alternatives types(const json&, const std::string& pointer);
    alternatives enumeration(const json&, const std::string& pointer);
    alternatives numbers(const json& schema, const std::string& pointer);
    alternatives strings(const json& schema, const std::string& pointer);
    alternatives arrays(const json& schema, const std::string& pointer);
    alternatives objects(const json& schema, const std::string& pointer);
    alternatives dependencies(const json& schema, const std::string& pointer);
    alternatives one_of(const json&, const std::string& pointer);
    alternatives condition(const json& schema, const std::string& pointer);
    alternatives both(const alternatives& a, const alternatives& b) {
        return intersection(a, b, places_);
    }
    language names_of(const json& at, std::string pointer);
    bool disjoint(const alternatives&, const alternatives&);
    bool surely_empty(const alternatives&, int depth);
    bool surely_empty(node_id, int depth);

    const json& document_;
    places& places_;
    std::string pointer_;
    std::vector<place> locations_;
    std::map<std::pair<const json*, bool>, int> known_;
    std::map<int, alternatives> read_;  // by part
    std::set<int> open_;                // being read
};

}  // namespace tessera::engine
