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
alternatives but(std::vector<Shape> alternatives::*member, Shape shape) {
    auto made = alternatives::anything();
    made.*member = {std::move(shape)};
    return made;
}

}  // namespace

std::shared_ptr<const language> schema_reader::matching(const schema_node& s, const char* keyword,
                                                        const std::string& pattern) {
    auto& made = patterns_[pattern];
    try {
        if (!made) made = std::make_shared<const language>(language::matching(pattern));
    } catch (const engine_error& e) {
        s.refuse(keyword, e.what());
    }
    return made;
}

alternatives schema_reader::numbers(const schema_node& s) {
    number_set set;
    const auto number = [&](const char* keyword) {
        const json* const given = s.find(keyword);
        if (given && !given->is_number()) s.refuse(keyword, "must be a number");
        return given;
    };
    const auto bound = [&](const json* at, bool exclusive, bool low) {
        if (!at) return;
        number_set one;
        (low ? one.low : one.high) = number_set::bound{decimal::of(*at), exclusive};
        set = intersection(set, one);
    };
    const auto bounds = [&](const char* inclusive, const char* exclusive, bool low) {
        // Draft 4 has a word that the other bound is exclusive.
        const json* const word = s.find(exclusive);
        const bool older =
            word && word->is_boolean() &&
            (s.dialect == schema_dialect::draft4 || s.dialect == schema_dialect::unnamed);
        bound(number(inclusive), older && word->get<bool>(), low);
        if (!older) bound(number(exclusive), true, low);
    };
    bounds("minimum", "exclusiveMinimum", true);
    bounds("maximum", "exclusiveMaximum", false);
    if (const json* given = number("multipleOf")) {
        const auto of = decimal::of(*given);
        if (of.negative || of.is_zero()) s.refuse("multipleOf", "must be more than 0");
        set.multiples.push_back({of, true});
    }
    return but(&alternatives::numbers, set);
}

alternatives schema_reader::strings(const schema_node& s) {
    string_set set{.shortest = whole(s, "minLength", 0),
                   .longest = whole(s, "maxLength", string_set::unlimited)};
    const auto text = [&](const char* keyword) {
        const json* const given = s.find(keyword);
        if (given && !given->is_string()) s.refuse(keyword, "must be a string");
        return given;
    };
    if (const json* pattern = text("pattern"))
        set = intersection(set, {.words = matching(s, "pattern", pattern->get<std::string>())});
    if (const json* format = text("format"))
        // Formats live as long as the program; one that is not known is an annotation (validation,
        // 7.2.1).
        if (const language* known = format_language(format->get<std::string>()))
            set = intersection(set, {.words = {std::shared_ptr<void>(), known}});
    return but(&alternatives::strings, set);
}

alternatives schema_reader::arrays(const schema_node& s) {
    array_shape shape;
    const auto first = [&](const json& items) {
        for (const auto& each : items) shape.first.push_back(node(each));
    };
    const json* const prefix = list(s, "prefixItems");
    if (prefix) first(*prefix);
    if (const json* items = s.find("items")) {
        const bool older = items->is_array();
        if (older && (prefix || s.dialect == schema_dialect::draft2020))
            s.refuse("items", "must be a schema; prefixItems takes a list");
        if (older) {
            first(*items);
            if (const json* others = s.find("additionalItems")) shape.rest = node(*others);
        } else {
            shape.rest = node(*items);
        }
    }
    shape.fewest = whole(s, "minItems", 0);
    shape.most = whole(s, "maxItems", array_shape::unlimited);
    shape.distinct = flag(s, "uniqueItems");
    const std::size_t least = whole(s, "minContains", 1);
    const std::size_t greatest = whole(s, "maxContains", array_shape::unlimited);
    if (const json* item = s.find("contains"); item && (least > 0 || s.find("maxContains")))
        shape.contains.push_back({node(*item), least, greatest});
    return but(&alternatives::arrays, shape);
}

language schema_reader::names_of(const json& schema) {
    language made = language::nothing();
    for (const auto& set : values(schema).strings) {
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

alternatives schema_reader::objects(const schema_node& s) {
    object_shape shape;
    const json* const named = object(s, "properties");
    const json* const matched = object(s, "patternProperties");
    const json* const others = s.find("additionalProperties");
    if (named || matched || others) {
        auto& facet = shape.facets.emplace_back();
        if (named)
            for (const auto& [name, member] : named->items()) facet.named[name] = node(member);
        if (matched)
            for (const auto& [pattern, member] : matched->items())
                facet.matching.emplace_back(matching(s, "patternProperties", pattern),
                                            node(member));
        if (others) facet.others = node(*others);
    }
    if (const json* required = s.find("required")) shape.required = names(*required, s, "required");
    shape.fewest = whole(s, "minProperties", 0);
    shape.most = whole(s, "maxProperties", object_shape::unlimited);
    if (const json* allowed = s.find("propertyNames")) {
        language words = names_of(*allowed);
        if (words.empty())
            shape.most = 0;
        else
            shape.names = std::make_shared<const language>(std::move(words));
    }
    return but(&alternatives::objects, shape);
}

}  // namespace tessera::engine
