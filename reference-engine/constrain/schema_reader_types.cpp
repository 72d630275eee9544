#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "constrain/formats.hpp"
#include "constrain/schema_members.hpp"
#include "constrain/schema_reader.hpp"
#include "core/error.hpp"

// What the keywords of numbers, strings, arrays and objects allow.
namespace tessera::engine {
namespace {

using namespace schema_members;

// What concerns one type says nothing of the others.
template <class Shape>
alternatives but(std::vector<Shape> alternatives::*member, std::vector<Shape> shapes) {
    auto made = alternatives::anything();
    made.*member = std::move(shapes);
    return made;
}

std::shared_ptr<const language> matching(const std::string& pattern, const std::string& pointer,
                                         const std::string& keyword) {
    try {
        return std::make_shared<const language>(language::matching(pattern));
    } catch (const engine_error& e) {
        refuse(pointer, keyword, e.what());
    }
}

}  // namespace

alternatives schema_reader::numbers(const json& s, const std::string& pointer) {
    number_set set;
    const auto bound = [&](const char* keyword, bool exclusive, bool low) {
        if (!s.contains(keyword)) return;
        number_set one;
        (low ? one.low : one.high) =
            number_set::bound{decimal::of(number(s, keyword, pointer)), exclusive};
        set = intersection(set, one);
    };
    bound("minimum", false, true);
    bound("exclusiveMinimum", true, true);
    bound("maximum", false, false);
    bound("exclusiveMaximum", true, false);
    if (s.contains("multipleOf")) {
        const auto of = decimal::of(number(s, "multipleOf", pointer));
        if (of.negative || of.is_zero()) refuse(pointer, "multipleOf", "must be more than 0");
        set.multiples.push_back({of, true});
    }
    return but(&alternatives::numbers, {set});
}

alternatives schema_reader::strings(const json& s, const std::string& pointer) {
    string_set set;
    if (s.contains("minLength")) set.shortest = whole(s, "minLength", pointer);
    if (s.contains("maxLength")) set.longest = whole(s, "maxLength", pointer);
    if (s.contains("pattern")) {
        if (!s.at("pattern").is_string()) refuse(pointer, "pattern", "must be a string");
        set = intersection(
            set, {.words = matching(s.at("pattern").get<std::string>(), pointer, "pattern")});
    }
    if (s.contains("format")) {
        if (!s.at("format").is_string()) refuse(pointer, "format", "must be a string");
        const auto name = s.at("format").get<std::string>();
        const language* const known = format_language(name);
        if (!known)
            refuse(pointer, "format", "the format " + in_quotes(name) + " cannot be enforced");
        // Formats live as long as the program.
        set = intersection(set, {.words = {std::shared_ptr<void>(), known}});
    }
    return but(&alternatives::strings, {set});
}

alternatives schema_reader::arrays(const json& s, const std::string& pointer) {
    array_shape shape;
    if (s.contains("prefixItems")) {
        const json& first = list(s, "prefixItems", pointer);
        for (std::size_t i = 0; i < first.size(); ++i)
            shape.first.push_back(node(first[i], pointer + "/prefixItems/" + std::to_string(i)));
    }
    if (s.contains("items")) {
        if (s.at("items").is_array())
            refuse(pointer, "items", "must be a schema; prefixItems takes a list");
        shape.rest = node(s.at("items"), pointer + "/items");
    }
    if (s.contains("minItems")) shape.fewest = whole(s, "minItems", pointer);
    if (s.contains("maxItems")) shape.most = whole(s, "maxItems", pointer);
    if (s.contains("uniqueItems")) {
        if (!s.at("uniqueItems").is_boolean())
            refuse(pointer, "uniqueItems", "must be true or false");
        shape.distinct = s.at("uniqueItems").get<bool>();
    }
    return but(&alternatives::arrays, {shape});
}

language schema_reader::names_of(const json& at, std::string pointer) {
    language made = language::nothing();
    const alternatives given = applied(at, pointer);
    for (const auto& set : given.strings) {
        if (set.unrestricted()) return language::everything();
        language words = set.words ? *set.words : language::everything();
        if (set.shortest > 0 || set.longest != string_set::unlimited) {
            const std::string most =
                set.longest == string_set::unlimited ? "" : std::to_string(set.longest);
            words = intersection(words, language::matching("^[^]{" + std::to_string(set.shortest) +
                                                           "," + most + "}$"));
        }
        made = union_of(made, words);
    }
    return made;
}

alternatives schema_reader::objects(const json& s, const std::string& pointer) {
    object_shape shape;
    if (s.contains("properties") || s.contains("patternProperties") ||
        s.contains("additionalProperties")) {
        auto& facet = shape.facets.emplace_back();
        if (s.contains("properties"))
            for (const auto& [name, member] : object(s, "properties", pointer).items())
                facet.named[name] = node(member, pointer + "/properties/" + escaped(name));
        if (s.contains("patternProperties"))
            for (const auto& [pattern, member] : object(s, "patternProperties", pointer).items()) {
                const std::string at = pointer + "/patternProperties/" + escaped(pattern);
                facet.matching.emplace_back(
                    matching(pattern, pointer + "/patternProperties", escaped(pattern)),
                    node(member, at));
            }
        if (s.contains("additionalProperties"))
            facet.others = node(s.at("additionalProperties"), pointer + "/additionalProperties");
    }
    if (s.contains("required")) shape.required = names(s.at("required"), pointer, "required");
    if (s.contains("minProperties")) shape.fewest = whole(s, "minProperties", pointer);
    if (s.contains("maxProperties")) shape.most = whole(s, "maxProperties", pointer);
    if (s.contains("propertyNames")) {
        language allowed = names_of(s.at("propertyNames"), pointer + "/propertyNames");
        if (allowed.empty())
            shape.most = 0;
        else
            shape.names = std::make_shared<const language>(std::move(allowed));
    }
    return but(&alternatives::objects, {shape});
}

// dependentRequired and dependentSchemas: without the member, or with it and with what it asks for.
alternatives schema_reader::dependencies(const json& s, const std::string& pointer) {
    auto made = alternatives::anything();
    const auto without = [](const std::string& name) {
        return but(&alternatives::objects,
                   {object_shape{.facets = {{.named = {{name, nothing_node}}}}}});
    };
    if (s.contains("dependentRequired"))
        for (const auto& [name, others] : object(s, "dependentRequired", pointer).items()) {
            object_shape with{.required =
                                  names(others, pointer + "/dependentRequired", escaped(name))};
            if (std::find(with.required.begin(), with.required.end(), name) == with.required.end())
                with.required.insert(
                    std::upper_bound(with.required.begin(), with.required.end(), name), name);
            made = both(made, union_of(without(name), but(&alternatives::objects, {with})));
        }
    if (s.contains("dependentSchemas"))
        for (const auto& [name, schema] : object(s, "dependentSchemas", pointer).items()) {
            const auto with = both(but(&alternatives::objects, {object_shape{.required = {name}}}),
                                   applied(schema, pointer + "/dependentSchemas/" + escaped(name)));
            auto either = union_of(without(name), with);
            made = both(made, either);
        }
    return made;
}

}  // namespace tessera::engine
