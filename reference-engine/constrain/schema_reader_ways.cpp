#include <algorithm>
#include <utility>

#include "constrain/schema_members.hpp"
#include "constrain/schema_reader.hpp"

// The keywords that apply schemas to the same value, and what these schemas leave to
// unevaluatedProperties.
namespace tessera::engine {
namespace {

using namespace schema_members;

constexpr std::size_t most_ways = 64;

bool nothing(const alternatives& a) {
    return !a.null && !a.no && !a.yes && a.numbers.empty() && a.strings.empty() &&
           a.arrays.empty() && a.objects.empty();
}

alternatives only(std::vector<object_shape> shapes) {
    auto made = alternatives::anything();
    made.objects = std::move(shapes);
    return made;
}

}  // namespace

bool schema_reader::looked_at::covers(const looked_at& other) const {
    return all || (!other.all && std::ranges::includes(named, other.named) &&
                   std::ranges::includes(matching, other.matching));
}

void schema_reader::looked_at::add(const looked_at& other) {
    all = all || other.all;
    named.insert(other.named.begin(), other.named.end());
    matching.insert(other.matching.begin(), other.matching.end());
    if (all) {
        named.clear();
        matching.clear();
    }
}

void schema_reader::join(outcomes& to, outcome way) {
    if (nothing(way.values)) return;
    const auto same =
        std::ranges::find(to, way.members, [](const outcome& each) { return each.members; });
    if (same != to.end()) {
        same->values = union_of(same->values, way.values);
        return;
    }
    if (to.size() == most_ways)
        throw schema_refused(
            {"", "unevaluatedProperties", "the members may be evaluated in too many ways"});
    to.push_back(std::move(way));
}

schema_reader::outcomes schema_reader::both(const outcomes& a, const outcomes& b) {
    outcomes made;
    for (const auto& x : a)
        for (const auto& y : b) {
            outcome way{both(x.values, y.values), x.members};
            way.members.add(y.members);
            join(made, std::move(way));
        }
    return made;
}

schema_reader::outcomes schema_reader::applied(const schema_node& s, bool told) {
    const int at = location(s) * 2;
    if (!told) return {{read(at)}};
    read(at);  // refuses what comes back to itself
    return ways(s, true);
}

alternatives schema_reader::negation(const schema_node& of, const char* keyword,
                                     const alternatives& given) {
    try {
        return complement(given, places_);
    } catch (const schema_refused& e) {
        of.refuse(keyword, e.problem().message);
    }
}

schema_reader::outcomes schema_reader::ways(const schema_node& s, bool told) {
    if (s.source->is_boolean()) {
        if (!s.source->get<bool>()) return {};
        return {{alternatives::anything()}};
    }
    outcome own{types(s)};
    const auto restrict = [&](const alternatives& to) { own.values = both(own.values, to); };
    if (const json* value = s.find("const"))
        restrict(read(location(*value, nullptr, s.pointer + "/const") * 2));
    if (const json* values = s.find("enum")) restrict(enumeration(s, *values));
    if (!own.values.numbers.empty()) restrict(numbers(s));
    if (!own.values.strings.empty()) restrict(strings(s));
    if (!own.values.arrays.empty()) restrict(arrays(s));
    if (!own.values.objects.empty()) restrict(objects(s));
    if (told) own.members = members_of(s);
    outcomes made;
    join(made, std::move(own));
    const auto apply = [&](const outcomes& to) { made = both(made, to); };
    apply(dependencies(s, told));
    for (const char* each : {"$ref", "$dynamicRef", "$recursiveRef"})
        if (s.find(each)) apply(applied(tree_.referred(s, each), told));
    if (const json* all = list(s, "allOf"))
        for (const auto& each : *all) apply(applied(each, told));
    if (const json* any = list(s, "anyOf")) apply(any_of(*any, told));
    if (const json* one = list(s, "oneOf")) apply(one_of(s, *one, told));
    if (const json* inner = s.find("not")) apply({{negation(s, "not", values(*inner))}});
    if (s.find("if")) apply(condition(s, told));
    if (const json* others = s.find("unevaluatedProperties")) {
        outcome evaluated{{}, {.all = true}};
        for (const outcome& way : made)
            evaluated.values = union_of(
                evaluated.values,
                way.members.all ? way.values
                                : both(way.values, only({unevaluated(way.members, *others)})));
        made.clear();
        join(made, std::move(evaluated));
    }
    return made;
}

// What is left of the members: the more of them the schemas look at, the fewer are left. So a value
// need not be told the schemas that do not hold for it, only some that do.
schema_reader::outcomes schema_reader::any_of(const json& schemas, bool told) {
    outcomes made;
    for (const auto& each : schemas) {
        const outcomes before = made;
        for (outcome& way : applied(each, told)) {
            for (const outcome& other : before) {
                if (other.members.covers(way.members) || way.members.covers(other.members))
                    continue;
                outcome both_hold{both(other.values, way.values), other.members};
                both_hold.members.add(way.members);
                join(made, std::move(both_hold));
            }
            join(made, std::move(way));
        }
    }
    return made;
}

schema_reader::outcomes schema_reader::one_of(const schema_node& s, const json& schemas,
                                              bool told) {
    std::vector<alternatives> each;
    for (const auto& schema : schemas) each.push_back(values(schema));
    outcomes made;
    for (std::size_t i = 0; i < each.size(); ++i) {
        alternatives others = alternatives::anything();
        alternatives alone = each[i];
        for (std::size_t j = 0; j < each.size(); ++j) {
            if (i == j || disjoint(alone, each[j])) continue;
            try {
                const auto other = complement(each[j], places_);
                alone = both(alone, other);
                if (told) others = both(others, other);
            } catch (const schema_refused& e) {
                s.refuse("oneOf", "alternatives " + std::to_string(std::min(i, j)) + " and " +
                                      std::to_string(std::max(i, j)) + " may hold at once, and " +
                                      e.problem().message +
                                      "; tell them apart by a required constant, or use anyOf");
            }
        }
        if (!told) {
            join(made, {std::move(alone)});
            continue;
        }
        for (outcome& way : applied(schemas[i], told)) {
            way.values = both(way.values, others);
            join(made, std::move(way));
        }
    }
    return made;
}

schema_reader::outcomes schema_reader::condition(const schema_node& s, bool told) {
    const json* const then = s.find("then");
    const json* const otherwise = s.find("else");
    if (!then && !otherwise && !told) return {{alternatives::anything()}};
    const json& test = *s.find("if");
    outcomes made = applied(test, told);
    if (then) made = both(made, applied(*then, told));
    outcomes other{{negation(s, "if", values(test))}};
    if (otherwise) other = both(other, applied(*otherwise, told));
    for (outcome& way : other) join(made, std::move(way));
    return made;
}

// Without the member, or with it and with what it asks for.
schema_reader::outcomes schema_reader::dependencies(const schema_node& s, bool told) {
    outcomes made{{alternatives::anything()}};
    for (const std::string keyword : {"dependentRequired", "dependentSchemas", "dependencies"}) {
        const json* const all = object(s, keyword);
        if (!all) continue;
        for (const auto& [name, asked] : all->items()) {
            const bool required =
                keyword == "dependentRequired" || (keyword == "dependencies" && asked.is_array());
            outcomes either;
            object_shape with{.required = {name}};
            if (required) {
                with.required = names(asked, s, keyword);
                const auto at = std::ranges::lower_bound(with.required, name);
                if (at == with.required.end() || *at != name) with.required.insert(at, name);
                join(either, {only({with})});
            } else {
                either = both(outcomes{{only({with})}}, applied(asked, told));
            }
            join(either, {only({object_shape{.facets = {{.named = {{name, nothing_node}}}}}})});
            made = both(made, either);
        }
    }
    return made;
}

schema_reader::looked_at schema_reader::members_of(const schema_node& s) {
    looked_at made{.all = s.find("additionalProperties") != nullptr};
    if (made.all) return made;
    if (const json* members = object(s, "properties"))
        for (const auto& [name, unused] : members->items()) made.named.insert(name);
    if (const json* members = object(s, "patternProperties"))
        for (const auto& [pattern, unused] : members->items())
            made.matching.insert(matching(s, "patternProperties", pattern));
    return made;
}

object_shape schema_reader::unevaluated(const looked_at& members, const json& others) {
    object_shape::facet rest{.others = node(others)};
    for (const auto& name : members.named) rest.named[name] = anything_node;
    for (const auto& names : members.matching) rest.matching.emplace_back(names, anything_node);
    return {.facets = {std::move(rest)}};
}

}  // namespace tessera::engine
