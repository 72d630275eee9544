#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "support/validator/schema_clause.hpp"

// The validator's keywords of members, and of schemas for the same value.
namespace tessera::engine {
namespace {

using nlohmann::ordered_json;
using assertion = schema_clause::assertion;
using name_patterns = std::vector<std::pair<std::shared_ptr<const language>, const schema_rule*>>;

name_patterns patterns_of(const schema_clause& c) {
    name_patterns all;
    for (const auto& [text, schema] : c.members()) all.emplace_back(c.pattern(text), schema);
    return all;
}

bool has_all(const ordered_json& object, const std::vector<std::string>& names) {
    return std::ranges::all_of(names, [&](const auto& name) { return object.contains(name); });
}

}  // namespace

assertion properties(const schema_clause& c) {
    const auto all = c.members();
    return [members = std::unordered_map<std::string, const schema_rule*>(all.begin(), all.end())](
               const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            const auto found = members.find(name);
            if (found != members.end() && !found->second->holds(member, run)) return false;
        }
        return true;
    };
}

assertion pattern_properties(const schema_clause& c) {
    return [patterns = patterns_of(c)](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            for (const auto& [l, schema] : patterns) {
                if (spent_match(*l, name, run) && !schema->holds(member, run)) return false;
            }
        }
        return true;
    };
}

assertion additional_properties(const schema_clause& c) {
    std::unordered_set<std::string> named;
    if (const auto others = c.beside("properties")) {
        for (const auto& [name, schema] : others->value.items()) named.insert(name);
    }
    name_patterns patterns;
    if (const auto others = c.beside("patternProperties")) patterns = patterns_of(*others);
    return [named, patterns, rest = &c.schema()](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            const bool covered =
                named.contains(name) || std::ranges::any_of(patterns, [&](const auto& each) {
                    return spent_match(*each.first, name, run);
                });
            if (!covered && !rest->holds(member, run)) return false;
        }
        return true;
    };
}

assertion unevaluated_properties(const schema_clause& c) {
    return [own = &c.rules.of(c.owner), rest = &c.schema()](const ordered_json& v,
                                                            schema_evaluation& run) {
        if (!v.is_object()) return true;
        std::set<std::string> evaluated;
        for (const auto& each : own->evaluations) each(v, run, evaluated);
        for (const auto& [name, member] : v.items()) {
            if (!evaluated.contains(name) && !rest->holds(member, run)) return false;
        }
        return true;
    };
}

assertion property_names(const schema_clause& c) {
    return [names = &c.schema()](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            if (!names->holds(name, run)) return false;
        }
        return true;
    };
}

assertion required(const schema_clause& c) {
    return [names = c.names(c.value)](const ordered_json& v, schema_evaluation&) {
        return !v.is_object() || has_all(v, names);
    };
}

// Of a list of names, of a schema, or of either.
assertion dependencies(const schema_clause& c) {
    if (!c.value.is_object()) c.refuse("must be an object");
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
    std::vector<std::pair<std::string, const schema_rule*>> schemas;
    for (const auto& [name, asked] : c.value.items()) {
        if (c.keyword == "dependentRequired" || (c.keyword == "dependencies" && asked.is_array()))
            lists.emplace_back(name, c.names(asked));
        else
            schemas.emplace_back(name, &c.schema(asked));
    }
    return [lists, schemas](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        const auto there = [&](const auto& each) { return v.contains(each.first); };
        return std::ranges::all_of(
                   lists,
                   [&](const auto& each) { return !there(each) || has_all(v, each.second); }) &&
               std::ranges::all_of(schemas, [&](const auto& each) {
                   return !there(each) || each.second->holds(v, run);
               });
    };
}

assertion combined(const schema_clause& c) {
    return [all = c.schemas(), how = c.keyword](const ordered_json& v, schema_evaluation& run) {
        const auto holds = [&](const schema_rule* each) { return each->holds(v, run); };
        if (how == "allOf") return std::ranges::all_of(all, holds);
        if (how == "anyOf") return std::ranges::any_of(all, holds);
        return std::ranges::count_if(all, holds) == 1;
    };
}

assertion negation(const schema_clause& c) {
    return [inner = &c.schema()](const ordered_json& v, schema_evaluation& run) {
        return !inner->holds(v, run);
    };
}

assertion condition(const schema_clause& c) {
    const auto schema = [&](const char* name) {
        const auto found = c.beside(name);
        return found ? &found->schema() : nullptr;
    };
    return [test = &c.schema(), then = schema("then"), otherwise = schema("else")](
               const ordered_json& v, schema_evaluation& run) {
        const schema_rule* const chosen = test->holds(v, run) ? then : otherwise;
        return chosen == nullptr || chosen->holds(v, run);
    };
}

assertion reference(const schema_clause& c) {
    return [owner = &c.owner, keyword = c.keyword,
            target = &c.rules.of(c.rules.referred(c.owner, c.keyword))](const ordered_json& v,
                                                                        schema_evaluation& run) {
        const auto [way, begun] = run.following.emplace(owner, &v);
        if (!begun) owner->refuse(keyword, "comes back to itself without end");
        const bool held = target->holds(v, run);
        run.following.erase(way);
        return held;
    };
}

}  // namespace tessera::engine
