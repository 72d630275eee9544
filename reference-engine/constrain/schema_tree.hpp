#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constrain/schema_dialect.hpp"

namespace tessera::engine {

/// A place where a document has a schema.
struct schema_node {
    const nlohmann::ordered_json* source;  // an object or a boolean, or it is malformed
    std::string pointer;                   // RFC 6901
    std::string base;                      // the URI that its references start from
    schema_dialect dialect;

    /// The value of a keyword; null if it is not there, or means nothing in this dialect.
    const nlohmann::ordered_json* find(std::string_view keyword) const;
    /// Throws schema_refused for one of its keywords.
    [[noreturn]] void refuse(std::string_view keyword, const std::string& reason) const;
    /// The same for the whole.
    [[noreturn]] void refuse(const std::string& reason) const;
};

/// All schemas of a document, in the dialects that `$schema` names, and what references mean among
/// them. The document must outlive it.
class schema_tree {
  public:
    /// `pointer` is where the document stands, for messages. Throws schema_refused.
    explicit schema_tree(const nlohmann::ordered_json& document, std::string pointer = {});
    schema_tree(const schema_tree&) = delete;
    schema_tree& operator=(const schema_tree&) = delete;

    const schema_node& root() const { return nodes_.front(); }
    /// Null for what stands where no schema is expected.
    const schema_node* at(const nlohmann::ordered_json& source) const;
    /// What its `$ref`, `$dynamicRef` or `$recursiveRef` means. Throws schema_refused for nothing
    /// inside the document, and for what depends on the way to it.
    const schema_node& referred(const schema_node& from, std::string_view keyword);

  private:
    struct origin {
        std::string pointer;
        std::string base;
        schema_dialect dialect;
    };

    const schema_node& walk(const nlohmann::ordered_json&, origin, int depth);
    void read_names(schema_node&);
    const schema_node* followed(const schema_node& from, std::string_view pointer);

    std::deque<schema_node> nodes_;
    std::unordered_map<const nlohmann::ordered_json*, const schema_node*> by_source_;
    std::map<std::string, const schema_node*>
        by_uri_;                          // resources, and anchors with `#name`; null: several
    std::map<std::string, int> dynamic_;  // how many schemas have a `$dynamicAnchor`; "": are
                                          // `$recursiveAnchor`s
};

/// A step of a JSON pointer.
std::string pointer_step(std::string_view name);

}  // namespace tessera::engine
