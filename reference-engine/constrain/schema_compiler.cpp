#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "constrain/schema_algebra.hpp"
#include "constrain/schema_reader.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_nodes = 20'000;
constexpr std::size_t most_patterns = 12;  // of one object
constexpr std::size_t most_wanted = 6;     // of its members
constexpr std::size_t most_distinct = 4096;
constexpr std::size_t most_counts = 256;  // of what an array is to contain
constexpr std::size_t most_contained = 4;
constexpr std::size_t most_kinds = 64;  // of scalars that must differ

// Keeps conjunctions of places in the schema, and what they come to.
class table : public schema_reader::places {
  public:
    table(const nlohmann::ordered_json& schema, std::string pointer)
        : reader_(schema, std::move(pointer), *this) {
        place({});                   // anything
        place({schema_reader::no});  // nothing
    }

    node_id root() { return of(reader_.root()); }

    node_id conjunction(node_id a, node_id b) override {
        if (a == b || b == anything_node) return a;
        if (a == anything_node) return b;
        if (a == nothing_node || b == nothing_node) return nothing_node;
        std::vector<int> made;
        std::set_union(parts_[index(a)].begin(), parts_[index(a)].end(), parts_[index(b)].begin(),
                       parts_[index(b)].end(), std::back_inserter(made));
        for (const int part : made)
            if (std::binary_search(made.begin(), made.end(), part ^ 1)) return nothing_node;
        return place(std::move(made));
    }

    std::vector<node_id> negation(node_id n) override {
        if (n == nothing_node) return {anything_node};
        std::vector<node_id> made;
        const auto parts = parts_[index(n)];
        for (const int part : parts) made.push_back(place({part ^ 1}));
        return made;
    }

    node_id of(int location) override {
        const auto fixed = reader_.trivial(location);
        if (fixed) return *fixed ? anything_node : nothing_node;
        return place({location * 2});
    }

    const alternatives& expand(node_id n) override {
        if (const auto found = expanded_.find(n); found != expanded_.end()) return found->second;
        alternatives made = n == nothing_node ? alternatives() : alternatives::anything();
        if (n != nothing_node) {
            const auto parts = parts_[index(n)];
            for (const int part : parts) made = intersection(made, reader_.read(part), *this);
        }
        return expanded_.emplace(n, std::move(made)).first->second;
    }

  private:
    static std::size_t index(node_id n) { return static_cast<std::size_t>(n); }

    node_id place(std::vector<int> parts) {
        const auto [found, made] =
            places_.emplace(std::move(parts), static_cast<node_id>(parts_.size()));
        if (made) {
            if (parts_.size() == most_nodes)
                throw schema_refused({"", "", "the schema has too many combinations"});
            parts_.push_back(found->first);
        }
        return found->second;
    }

    schema_reader reader_;
    std::deque<std::vector<int>> parts_;
    std::map<std::vector<int>, node_id> places_;
    std::map<node_id, alternatives> expanded_;
};

class completer {
  public:
    completer(table& nodes, schema_graph& graph) : nodes_(nodes), graph_(graph) {}

    void run(node_id root) {
        visit(root);
        for (std::size_t i = 0; i < waiting_.size(); ++i) complete(waiting_[i]);
        find_depths();
        remove_impossible();
    }

  private:
    schema_graph::node& node(node_id n) { return graph_.nodes[static_cast<std::size_t>(n)]; }

    node_id visit(node_id n) {
        if (static_cast<std::size_t>(n) >= graph_.nodes.size())
            graph_.nodes.resize(static_cast<std::size_t>(n) + 1);
        if (visited_.insert(n).second) waiting_.push_back(n);
        return n;
    }

    void complete(node_id n) {
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
        }
        for (const auto& shape : of.objects) {
            made.objects.push_back(static_cast<int>(graph_.objects.size()));
            graph_.objects.push_back(completed(shape));
        }
        node(n) = std::move(made);
    }

    schema_graph::array completed(const array_shape& shape) {
        schema_graph::array made{
            .fewest = shape.fewest, .most = shape.most, .distinct = shape.distinct};
        std::size_t first = shape.first.size(), counts = 1;
        for (const auto& c : shape.contains) {
            first = std::max(first, c.from);
            const bool limited = c.most != array_shape::unlimited;
            counts *= std::min(limited ? c.most : c.fewest, most_counts) + 1;
            if (counts > most_counts || first > most_counts ||
                shape.contains.size() > most_contained)
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
    void add_ways(const array_shape& shape, std::size_t i, std::size_t next,
                  schema_graph::array::way way, std::vector<schema_graph::array::way>& to) {
        if (next == shape.contains.size()) {
            if (way.value != nothing_node || shape.contains.empty()) to.push_back(way);
            return;
        }
        const auto& c = shape.contains[next];
        if (i < c.from || c.most == array_shape::unlimited) {
            add_ways(shape, i, next + 1, way, to);
        } else {
            for (const node_id other : nodes_.negation(c.item))
                add_ways(shape, i, next + 1, {nodes_.conjunction(way.value, other), way.counts},
                         to);
        }
        if (i >= c.from)
            add_ways(shape, i, next + 1,
                     {nodes_.conjunction(way.value, c.item), way.counts | 1U << next}, to);
    }

    schema_graph::object completed(const object_shape& shape) {
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
    std::vector<schema_graph::object::way> ways_of(const object_shape& shape, node_id value,
                                                   const Concerns& concerns) {
        std::vector<schema_graph::object::way> ways{{value}};
        for (std::size_t i = 0; i < shape.some.size(); ++i) {
            if (!concerns(shape.some[i])) continue;
            const auto before = ways;
            for (const auto& way : before) {
                const node_id both = nodes_.conjunction(way.value, shape.some[i].value);
                if (both == way.value) std::erase_if(ways, [&](const auto& w) {
                        return w.value == way.value && w.covers == way.covers;
                    });
                if (both != nothing_node) ways.push_back({both, way.covers | 1U << i});
            }
        }
        for (const auto& way : ways) visit(way.value);
        return ways;
    }

    // All combinations of patterns that a name may match, and of what is wanted of some.
    void add_classes(const object_shape& shape, schema_graph::object& made) {
        std::vector<std::shared_ptr<const language>> patterns;
        const auto add = [&](const auto& names) {
            if (std::ranges::find(patterns, names) == patterns.end()) patterns.push_back(names);
        };
        bool closed = false;
        for (const auto& f : shape.facets) {
            closed |= f.others == nothing_node && f.matching.empty();
            for (const auto& [names, value] : f.matching) add(names);
        }
        if (closed) return;
        for (const auto& wanted : shape.some) add(wanted.names);
        if (patterns.size() > most_patterns)
            throw schema_refused({"", "patternProperties",
                                  "an object may have at most " + std::to_string(most_patterns) +
                                      " patterns of names"});
        std::vector<std::string_view> known;
        for (const auto& m : made.members) known.push_back(m.name);
        language rest = complement(language::words(known));
        if (shape.names) rest = intersection(rest, *shape.names);
        add_class(shape, made, patterns, 0, {}, std::move(rest));
    }

    void add_class(const object_shape& shape, schema_graph::object& made,
                   const std::vector<std::shared_ptr<const language>>& patterns, std::size_t next,
                   std::set<std::shared_ptr<const language>> chosen, language words) {
        if (words.empty()) return;
        if (next < patterns.size()) {
            add_class(shape, made, patterns, next + 1, chosen,
                      intersection(words, complement(*patterns[next])));
            chosen.insert(patterns[next]);
            add_class(shape, made, patterns, next + 1, chosen,
                      intersection(words, *patterns[next]));
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
        if (!patterns.empty() || shape.names)
            names = std::make_shared<const string_automaton>(
                string_set{.words = std::make_shared<const language>(std::move(words))});
        made.classes.push_back(
            {std::move(names), ways_of(shape, value, [&](const auto& wanted) {
                 return chosen.contains(wanted.names);
             })});
    }

    // The least nesting of a value of every node; impossible where there is none. Least fixed point
    // of a monotone step.
    void find_depths() {
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

    int depth_of(const schema_graph::node& n) {
        if (n.null || n.no || n.yes || !n.numbers.empty() || !n.strings.empty()) return 0;
        int least = schema_graph::impossible;
        for (const int a : n.arrays)
            least = std::min(least, depth_of(graph_.arrays[static_cast<std::size_t>(a)]));
        for (const int o : n.objects)
            least = std::min(least, depth_of(graph_.objects[static_cast<std::size_t>(o)]));
        return least;
    }

    int depth_of(const schema_graph::array& a) {
        if (!a.contains.empty()) return depth_of_containing(a);
        int most = 0;
        for (std::size_t i = 0; i < std::min(a.fewest, a.items.size()); ++i)
            most = std::max(most, node(a.at(i)[0].value).depth);
        return most == schema_graph::impossible ? most : most + 1;
    }

    // The least room in which it can be completed is that of one of its items.
    int depth_of_containing(const schema_graph::array& a) {
        std::set<int> rooms{0};
        for (const auto& ways : a.items)
            for (const auto& way : ways) rooms.insert(node(way.value).depth);
        rooms.erase(schema_graph::impossible);
        for (const int room : rooms)
            if (a.completable(0, 0, room, graph_)) return room + 1;
        return schema_graph::impossible;
    }

    int depth_of(const schema_graph::object& o) {
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

    template <class Way>
    int least_depth(const std::vector<Way>& ways) {
        int least = schema_graph::impossible;
        for (const auto& way : ways) least = std::min(least, node(way.value).depth);
        return least;
    }

    int depth_of_wanting(const schema_graph::object& o) {
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
            if (all && possible >= o.fewest && o.coverable(o.no_members(), 0, 0, room, graph_))
                return room + 1;
        }
        return schema_graph::impossible;
    }

    void remove_impossible() {
        for (auto& a : graph_.arrays) {
            a.depth = depth_of(a);
            for (auto& ways : a.items)
                std::erase_if(ways, [&](const auto& way) {
                    return node(way.value).depth == schema_graph::impossible;
                });
            for (std::size_t i = 0; i < a.items.size() && i < a.most; ++i)
                if (a.at(i).empty()) a.most = i;
            if (a.distinct) check_distinct(a);
        }
        for (auto& o : graph_.objects) {
            o.depth = depth_of(o);
            const auto none_left = [&](auto& ways) {
                std::erase_if(ways, [&](const auto& way) {
                    return node(way.value).depth == schema_graph::impossible;
                });
                return ways.empty();
            };
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
    void check_distinct(schema_graph::array& a) {
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
            throw schema_refused(
                {"", "uniqueItems", "there are fewer values than minItems asks for"});
    }

    std::uint64_t count_distinct(const schema_graph::node& n) {
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
                texts = std::make_unique<number_automaton>(
                    number_sets_[static_cast<std::size_t>(s)], true);
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

    // Of kinds that have values in common, those of the greatest.
    template <class Disjoint>
    static std::uint64_t count_of_all(const std::vector<std::uint64_t>& counts,
                                      const Disjoint& disjoint) {
        std::uint64_t sum = 0, most = 0;
        bool apart = true;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            sum += counts[i];
            most = std::max(most, counts[i]);
            for (std::size_t j = 0; j < i && apart; ++j) apart = disjoint(i, j);
        }
        return apart ? sum : most;
    }

    [[noreturn]] static void refuse_distinct(const std::string& what) {
        throw schema_refused(
            {"", "uniqueItems", "uniqueItems can be enforced for " + what + " only"});
    }

    table& nodes_;
    schema_graph& graph_;
    std::vector<node_id> waiting_;
    std::set<node_id> visited_;
    std::vector<number_set> number_sets_;
};

}  // namespace

schema_graph schema_graph::compile(const nlohmann::ordered_json& schema,
                                   const std::string& pointer) {
    schema_graph graph;
    try {
        table nodes(schema, pointer);
        graph.root_ = nodes.root();
        completer(nodes, graph).run(graph.root_);
    } catch (const schema_refused& e) {
        if (!e.problem().pointer.empty()) throw;
        throw schema_refused({pointer, e.problem().keyword, e.problem().message});
    } catch (const engine_error& e) {
        throw schema_refused({pointer, "", e.what()});
    }
    return graph;
}

}  // namespace tessera::engine
