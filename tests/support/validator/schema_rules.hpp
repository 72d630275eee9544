#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constrain/schema_tree.hpp"

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

/// What a schema asserts of values.
struct schema_rule {
    using assertion = std::function<bool(const nlohmann::ordered_json&, schema_evaluation&)>;

    /// Adds the members of an object that a keyword evaluates, where its schema holds.
    using evaluation = std::function<void(const nlohmann::ordered_json&, schema_evaluation&,
                                          std::set<std::string>&)>;

    const schema_node* schema;
    std::vector<assertion> assertions{};    // that all must hold
    std::vector<evaluation> evaluations{};  // but unevaluatedProperties

    bool holds(const nlohmann::ordered_json& value, schema_evaluation&) const;
    void evaluate(const nlohmann::ordered_json& object, schema_evaluation&,
                  std::set<std::string>& to) const;
};

/// The rules of a document's schemas, as far as its root comes to them.
class schema_rules {
  public:
    /// Throws schema_refused for a keyword that is malformed or not known how to enforce.
    explicit schema_rules(const nlohmann::ordered_json& document);

    const schema_rule& root() const { return rules_.front(); }
    /// They are complete when all are.
    const schema_rule& of(const schema_node&);
    const schema_rule& of(const nlohmann::ordered_json& schema) { return of(*tree_.at(schema)); }
    const schema_node& referred(const schema_node& from, std::string_view keyword) {
        return tree_.referred(from, keyword);
    }

  private:
    schema_tree tree_;
    std::deque<schema_rule> rules_;
    std::unordered_map<const schema_node*, const schema_rule*> by_schema_;
};

}  // namespace tessera::engine
