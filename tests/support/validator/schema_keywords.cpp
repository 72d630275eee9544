#include "support/validator/schema_keywords.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <unordered_set>

#include "constrain/formats.hpp"
#include "core/error.hpp"
#include "support/validator/exact_number.hpp"
#include "support/validator/schema_clause.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {

using nlohmann::ordered_json;
using assertion = schema_clause::assertion;

std::optional<schema_clause> schema_clause::beside(std::string_view name) const {
    const json* const other = owner.find(name);
    if (other == nullptr) return std::nullopt;
    return schema_clause{rules, owner, name, *other};
}

std::vector<const schema_rule*> schema_clause::schemas() const {
    if (!value.is_array()) refuse("must be a list of schemas");
    if (value.empty()) refuse("must not be empty");
    std::vector<const schema_rule*> all;
    for (const auto& each : value) all.push_back(&schema(each));
    return all;
}

std::vector<std::pair<std::string, const schema_rule*>> schema_clause::members() const {
    if (!value.is_object()) refuse("must be an object of schemas");
    std::vector<std::pair<std::string, const schema_rule*>> all;
    for (const auto& [name, part] : value.items()) all.emplace_back(name, &schema(part));
    return all;
}

bool schema_clause::flag() const {
    if (!value.is_boolean()) refuse("must be true or false");
    return value.get<bool>();
}

const std::string& schema_clause::text() const {
    if (!value.is_string()) refuse("must be a string");
    return value.get_ref<const std::string&>();
}

std::size_t schema_clause::count() const {
    if (!value.is_number()) refuse("must be a number");
    const exact_number number(value);
    if (!number.is_integer() || number.is_negative()) refuse("must be a whole number");
    constexpr double most = 4e15;
    return static_cast<std::size_t>(std::min(value.get<double>(), most));
}

std::vector<std::string> schema_clause::names(const json& list) const {
    std::vector<std::string> all;
    if (!list.is_array()) refuse("must be a list of strings");
    for (const auto& each : list) {
        if (!each.is_string()) refuse("must be a list of strings");
        all.push_back(each.get<std::string>());
    }
    return all;
}

std::shared_ptr<const language> schema_clause::pattern(const std::string& text) const {
    try {
        return std::make_shared<const language>(language::matching(text));
    } catch (const engine_error& e) {
        refuse(e.what());
    }
}

bool spent_match(const language& l, const std::string& text, schema_evaluation& run) {
    run.spend(text.size() / 8);
    return l.contains(text);
}

namespace {

const std::string& text_of(const ordered_json& value) {
    return value.get_ref<const std::string&>();
}

std::string spent_canonical(const ordered_json& value, schema_evaluation& run) {
    std::string text = canonical_text(value);
    run.spend(text.size() / 8);
    return text;
}

// Values of any type.

assertion type(const schema_clause& c) {
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
    if (const auto null = c.beside("nullable"); null && null->flag())
        allowed.push_back(types[0].is);
    return [allowed](const ordered_json& v, schema_evaluation&) {
        return std::ranges::any_of(allowed, [&](auto* is) { return is(v); });
    };
}

assertion one_of_values(const schema_clause& c) {
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

exact_number number(const schema_clause& c) {
    if (!c.value.is_number()) c.refuse("must be a number");
    return exact_number(c.value);
}

// Up to draft 4 an exclusive bound is a word beside the other.
bool older_bound(const schema_clause& c) {
    return c.value.is_boolean() && (c.owner.dialect == schema_dialect::draft4 ||
                                    c.owner.dialect == schema_dialect::unnamed);
}

assertion bound(const schema_clause& c) {
    bool exclusive = c.keyword.starts_with("exclusive");
    if (exclusive && older_bound(c)) return nullptr;
    const bool low = c.keyword.ends_with("inimum");
    const auto word = c.beside(low ? "exclusiveMinimum" : "exclusiveMaximum");
    if (!exclusive && word && older_bound(*word)) exclusive = word->value.get<bool>();
    return [at = number(c), low, exclusive](const ordered_json& v, schema_evaluation&) {
        if (!v.is_number()) return true;
        const auto order = exact_number(v) <=> at;
        return order == 0 ? !exclusive : (order > 0) == low;
    };
}

assertion multiple_of(const schema_clause& c) {
    const exact_number of = number(c);
    if (!of.is_positive()) c.refuse("must be greater than zero");
    return [of](const ordered_json& v, schema_evaluation&) {
        return !v.is_number() || exact_number(v).is_multiple_of(of);
    };
}

// Strings, and how many characters, items and members there are.

assertion length(const schema_clause& c) {
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

assertion pattern(const schema_clause& c) {
    return [l = c.pattern(c.text())](const ordered_json& v, schema_evaluation& run) {
        return !v.is_string() || spent_match(*l, text_of(v), run);
    };
}

assertion format(const schema_clause& c) {
    const language* const l = format_language(c.text());
    if (l == nullptr) return nullptr;
    return [l](const ordered_json& v, schema_evaluation& run) {
        return !v.is_string() || spent_match(*l, text_of(v), run);
    };
}

// Arrays.

assertion from_item(std::size_t first, const schema_rule& rest) {
    return [first, rest = &rest](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_array()) return true;
        for (std::size_t i = first; i < v.size(); ++i) {
            if (!rest->holds(v[i], run)) return false;
        }
        return true;
    };
}

assertion prefix_items(const schema_clause& c) {
    return [parts = c.schemas()](const ordered_json& v, schema_evaluation& run) {
        if (!v.is_array()) return true;
        for (std::size_t i = 0; i < std::min(v.size(), parts.size()); ++i) {
            if (!parts[i]->holds(v[i], run)) return false;
        }
        return true;
    };
}

assertion items(const schema_clause& c) {
    const auto prefix = c.beside("prefixItems");
    if (c.value.is_array() && !prefix && c.owner.dialect != schema_dialect::draft2020)
        return c.value.empty() ? nullptr : prefix_items(c);
    if (c.value.is_array()) c.refuse("must be a schema");
    return from_item(prefix ? prefix->value.size() : 0, c.schema());
}

assertion additional_items(const schema_clause& c) {
    const auto first = c.beside("items");
    if (!first || !first->value.is_array()) return nullptr;
    return from_item(first->value.size(), c.schema());
}

assertion contains(const schema_clause& c) {
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

assertion unique_items(const schema_clause& c) {
    return [wanted = c.flag()](const ordered_json& v, schema_evaluation& run) {
        if (!wanted || !v.is_array()) return true;
        std::unordered_set<std::string> seen;
        return std::ranges::all_of(v, [&](const ordered_json& each) {
            return seen.insert(spent_canonical(each, run)).second;
        });
    };
}

// Those that only say something to their neighbours.
assertion for_neighbours(const schema_clause& c) {
    if (c.keyword.ends_with("Contains")) c.count();
    return nullptr;
}

struct entry {
    std::string_view keyword;
    assertion (*read)(const schema_clause&);
};
constexpr entry entries[] = {
    {"$dynamicRef", reference},
    {"$recursiveRef", reference},
    {"$ref", reference},
    {"additionalItems", additional_items},
    {"additionalProperties", additional_properties},
    {"allOf", combined},
    {"anyOf", combined},
    {"const", one_of_values},
    {"contains", contains},
    {"dependencies", dependencies},
    {"dependentRequired", dependencies},
    {"dependentSchemas", dependencies},
    {"enum", one_of_values},
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
    {"required", required},
    {"type", type},
    {"unevaluatedItems", [](const schema_clause& c) -> assertion { c.refuse("is not supported"); }},
    {"unevaluatedProperties", unevaluated_properties},
    {"uniqueItems", unique_items},
};

}  // namespace

std::vector<assertion> schema_assertions(schema_rules& rules, const schema_node& node) {
    std::vector<assertion> all;
    if (node.source->is_boolean()) {
        if (!node.source->get<bool>())
            all.emplace_back([](const ordered_json&, schema_evaluation&) { return false; });
        return all;
    }
    if (!node.source->is_object()) node.refuse("a schema is an object or a boolean");
    for (const entry& each : entries) {
        const ordered_json* const value = node.find(each.keyword);
        if (value == nullptr) continue;
        if (assertion made = each.read({rules, node, each.keyword, *value}))
            all.push_back(std::move(made));
    }
    return all;
}

}  // namespace tessera::engine
