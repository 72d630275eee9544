#include "constrain/schema_keywords.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "constrain/exact_number.hpp"
#include "constrain/formats.hpp"
#include "constrain/language.hpp"
#include "core/error.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

using nlohmann::ordered_json;
using assertion = schema_node::assertion;

// A keyword inside its schema.
struct clause {
    const schema_tree& tree;
    const schema_node& owner;
    std::string_view keyword;
    const ordered_json& value;

    [[noreturn]] void refuse(const std::string& reason) const { owner.refuse(keyword, reason); }

    const ordered_json* sibling(const char* name) const {
        const auto found = owner.source->find(name);
        return found == owner.source->end() ? nullptr : &*found;
    }
    std::optional<clause> beside(const char* name) const {
        const ordered_json* const other = sibling(name);
        if (other == nullptr) return std::nullopt;
        return clause{tree, owner, name, *other};
    }

    // The schema that the value is, and those that it holds.
    const schema_node& schema() const { return *tree.at(value); }
    std::vector<const schema_node*> schemas() const {
        if (value.is_array() && value.empty()) refuse("must not be empty");
        std::vector<const schema_node*> all;
        for (const auto& each : value) all.push_back(tree.at(each));
        return all;
    }

    std::size_t count() const {
        if (!value.is_number()) refuse("must be a number");
        const exact_number number(value);
        if (!number.is_integer() || number.is_negative()) refuse("must be a whole number");
        constexpr double most = 4e15;
        return static_cast<std::size_t>(std::min(value.get<double>(), most));
    }
    exact_number number() const {
        if (!value.is_number()) refuse("must be a number");
        return exact_number(value);
    }
    std::vector<std::string> names(const ordered_json& list) const {
        std::vector<std::string> all;
        if (!list.is_array()) refuse("must be a list of strings");
        for (const auto& each : list) {
            if (!each.is_string()) refuse("must be a list of strings");
            all.push_back(each.get<std::string>());
        }
        return all;
    }
    std::shared_ptr<const language> pattern(const std::string& text) const {
        try {
            return std::make_shared<const language>(language::matching(text));
        } catch (const engine_error& e) {
            refuse(e.what());
        }
    }
};

const std::string& text_of(const ordered_json& value) {
    return value.get_ref<const std::string&>();
}

bool matches(const language& l, const std::string& text, schema_evaluation& run) {
    run.spend(text.size() / 8);
    return l.contains(text);
}

std::string spent_canonical(const ordered_json& value, schema_evaluation& run) {
    std::string text = canonical_text(value);
    run.spend(text.size() / 8);
    return text;
}

// Values of any type.

assertion type(const clause& c) {
    struct one {
        std::string_view name;
        bool (*is)(const ordered_json&);
    };
    static constexpr one types[] = {
        {"null", [](const ordered_json& v) { return v.is_null(); }},
        {"boolean", [](const ordered_json& v) { return v.is_boolean(); }},
        {"number", [](const ordered_json& v) { return v.is_number(); }},
        {"integer",
         [](const ordered_json& v) { return v.is_number() && exact_number(v).is_integer(); }},
        {"string", [](const ordered_json& v) { return v.is_string(); }},
        {"array", [](const ordered_json& v) { return v.is_array(); }},
        {"object", [](const ordered_json& v) { return v.is_object(); }}};
    std::vector<bool (*)(const ordered_json&)> allowed;
    const bool single = c.value.is_string();
    const auto names = c.names(single ? ordered_json::array({c.value}) : c.value);
    if (names.empty()) c.refuse("must not be empty");
    for (const std::string& name : names) {
        const auto* const found = std::ranges::find(types, name, &one::name);
        if (found == std::end(types)) c.refuse("there is no type " + in_quotes(name));
        allowed.push_back(found->is);
    }
    return [allowed](const ordered_json& v, schema_evaluation&) {
        return std::ranges::any_of(allowed, [&](auto* is) { return is(v); });
    };
}

assertion one_of_values(const clause& c) {
    std::unordered_set<std::string> values;
    if (c.keyword == "const") {
        values.insert(canonical_text(c.value));
    } else {
        if (!c.value.is_array()) c.refuse("must be a list");
        for (const auto& each : c.value) values.insert(canonical_text(each));
    }
    return [values](const ordered_json& v, schema_evaluation& run) {
        return values.contains(spent_canonical(v, run));
    };
}

// Numbers.

assertion bound(const clause& c) {
    const bool low = c.keyword == "minimum" || c.keyword == "exclusiveMinimum";
    const bool exclusive = c.keyword.starts_with("exclusive");
    return [at = c.number(), low, exclusive](const ordered_json& v, schema_evaluation&) {
        if (!v.is_number()) return true;
        const auto order = exact_number(v) <=> at;
        return order == 0 ? !exclusive : (order > 0) == low;
    };
}

assertion multiple_of(const clause& c) {
    const exact_number of = c.number();
    if (!of.is_positive()) c.refuse("must be greater than zero");
    return [of](const ordered_json& v, schema_evaluation&) {
        return !v.is_number() || exact_number(v).is_multiple_of(of);
    };
}

// Strings, and how many characters, items and members there are.

assertion length(const clause& c) {
    const bool least = c.keyword.starts_with("min");
    const auto kind = c.keyword.substr(3);
    return [at = c.count(), least, kind](const ordered_json& v, schema_evaluation&) {
        std::size_t n = 0;
        if (kind == "Length" && v.is_string())
            n = unicode::count(text_of(v));
        else if ((kind == "Items" && v.is_array()) || (kind == "Properties" && v.is_object()))
            n = v.size();
        else
            return true;
        return least ? n >= at : n <= at;
    };
}

assertion pattern(const clause& c) {
    if (!c.value.is_string()) c.refuse("must be a string");
    return [l = c.pattern(text_of(c.value))](const ordered_json& v, schema_evaluation& run) {
        return !v.is_string() || matches(*l, text_of(v), run);
    };
}

assertion format(const clause& c) {
    if (!c.value.is_string()) c.refuse("must be a string");
    const language* const l = format_language(text_of(c.value));
    if (l == nullptr) c.refuse("the format " + in_quotes(text_of(c.value)) + " is not known");
    return [l](const ordered_json& v, schema_evaluation& run) {
        return !v.is_string() || matches(*l, text_of(v), run);
    };
}

// Arrays.

assertion items(const clause& c) {
    const auto prefix = c.beside("prefixItems");
    return [from = prefix ? prefix->value.size() : 0, rest = &c.schema()](const ordered_json& v,
                                                                          schema_evaluation& run) {
        if (!v.is_array()) return true;
        for (std::size_t i = from; i < v.size(); ++i) {
            if (!rest->holds(v[i], run)) return false;
        }
        return true;
    };
}

assertion prefix_items(const clause& c) {
    return [parts = c.schemas()](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_array()) return true;
        for (std::size_t i = 0; i < std::min(v.size(), parts.size()); ++i) {
            if (!parts[i]->holds(v[i], run)) return false;
        }
        return true;
    };
}

assertion contains(const clause& c) {
    const auto least = c.beside("minContains");
    const auto most = c.beside("maxContains");
    return [part = &c.schema(), at_least = least ? least->count() : 1,
            at_most = most ? most->count() : std::numeric_limits<std::size_t>::max()](
               const ordered_json& v, schema_evaluation& run) {
        if (!v.is_array()) return true;
        const auto n = static_cast<std::size_t>(std::ranges::count_if(
            v, [&](const ordered_json& each) { return part->holds(each, run); }));
        return n >= at_least && n <= at_most;
    };
}

assertion unique_items(const clause& c) {
    if (!c.value.is_boolean()) c.refuse("must be true or false");
    return [wanted = c.value.get<bool>()](const ordered_json& v, schema_evaluation& run) {
        if (!wanted || !v.is_array()) return true;
        std::unordered_set<std::string> seen;
        return std::ranges::all_of(v, [&](const ordered_json& each) {
            return seen.insert(spent_canonical(each, run)).second;
        });
    };
}

// Objects.

assertion properties(const clause& c) {
    std::unordered_map<std::string, const schema_node*> members;
    for (const auto& [name, schema] : c.value.items()) members.emplace(name, c.tree.at(schema));
    return [members](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            const auto found = members.find(name);
            if (found != members.end() && !found->second->holds(member, run)) return false;
        }
        return true;
    };
}

using name_patterns = std::vector<std::pair<std::shared_ptr<const language>, const schema_node*>>;

name_patterns patterns_of(const clause& c) {
    name_patterns all;
    for (const auto& [text, schema] : c.value.items())
        all.emplace_back(c.pattern(text), c.tree.at(schema));
    return all;
}

assertion pattern_properties(const clause& c) {
    return [patterns = patterns_of(c)](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            for (const auto& [l, schema] : patterns) {
                if (matches(*l, name, run) && !schema->holds(member, run)) return false;
            }
        }
        return true;
    };
}

assertion additional_properties(const clause& c) {
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
                    return matches(*each.first, name, run);
                });
            if (!covered && !rest->holds(member, run)) return false;
        }
        return true;
    };
}

assertion property_names(const clause& c) {
    return [names = &c.schema()](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_object()) return true;
        for (const auto& [name, member] : v.items()) {
            if (!names->holds(name, run)) return false;
        }
        return true;
    };
}

bool has_all(const ordered_json& object, const std::vector<std::string>& names) {
    return std::ranges::all_of(names, [&](const auto& name) { return object.contains(name); });
}

assertion required(const clause& c) {
    return [names = c.names(c.value)](const ordered_json& v, schema_evaluation&) {
        return !v.is_object() || has_all(v, names);
    };
}

assertion dependent_required(const clause& c) {
    if (!c.value.is_object()) c.refuse("must be an object of lists of strings");
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    for (const auto& [name, list] : c.value.items()) all.emplace_back(name, c.names(list));
    return [all](const ordered_json& v, schema_evaluation&) {
        return !v.is_object() || std::ranges::all_of(all, [&](const auto& each) {
            return !v.contains(each.first) || has_all(v, each.second);
        });
    };
}

assertion dependent_schemas(const clause& c) {
    std::vector<std::pair<std::string, const schema_node*>> all;
    for (const auto& [name, schema] : c.value.items()) all.emplace_back(name, c.tree.at(schema));
    return [all](const ordered_json& v, schema_evaluation& run) {
        return !v.is_object() || std::ranges::all_of(all, [&](const auto& each) {
            return !v.contains(each.first) || each.second->holds(v, run);
        });
    };
}

// Schemas of the same value.

assertion combined(const clause& c) {
    return [all = c.schemas(), how = c.keyword](const ordered_json& v, schema_evaluation& run) {
        const auto holds = [&](const schema_node* each) { return each->holds(v, run); };
        if (how == "allOf") return std::ranges::all_of(all, holds);
        if (how == "anyOf") return std::ranges::any_of(all, holds);
        return std::ranges::count_if(all, holds) == 1;
    };
}

assertion negation(const clause& c) {
    return [inner = &c.schema()](const ordered_json& v, schema_evaluation& run) {
        return !inner->holds(v, run);
    };
}

assertion condition(const clause& c) {
    const auto schema = [&](const char* name) {
        const auto found = c.beside(name);
        return found ? &found->schema() : nullptr;
    };
    return [test = &c.schema(), then = schema("then"), otherwise = schema("else")](
               const ordered_json& v, schema_evaluation& run) {
        const schema_node* const chosen = test->holds(v, run) ? then : otherwise;
        return chosen == nullptr || chosen->holds(v, run);
    };
}

assertion reference(const clause& c) {
    if (!c.value.is_string()) c.refuse("must be a string");
    return [owner = &c.owner, target = &c.tree.referred(c.owner, text_of(c.value))](
               const ordered_json& v, schema_evaluation& run) {
        const auto [way, begun] = run.following.emplace(owner, &v);
        if (!begun) owner->refuse("$ref", "comes back to itself without end");
        const bool held = target->holds(v, run);
        run.following.erase(way);
        return held;
    };
}

// Those that only say something to their neighbours.
assertion for_neighbours(const clause& c) {
    if (c.keyword.ends_with("Contains")) c.count();
    return nullptr;
}

assertion annotation(const clause&) { return nullptr; }

struct entry {
    std::string_view keyword;
    assertion (*read)(const clause&);
};
constexpr entry keywords[] = {
    {"$anchor", annotation},
    {"$comment", annotation},
    {"$defs", annotation},
    {"$id", annotation},
    {"$ref", reference},
    {"$schema", annotation},
    {"additionalProperties", additional_properties},
    {"allOf", combined},
    {"anyOf", combined},
    {"const", one_of_values},
    {"contains", contains},
    {"default", annotation},
    {"definitions", annotation},
    {"dependentRequired", dependent_required},
    {"dependentSchemas", dependent_schemas},
    {"deprecated", annotation},
    {"description", annotation},
    {"else", for_neighbours},
    {"enum", one_of_values},
    {"examples", annotation},
    {"exclusiveMaximum", bound},
    {"exclusiveMinimum", bound},
    {"format", format},
    {"if", condition},
    {"items", items},
    {"maxContains", for_neighbours},
    {"maxItems", length},
    {"maxLength", length},
    {"maxProperties", length},
    {"maximum", bound},
    {"minContains", for_neighbours},
    {"minItems", length},
    {"minLength", length},
    {"minProperties", length},
    {"minimum", bound},
    {"multipleOf", multiple_of},
    {"not", negation},
    {"oneOf", combined},
    {"pattern", pattern},
    {"patternProperties", pattern_properties},
    {"prefixItems", prefix_items},
    {"properties", properties},
    {"propertyNames", property_names},
    {"readOnly", annotation},
    {"required", required},
    {"then", for_neighbours},
    {"title", annotation},
    {"type", type},
    {"uniqueItems", unique_items},
    {"writeOnly", annotation},
};

}  // namespace

std::vector<assertion> schema_assertions(const schema_tree& tree, const schema_node& node) {
    std::vector<assertion> all;
    if (node.source->is_boolean()) {
        if (!node.source->get<bool>())
            all.emplace_back([](const ordered_json&, schema_evaluation&) { return false; });
        return all;
    }
    for (const auto& [keyword, value] : node.source->items()) {
        const auto* const found = std::ranges::find(keywords, keyword, &entry::keyword);
        if (found == std::end(keywords)) node.refuse(keyword, "is not supported");
        // The table's name, since the assertion may keep it.
        if (assertion made = found->read({tree, node, found->keyword, value}))
            all.push_back(std::move(made));
    }
    return all;
}

}  // namespace tessera::engine
