#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "support/validator/schema_clause.hpp"
#include "support/validator/schema_keywords.hpp"

namespace tessera::engine {
namespace {

using nlohmann::ordered_json;
using name_set = std::set<std::string>;

using evaluation = schema_rule::evaluation;

void add_all(const ordered_json& object, schema_evaluation&, name_set& to) {
    for (const auto& [name, unused] : object.items()) to.insert(name);
}

evaluation of_members(const schema_clause& c) {
    return [members = c.members()](const ordered_json& object, schema_evaluation&, name_set& to) {
        for (const auto& [name, unused] : members) {
            if (object.contains(name)) to.insert(name);
        }
    };
}

evaluation of_patterns(const schema_clause& c) {
    std::vector<std::shared_ptr<const language>> patterns;
    for (const auto& [text, unused] : c.members()) patterns.push_back(c.pattern(text));
    return [patterns](const ordered_json& object, schema_evaluation& run, name_set& to) {
        for (const auto& [name, unused] : object.items()) {
            for (const auto& each : patterns) {
                if (spent_match(*each, name, run)) to.insert(name);
            }
        }
    };
}

evaluation of_all(const schema_clause&) { return add_all; }

evaluation of_those_that_hold(const schema_clause& c) {
    return [all = c.schemas()](const ordered_json& object, schema_evaluation& run, name_set& to) {
        for (const schema_rule* each : all) {
            if (each->holds(object, run)) each->evaluate(object, run, to);
        }
    };
}

evaluation of_condition(const schema_clause& c) {
    const auto branch = [&](const char* name) {
        const auto found = c.beside(name);
        return found ? &found->schema() : nullptr;
    };
    return [test = &c.schema(), then = branch("then"), otherwise = branch("else")](
               const ordered_json& object, schema_evaluation& run, name_set& to) {
        const bool holds = test->holds(object, run);
        if (holds) test->evaluate(object, run, to);
        if (const schema_rule* const next = holds ? then : otherwise)
            next->evaluate(object, run, to);
    };
}

evaluation of_dependencies(const schema_clause& c) {
    std::vector<std::pair<std::string, const schema_rule*>> all;
    for (const auto& [name, asked] : c.value.items()) {
        if (!asked.is_array()) all.emplace_back(name, &c.schema(asked));
    }
    return [all](const ordered_json& object, schema_evaluation& run, name_set& to) {
        for (const auto& [name, schema] : all) {
            if (object.contains(name)) schema->evaluate(object, run, to);
        }
    };
}

evaluation of_reference(const schema_clause& c) {
    return [target = &c.rules.of(c.rules.referred(c.owner, c.keyword))](
               const ordered_json& object, schema_evaluation& run, name_set& to) {
        target->evaluate(object, run, to);
    };
}

constexpr std::pair<std::string_view, evaluation (*)(const schema_clause&)> evaluating_keywords[] =
    {
        {"$dynamicRef", of_reference},
        {"$recursiveRef", of_reference},
        {"$ref", of_reference},
        {"additionalProperties", of_all},
        {"allOf", of_those_that_hold},
        {"anyOf", of_those_that_hold},
        {"dependencies", of_dependencies},
        {"dependentSchemas", of_dependencies},
        {"if", of_condition},
        {"oneOf", of_those_that_hold},
        {"patternProperties", of_patterns},
        {"properties", of_members},
};

}  // namespace

std::vector<evaluation> schema_evaluations(schema_rules& rules, const schema_node& node) {
    std::vector<evaluation> all;
    if (!node.source->is_object()) return all;
    for (const auto& [keyword, read] : evaluating_keywords)
        if (const ordered_json* const value = node.find(keyword))
            all.push_back(read({rules, node, keyword, *value}));
    return all;
}

}  // namespace tessera::engine
