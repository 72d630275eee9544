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

namespace tessera::engine {

/// How far the evaluation of one value has come.
class schema_evaluation {
  public:
    /// Throws engine_error limit when an evaluation has taken too much.
    void spend(std::size_t work);

    int depth = 0;
    /// References that are being followed, each with the value it is held against.
    std::set<std::pair<const void*, const void*>> following{};

  private:
    std::size_t spent_ = 0;
};

/// A schema inside a document.
struct schema_node {
    using assertion = std::function<bool(const nlohmann::ordered_json&, schema_evaluation&)>;

    const nlohmann::ordered_json* source;  // an object or a boolean
    std::string pointer;                   // RFC 6901
    std::string base;                      // the URI that its references start from
    std::vector<assertion> assertions{};   // that all must hold

    bool holds(const nlohmann::ordered_json& value, schema_evaluation&) const;
    /// Throws schema_refused for one of its keywords.
    [[noreturn]] void refuse(std::string_view keyword, const std::string& reason) const;
};

/// All schemas of a document, and what references mean among them. The document must outlive it.
class schema_tree {
  public:
    /// Throws schema_refused.
    explicit schema_tree(const nlohmann::ordered_json& document);
    schema_tree(const schema_tree&) = delete;
    schema_tree& operator=(const schema_tree&) = delete;

    const schema_node& root() const { return nodes_.front(); }
    std::deque<schema_node>& nodes() { return nodes_; }
    /// Null for what stands where no schema is expected.
    const schema_node* at(const nlohmann::ordered_json& source) const;
    /// What a `$ref` means. Throws schema_refused for nothing inside the document.
    const schema_node& referred(const schema_node& from, const std::string& reference) const;

  private:
    void walk(const nlohmann::ordered_json&, std::string pointer, std::string base, int depth);
    void read_names(schema_node&);

    std::deque<schema_node> nodes_;
    std::unordered_map<const nlohmann::ordered_json*, const schema_node*> by_source_;
    std::map<std::string, const schema_node*> by_uri_;  // resources, and anchors with `#name`
};

/// A step of a JSON pointer.
std::string pointer_step(std::string_view name);

}  // namespace tessera::engine
