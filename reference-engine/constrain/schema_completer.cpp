#include "constrain/schema_completer.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine {
namespace {

constexpr std::size_t most_patterns = 8;  // of one object
constexpr std::size_t most_wanted = 6;    // of its members
constexpr std::size_t most_distinct = 4096;
constexpr std::size_t most_counts = 256;  // of what an array is to contain
constexpr std::size_t most_contained = 4;

}  // namespace

void schema_completer::run(node_id root) {
    visit(root);
    for (std::size_t i = 0; i < waiting_.size(); ++i)
        for_node(waiting_[i], [&] { complete(waiting_[i]); });
    find_depths();
    remove_impossible();
}

node_id schema_completer::visit(node_id n) {
    if (static_cast<std::size_t>(n) >= graph_.nodes.size())
        graph_.nodes.resize(static_cast<std::size_t>(n) + 1);
    if (visited_.insert(n).second) waiting_.push_back(n);
    return n;
}

void schema_completer::complete(node_id n) {
    const alternatives of = nodes_.expand(n);
    schema_graph::node made;
    made.null = of.null;
    made.no = of.no;
    made.yes = of.yes;
    for (const auto& set : of.numbers) {
        number_automaton texts(set);
        if (texts.empty()) continue;
        made.numbers.push_back(static_cast<int>(graph_.numbers.size()));
        graph_.numbers.push_back(std::move(texts));
        graph_.distinct_numbers.emplace_back();
        number_sets_.push_back(set);
    }
    for (const auto& set : of.strings) {
        string_automaton words(set);
        if (words.empty()) continue;
        made.strings.push_back(static_cast<int>(graph_.strings.size()));
        graph_.strings.push_back(std::move(words));
    }
    for (const auto& shape : of.arrays) {
        made.arrays.push_back(static_cast<int>(graph_.arrays.size()));
        graph_.arrays.push_back(completed(shape));
        array_nodes_.push_back(n);
    }
    for (const auto& shape : of.objects) {
        made.objects.push_back(static_cast<int>(graph_.objects.size()));
        graph_.objects.push_back(completed(shape));
    }
    node(n) = std::move(made);
}

schema_graph::array schema_completer::completed(const array_shape& shape) {
    schema_graph::array made{
        .fewest = shape.fewest, .most = shape.most, .distinct = shape.distinct};
    std::size_t first = shape.first.size(), counts = 1;
    for (const auto& c : shape.contains) {
        first = std::max(first, c.from);
        const bool limited = c.most != array_shape::unlimited;
        counts *= std::min(limited ? c.most : c.fewest, most_counts) + 1;
        if (counts > most_counts || first > most_counts || shape.contains.size() > most_contained)
            throw schema_refused({"", "contains", "there is too much to count of the items"});
        made.contains.push_back(
            {static_cast<std::uint32_t>(c.fewest),
             limited ? static_cast<std::uint32_t>(c.most) : schema_graph::array::unlimited});
    }
    for (std::size_t i = 0; i <= first; ++i) {
        auto& ways = made.items.emplace_back();
        add_ways(shape, i, 0, {shape.at(i)}, ways);
        for (const auto& way : ways) visit(way.value);
    }
    if (made.distinct) made.most = std::min(made.most, most_distinct);
    return made;
}

// An item is counted for some of what is asked to be contained. For what is contained at most so
// often, it is no other.
void schema_completer::add_ways(const array_shape& shape, std::size_t i, std::size_t next,
                                schema_graph::array::way way,
                                std::vector<schema_graph::array::way>& to) {
    if (next == shape.contains.size()) {
        if (way.value != nothing_node || shape.contains.empty()) to.push_back(way);
        return;
    }
    const auto& c = shape.contains[next];
    if (i < c.from || c.most == array_shape::unlimited) {
        add_ways(shape, i, next + 1, way, to);
    } else {
        for (const node_id other : nodes_.negation(c.item))
            add_ways(shape, i, next + 1, {nodes_.conjunction(way.value, other), way.counts}, to);
    }
    if (i >= c.from)
        add_ways(shape, i, next + 1,
                 {nodes_.conjunction(way.value, c.item), way.counts | 1U << next}, to);
}

schema_graph::object schema_completer::completed(const object_shape& shape) {
    schema_graph::object made{.fewest = shape.fewest, .most = shape.most};
    if (shape.some.size() > most_wanted)
        throw schema_refused({"", "", "too many members of no name are asked for"});
    made.wanted = (1U << shape.some.size()) - 1;
    std::set<std::string> known(shape.required.begin(), shape.required.end());
    for (const auto& f : shape.facets)
        for (const auto& [name, value] : f.named) known.insert(name);
    for (const auto& name : known) {
        const bool required =
            std::binary_search(shape.required.begin(), shape.required.end(), name);
        const bool allowed = !shape.names || shape.names->contains(name);
        auto ways = ways_of(shape, member_value(shape, name, nodes_),
                            [&](const auto& wanted) { return wanted.names->contains(name); });
        made.members.push_back({name, std::move(ways), required, allowed});
    }
    add_classes(shape, made);
    return made;
}

// A member is what is wanted or not; if it is so whatever its value, there is one way only.
template <class Concerns>
std::vector<schema_graph::object::way> schema_completer::ways_of(const object_shape& shape,
                                                                 node_id value,
                                                                 const Concerns& concerns) {
    std::vector<schema_graph::object::way> ways{{value}};
    for (std::size_t i = 0; i < shape.some.size(); ++i) {
        if (!concerns(shape.some[i])) continue;
        const auto before = ways;
        for (const auto& way : before) {
            const node_id both = nodes_.conjunction(way.value, shape.some[i].value);
            if (both == way.value)
                std::erase_if(ways, [&](const auto& w) {
                    return w.value == way.value && w.covers == way.covers;
                });
            if (both != nothing_node) ways.push_back({both, way.covers | 1U << i});
        }
    }
    for (const auto& way : ways) visit(way.value);
    return ways;
}

// All combinations of patterns that a name may match, and of what is wanted of some.
void schema_completer::add_classes(const object_shape& shape, schema_graph::object& made) {
    patterns all;
    const auto add = [&](const auto& names) {
        if (std::ranges::find(all, names) == all.end()) all.push_back(names);
    };
    bool closed = false;
    for (const auto& f : shape.facets) {
        closed |= f.others == nothing_node && f.matching.empty();
        for (const auto& [names, value] : f.matching) add(names);
    }
    if (closed) return;
    for (const auto& wanted : shape.some) add(wanted.names);
    if (all.size() > most_patterns)
        throw schema_refused(
            {"", "patternProperties",
             "an object may have at most " + std::to_string(most_patterns) + " patterns of names"});
    std::vector<std::string_view> known;
    for (const auto& m : made.members) known.push_back(m.name);
    language rest = complement(language::words(known));
    if (shape.names) rest = intersection(rest, *shape.names);
    add_class(shape, made, all, 0, {}, std::move(rest));
}

void schema_completer::add_class(const object_shape& shape, schema_graph::object& made,
                                 const patterns& all, std::size_t next,
                                 std::set<std::shared_ptr<const language>> chosen, language words) {
    if (words.empty()) return;
    if (next < all.size()) {
        add_class(shape, made, all, next + 1, chosen, intersection(words, complement(*all[next])));
        chosen.insert(all[next]);
        add_class(shape, made, all, next + 1, chosen, intersection(words, *all[next]));
        return;
    }
    node_id value = anything_node;
    for (const auto& f : shape.facets) {
        bool matched = false;
        for (const auto& [names, of] : f.matching) {
            if (!chosen.contains(names)) continue;
            matched = true;
            value = nodes_.conjunction(value, of);
        }
        if (!matched) value = nodes_.conjunction(value, f.others);
    }
    if (value == nothing_node) return;
    std::shared_ptr<const string_automaton> names;
    if (!all.empty() || shape.names)
        names = std::make_shared<const string_automaton>(
            string_set{.words = std::make_shared<const language>(std::move(words))});
    made.classes.push_back({std::move(names), ways_of(shape, value, [&](const auto& wanted) {
                                return chosen.contains(wanted.names);
                            })});
}

}  // namespace tessera::engine
