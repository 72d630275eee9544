#include "constrain/schema_algebra.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tessera::engine {
namespace {

constexpr std::size_t most_shapes = 512;  // of one type in one node

[[noreturn]] void refuse(const std::string& message) { throw schema_refused({"", "", message}); }

bool is_any(const number_set& s) { return s.unrestricted(); }
bool is_any(const string_set& s) { return s.unrestricted(); }
bool is_any(const array_shape& s) { return s == array_shape(); }
bool is_any(const object_shape& s) {
    return s.facets.empty() && s.required.empty() && s.fewest == 0 &&
           s.most == object_shape::unlimited && !s.names && s.some.empty();
}

bool surely_empty(const number_set& s) {
    if (!s.integers && !s.fractions) return true;
    if (!s.low || !s.high) return false;
    return s.low->at > s.high->at ||
           (s.low->at == s.high->at && (s.low->exclusive || s.high->exclusive));
}
bool surely_empty(const string_set& s) {
    return s.shortest > s.longest || (s.words && s.words->empty());
}
bool surely_empty(const array_shape& s) {
    return s.fewest > s.most || std::ranges::any_of(s.contains, [&](const auto& c) {
               return c.fewest > c.most ||
                      (c.fewest > 0 && (c.item == nothing_node || c.from + c.fewest > s.most));
           });
}
// Whether a facet has no member of that name.
bool excludes(const object_shape::facet& f, const std::string& name) {
    const auto named = f.named.find(name);
    if (named != f.named.end()) return named->second == nothing_node;
    return f.others == nothing_node && f.matching.empty();
}
bool surely_empty(const object_shape& s) {
    if (std::max(s.fewest, s.required.size()) > s.most) return true;
    return std::ranges::any_of(s.facets, [&](const object_shape::facet& f) {
        if (std::ranges::any_of(s.required, [&](const auto& name) { return excludes(f, name); }))
            return true;
        if (f.others != nothing_node || !f.matching.empty()) return false;
        return std::ranges::any_of(s.some, [&](const object_shape::wanted& w) {
            return std::ranges::none_of(f.named, [&](const auto& member) {
                return member.second != nothing_node && w.names->contains(member.first);
            });
        });
    });
}

number_set both(const number_set& a, const number_set& b, node_table&) {
    return intersection(a, b);
}
string_set both(const string_set& a, const string_set& b, node_table&) {
    return intersection(a, b);
}

array_shape both(const array_shape& a, const array_shape& b, node_table& nodes) {
    array_shape made;
    for (std::size_t i = 0; i < std::max(a.first.size(), b.first.size()); ++i)
        made.first.push_back(nodes.conjunction(a.at(i), b.at(i)));
    made.rest = nodes.conjunction(a.rest, b.rest);
    made.fewest = std::max(a.fewest, b.fewest);
    made.most = std::min(a.most, b.most);
    made.distinct = a.distinct || b.distinct;
    made.contains = a.contains;
    for (const auto& c : b.contains)
        if (std::ranges::find(made.contains, c) == made.contains.end()) made.contains.push_back(c);
    return made;
}

object_shape both(const object_shape& a, const object_shape& b, node_table&) {
    object_shape made = a;
    for (const auto& f : b.facets)
        if (std::find(made.facets.begin(), made.facets.end(), f) == made.facets.end())
            made.facets.push_back(f);
    made.required.clear();
    std::set_union(a.required.begin(), a.required.end(), b.required.begin(), b.required.end(),
                   std::back_inserter(made.required));
    for (const auto& w : b.some)
        if (std::ranges::find(made.some, w) == made.some.end()) made.some.push_back(w);
    made.fewest = std::max(a.fewest, b.fewest);
    made.most = std::min(a.most, b.most);
    if (b.names)
        made.names = !a.names || a.names == b.names
                         ? b.names
                         : std::make_shared<const language>(intersection(*a.names, *b.names));
    return made;
}

template <class Shape>
void add(std::vector<Shape>& to, Shape shape) {
    if (surely_empty(shape) || std::find(to.begin(), to.end(), shape) != to.end()) return;
    if (to.size() == most_shapes) refuse("the schema has too many alternatives");
    to.push_back(std::move(shape));
}

template <class Shape>
std::vector<Shape> product(const std::vector<Shape>& a, const std::vector<Shape>& b,
                           node_table& nodes) {
    if (a.size() == 1 && is_any(a.front())) return b;
    if (b.size() == 1 && is_any(b.front())) return a;
    std::vector<Shape> made;
    for (const auto& x : a)
        for (const auto& y : b) add(made, both(x, y, nodes));
    return made;
}

template <class Shape>
std::vector<Shape> sum(std::vector<Shape> a, const std::vector<Shape>& b) {
    for (const auto& y : b) add(a, y);
    // What is everything makes the others superfluous.
    const auto any = std::find_if(a.begin(), a.end(), [](const Shape& s) { return is_any(s); });
    if (any != a.end()) return {*any};
    return a;
}

std::vector<number_set> not_shape(const number_set& s, node_table&) { return complement(s); }
std::vector<string_set> not_shape(const string_set& s, node_table&) { return complement(s); }

std::vector<array_shape> not_shape(const array_shape& s, node_table& nodes) {
    if (s.distinct) refuse("the negation of uniqueItems cannot be enforced");
    std::vector<array_shape> made;
    if (s.fewest > 0) made.push_back({.most = s.fewest - 1});
    if (s.most != array_shape::unlimited) made.push_back({.fewest = s.most + 1});
    const auto wrong_at = [&](std::size_t i, node_id item) {
        for (const node_id other : nodes.negation(item)) {
            array_shape wrong{.first = std::vector<node_id>(i, anything_node), .fewest = i + 1};
            wrong.first.push_back(other);
            made.push_back(std::move(wrong));
        }
    };
    for (std::size_t i = 0; i < s.first.size(); ++i) wrong_at(i, s.first[i]);
    if (s.rest == nothing_node)
        made.push_back({.fewest = s.first.size() + 1});
    else if (s.rest != anything_node)
        for (const node_id other : nodes.negation(s.rest))
            made.push_back({.contains = {{.item = other, .from = s.first.size()}}});
    for (const auto& c : s.contains) {
        if (c.fewest > 0) made.push_back({.contains = {{c.item, 0, c.fewest - 1, c.from}}});
        if (c.most != array_shape::unlimited)
            made.push_back({.contains = {{c.item, c.most + 1, array_shape::unlimited, c.from}}});
    }
    return made;
}

// Names that a facet says nothing of by themselves.
std::shared_ptr<const language> other_names(const object_shape::facet& f) {
    std::vector<std::string_view> named;
    for (const auto& [name, value] : f.named) named.push_back(name);
    language known = language::words(named);
    for (const auto& [names, value] : f.matching) known = union_of(known, *names);
    return std::make_shared<const language>(complement(known));
}

std::vector<object_shape> not_shape(const object_shape& s, node_table& nodes) {
    std::vector<object_shape> made;
    const auto wanted = [&](const std::shared_ptr<const language>& names, node_id value) {
        made.push_back({.some = {{names, value}}});
    };
    if (s.fewest > 0) made.push_back({.most = s.fewest - 1});
    if (s.most != object_shape::unlimited) made.push_back({.fewest = s.most + 1});
    if (s.names) wanted(std::make_shared<const language>(complement(*s.names)), anything_node);
    for (const auto& name : s.required)
        made.push_back({.facets = {{.named = {{name, nothing_node}}}}});
    for (const auto& f : s.facets) {
        for (const auto& [name, value] : f.named)
            for (const node_id other : nodes.negation(value)) {
                object_shape wrong{.required = {name}};
                if (other != anything_node) wrong.facets = {{.named = {{name, other}}}};
                made.push_back(std::move(wrong));
            }
        for (const auto& [names, value] : f.matching)
            for (const node_id other : nodes.negation(value)) wanted(names, other);
        if (f.others != anything_node)
            for (const node_id other : nodes.negation(f.others)) wanted(other_names(f), other);
    }
    for (const auto& [names, value] : s.some) {
        const auto others = nodes.negation(value);
        if (others.size() > 1)
            refuse("the negation of what some member must be cannot be enforced");
        const node_id all = others.empty() ? nothing_node : others.front();
        made.push_back({.facets = {{.matching = {{names, all}}}}});
    }
    return made;
}

template <class Shape>
std::vector<Shape> negated(const std::vector<Shape>& shapes, node_table& nodes) {
    std::vector<Shape> made{Shape()};
    for (const auto& s : shapes) {
        if (is_any(s)) return {};
        made = product(made, not_shape(s, nodes), nodes);
        // A product with everything gives the other operand as it is.
        std::erase_if(made, [](const Shape& each) { return surely_empty(each); });
    }
    return made;
}

}  // namespace

alternatives alternatives::anything() {
    return {.null = true,
            .no = true,
            .yes = true,
            .numbers = {number_set()},
            .strings = {string_set()},
            .arrays = {array_shape()},
            .objects = {object_shape()}};
}

alternatives intersection(const alternatives& a, const alternatives& b, node_table& nodes) {
    return {.null = a.null && b.null,
            .no = a.no && b.no,
            .yes = a.yes && b.yes,
            .numbers = product(a.numbers, b.numbers, nodes),
            .strings = product(a.strings, b.strings, nodes),
            .arrays = product(a.arrays, b.arrays, nodes),
            .objects = product(a.objects, b.objects, nodes)};
}

alternatives union_of(const alternatives& a, const alternatives& b) {
    return {.null = a.null || b.null,
            .no = a.no || b.no,
            .yes = a.yes || b.yes,
            .numbers = sum(a.numbers, b.numbers),
            .strings = sum(a.strings, b.strings),
            .arrays = sum(a.arrays, b.arrays),
            .objects = sum(a.objects, b.objects)};
}

alternatives complement(const alternatives& a, node_table& nodes) {
    return {.null = !a.null,
            .no = !a.no,
            .yes = !a.yes,
            .numbers = negated(a.numbers, nodes),
            .strings = negated(a.strings, nodes),
            .arrays = negated(a.arrays, nodes),
            .objects = negated(a.objects, nodes)};
}

node_id member_value(const object_shape& shape, const std::string& name, node_table& nodes) {
    node_id value = anything_node;
    for (const auto& f : shape.facets) {
        const auto named = f.named.find(name);
        bool known = named != f.named.end();
        if (known) value = nodes.conjunction(value, named->second);
        for (const auto& [names, node] : f.matching)
            if (names->contains(name)) {
                known = true;
                value = nodes.conjunction(value, node);
            }
        if (!known) value = nodes.conjunction(value, f.others);
    }
    return value;
}

}  // namespace tessera::engine
