#include <algorithm>
#include <utility>

#include "constrain/schema_completer.hpp"

// Which nodes have values, how deep they nest, and whether there are enough that differ.
namespace tessera::engine {
namespace {

constexpr std::size_t most_kinds = 64;  // of scalars that must differ

// Of kinds that have values in common, those of the greatest.
template <class Disjoint>
std::uint64_t count_of_all(const std::vector<std::uint64_t>& counts, const Disjoint& disjoint) {
    std::uint64_t sum = 0, most = 0;
    bool apart = true;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        sum += counts[i];
        most = std::max(most, counts[i]);
        for (std::size_t j = 0; j < i && apart; ++j) apart = disjoint(i, j);
    }
    return apart ? sum : most;
}

[[noreturn]] void refuse_distinct(const std::string& what) {
    throw schema_refused({"", "uniqueItems", "uniqueItems can be enforced for " + what + " only"});
}

}  // namespace

template <class Way>
int schema_completer::least_depth(const std::vector<Way>& ways) const {
    int least = schema_graph::impossible;
    for (const auto& way : ways) least = std::min(least, node(way.value).depth);
    return least;
}

// The least nesting of a value of every node; impossible where there is none. Least fixed point
// of a monotone step.
void schema_completer::find_depths() {
    for (bool changed = true; changed;) {
        changed = false;
        for (const node_id n : waiting_) {
            auto& each = node(n);
            const int depth = depth_of(each);
            if (depth < each.depth) {
                each.depth = depth;
                changed = true;
            }
        }
    }
}

int schema_completer::depth_of(const schema_graph::node& n) const {
    if (n.null || n.no || n.yes || !n.numbers.empty() || !n.strings.empty()) return 0;
    int least = schema_graph::impossible;
    for (const int a : n.arrays)
        least = std::min(least, depth_of(graph_.arrays[static_cast<std::size_t>(a)]));
    for (const int o : n.objects)
        least = std::min(least, depth_of(graph_.objects[static_cast<std::size_t>(o)]));
    return least;
}

int schema_completer::depth_of(const schema_graph::array& a) const {
    if (!a.contains.empty()) return depth_of_containing(a);
    int most = 0;
    for (std::size_t i = 0; i < std::min(a.fewest, a.items.size()); ++i)
        most = std::max(most, node(a.at(i)[0].value).depth);
    return most == schema_graph::impossible ? most : most + 1;
}

// The least room in which it can be completed is that of one of its items.
int schema_completer::depth_of_containing(const schema_graph::array& a) const {
    std::set<int> rooms{0};
    for (const auto& ways : a.items)
        for (const auto& way : ways) rooms.insert(node(way.value).depth);
    rooms.erase(schema_graph::impossible);
    for (const int room : rooms)
        if (a.completable(0, 0, room, graph_)) return room + 1;
    return schema_graph::impossible;
}

int schema_completer::depth_of(const schema_graph::object& o) const {
    if (o.wanted != 0) return depth_of_wanting(o);
    std::vector<int> optional;
    int most = 0;
    std::size_t required = 0;
    for (const auto& m : o.members) {
        const int depth = m.possible ? least_depth(m.ways) : schema_graph::impossible;
        if (m.required) {
            ++required;
            most = std::max(most, depth);
        } else if (depth != schema_graph::impossible) {
            optional.push_back(depth);
        }
    }
    if (required > o.most) return schema_graph::impossible;
    std::size_t missing = o.fewest > required ? o.fewest - required : 0;
    if (missing > 0) {
        for (const auto& c : o.classes) {
            const int depth = least_depth(c.ways);
            if (depth == schema_graph::impossible) continue;
            const auto words = c.names ? c.names->count(0, 0) : string_automaton::many;
            optional.insert(optional.end(), std::min<std::size_t>(words, missing), depth);
        }
        if (missing > optional.size()) return schema_graph::impossible;
        std::sort(optional.begin(), optional.end());
        most = std::max(most, optional[missing - 1]);
    }
    return most == schema_graph::impossible ? most : most + 1;
}

int schema_completer::depth_of_wanting(const schema_graph::object& o) const {
    std::set<int> rooms{0};
    const auto add = [&](const auto& ways) {
        for (const auto& way : ways) rooms.insert(node(way.value).depth);
    };
    for (const auto& m : o.members) add(m.ways);
    for (const auto& c : o.classes) add(c.ways);
    rooms.erase(schema_graph::impossible);
    for (const int room : rooms) {
        std::size_t possible = 0;
        bool all = true;
        for (const auto& m : o.members) {
            const bool fits = m.possible && least_depth(m.ways) <= room;
            possible += fits;
            all = all && (fits || !m.required);
        }
        for (const auto& c : o.classes)
            if (least_depth(c.ways) <= room)
                possible += c.names ? c.names->count(0, 0) : string_automaton::many;
        if (all && possible >= o.fewest &&
            o.coverable(o.no_members(), "", nullptr, 0, room, graph_))
            return room + 1;
    }
    return schema_graph::impossible;
}

void schema_completer::remove_impossible() {
    const auto none_left = [&](auto& ways) {
        std::erase_if(ways, [&](const auto& way) {
            return node(way.value).depth == schema_graph::impossible;
        });
        return ways.empty();
    };
    for (std::size_t i = 0; i < graph_.arrays.size(); ++i) {
        auto& a = graph_.arrays[i];
        a.depth = depth_of(a);
        for (std::size_t item = 0; item < a.items.size(); ++item)
            if (none_left(a.items[item])) a.most = std::min(a.most, item);
        if (a.distinct) for_node(array_nodes_[i], [&] { check_distinct(a); });
    }
    for (auto& o : graph_.objects) {
        o.depth = depth_of(o);
        for (auto& m : o.members) m.possible = !none_left(m.ways) && m.possible;
        std::erase_if(o.classes, [&](auto& c) { return none_left(c.ways); });
    }
    for (const node_id n : waiting_) {
        auto& each = node(n);
        std::erase_if(each.arrays, [&](int a) {
            return graph_.arrays[static_cast<std::size_t>(a)].depth > schema_graph::deepest;
        });
        std::erase_if(each.objects, [&](int o) {
            return graph_.objects[static_cast<std::size_t>(o)].depth > schema_graph::deepest;
        });
    }
}

// Items that must differ are told apart by their text, so that only scalars can be; and enough
// of them must exist.
void schema_completer::check_distinct(schema_graph::array& a) {
    const bool alike = a.items.size() == 1;
    const std::size_t kinds = std::min(a.items.size(), a.most);
    for (std::size_t i = 0; i < kinds; ++i)
        for (const auto& way : a.items[i]) {
            const std::uint64_t values = count_distinct(node(way.value));
            if (way.counts != 0) {
                // An item that is not counted is counted in another reading.
                for (std::size_t c = 0; c < a.contains.size(); ++c)
                    if (a.contains[c].most != schema_graph::array::unlimited ||
                        ((way.counts >> c & 1) != 0 && values < a.contains[c].fewest))
                        refuse_distinct("as many values as contains asks for");
            } else if (alike) {
                a.most = std::min<std::size_t>(a.most, values);
            } else if (values < a.most && a.most > 1) {
                refuse_distinct("as many values as there are items, where items differ in kind");
            }
        }
    if (a.fewest > a.most)
        throw schema_refused({"", "uniqueItems", "there are fewer values than minItems asks for"});
}

std::uint64_t schema_completer::count_distinct(const schema_graph::node& n) {
    std::uint64_t values = n.null + n.no + n.yes;
    if (n.strings.size() + n.numbers.size() > most_kinds) refuse_distinct("fewer kinds of scalars");
    std::vector<std::uint64_t> counts;
    for (const int s : n.strings)
        counts.push_back(graph_.strings[static_cast<std::size_t>(s)].count(0, 0));
    values += count_of_all(counts, [&](std::size_t i, std::size_t j) {
        const auto set = [&](std::size_t k) {
            return graph_.strings[static_cast<std::size_t>(n.strings[k])].set();
        };
        return string_automaton(intersection(set(i), set(j))).empty();
    });
    counts.clear();
    for (const int s : n.numbers) {
        auto& texts = graph_.distinct_numbers[static_cast<std::size_t>(s)];
        if (!texts)
            texts =
                std::make_unique<number_automaton>(number_sets_[static_cast<std::size_t>(s)], true);
        counts.push_back(texts->empty() ? 0 : texts->count(number_automaton::start));
    }
    values += count_of_all(counts, [&](std::size_t i, std::size_t j) {
        const auto& set = [&](std::size_t k) {
            return number_sets_[static_cast<std::size_t>(n.numbers[k])];
        };
        return number_automaton(intersection(set(i), set(j)), true).empty();
    });
    if (!n.arrays.empty() || !n.objects.empty()) refuse_distinct("scalars");
    return values;
}

}  // namespace tessera::engine
