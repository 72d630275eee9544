#include "constrain/language_builder.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

using state = language::state;

constexpr state no_state = -1;

std::size_t index(state s) { return static_cast<std::size_t>(s); }

/// The states that have an edge to a state.
class predecessors {
  public:
    predecessors(std::size_t states, std::span<const std::uint32_t> edges_from,
                 std::span<const language::edge> edges)
        : from_(states + 1), sources_(edges.size()) {
        for (const language::edge& e : edges) ++from_[index(e.to) + 1];
        std::partial_sum(from_.begin(), from_.end(), from_.begin());
        std::vector<std::uint32_t> at(from_.begin(), from_.end() - 1);
        for (std::size_t s = 0; s < states; ++s) {
            for (std::uint32_t i = edges_from[s]; i < edges_from[s + 1]; ++i)
                sources_[at[index(edges[i].to)]++] = static_cast<state>(s);
        }
    }
    std::span<const state> of(state s) const {
        return std::span(sources_).subspan(from_[index(s)], from_[index(s) + 1] - from_[index(s)]);
    }

  private:
    std::vector<std::uint32_t> from_;
    std::vector<state> sources_;
};

/// A partition of the states into blocks, refined in place: the members of a block are neighbours
/// in `order_`.
class partition {
  public:
    explicit partition(std::size_t states)
        : order_(states), place_(states), block_(states, 0), blocks_{{0, states, 0}} {
        std::iota(order_.begin(), order_.end(), 0);
        std::iota(place_.begin(), place_.end(), 0);
    }

    std::size_t block_of(state s) const { return block_[index(s)]; }
    std::size_t count() const { return blocks_.size(); }
    std::span<const state> marked(std::size_t block) const {
        return std::span(order_).subspan(blocks_[block].begin, blocks_[block].marked);
    }

    void mark(state s) {
        range& b = blocks_[block_of(s)];
        const std::size_t from = place_[index(s)];
        const std::size_t to = b.begin + b.marked;
        if (from < to || b.end - b.begin == 1) return;
        if (b.marked++ == 0) touched_.push_back(block_of(s));
        std::swap(order_[from], order_[to]);
        place_[index(order_[from])] = from;
        place_[index(order_[to])] = to;
    }

    std::vector<std::size_t> take_touched() { return std::exchange(touched_, {}); }

    /// Splits a block: its marked members by their groups (`group_of`: 0, 1, ... by state), the
    /// others together. The largest part keeps its number. Appends the states of the other parts.
    template <class GroupOf>
    void split(std::size_t block, GroupOf group_of, std::vector<state>& moved) {
        const range whole = blocks_[block];
        const auto at = [&](std::size_t i) {
            return order_.begin() + static_cast<std::ptrdiff_t>(i);
        };
        const std::size_t others = whole.begin + whole.marked;
        std::sort(at(whole.begin), at(others),
                  [&](state a, state b) { return group_of(a) < group_of(b); });
        std::vector<range> parts;
        if (others < whole.end) parts.push_back({others, whole.end, 0});
        for (std::size_t i = whole.begin; i < others;) {
            std::size_t end = i;
            for (; end < others && group_of(order_[end]) == group_of(order_[i]); ++end)
                place_[index(order_[end])] = end;
            parts.push_back({i, end, 0});
            i = end;
        }
        const auto largest = std::ranges::max_element(
            parts, {}, [](const range& part) { return part.end - part.begin; });
        blocks_[block] = *largest;
        for (auto part = parts.begin(); part != parts.end(); ++part) {
            if (part == largest) continue;
            for (std::size_t i = part->begin; i < part->end; ++i) {
                block_[index(order_[i])] = blocks_.size();
                moved.push_back(order_[i]);
            }
            blocks_.push_back(*part);
        }
    }

  private:
    struct range {
        std::size_t begin;
        std::size_t end;
        std::size_t marked;  // that many at its front
    };

    std::vector<state> order_;
    std::vector<std::size_t> place_;  // by state, in order_
    std::vector<std::size_t> block_;  // by state
    std::vector<range> blocks_;
    std::vector<std::size_t> touched_;  // blocks with marked members
};

}  // namespace

void language_builder::check_states(std::size_t states) {
    if (states > language::most_states)
        throw engine_error(error_code::invalid_argument, "an automaton of more than " +
                                                             std::to_string(language::most_states) +
                                                             " states is needed");
}

void language_builder::begin_state(bool accepting) {
    made_.accepting_.push_back(accepting);
    made_.edges_from_.push_back(made_.edges_from_.back());
}

void language_builder::add_edge(char32_t first, char32_t last, state to) {
    if (made_.edges_from_.back() > *(made_.edges_from_.end() - 2)) {
        language::edge& before = made_.edges_.back();
        if (before.to == to && before.last + 1 == first) {
            before.last = last;
            return;
        }
    }
    if (made_.edges_.size() == language::most_edges)
        throw engine_error(error_code::invalid_argument, "an automaton of more than " +
                                                             std::to_string(language::most_edges) +
                                                             " edges is needed");
    made_.edges_.push_back({first, last, to});
    ++made_.edges_from_.back();
}

language language_builder::build(state start) && {
    const std::size_t count = states();
    if (count == 0) return {};
    const predecessors before(count, made_.edges_from_, made_.edges_);

    // What reaches no word is no state.
    std::vector<bool> live = made_.accepting_;
    std::vector<state> work;
    for (std::size_t s = 0; s < count; ++s) {
        if (live[s]) work.push_back(static_cast<state>(s));
    }
    while (!work.empty()) {
        const state s = work.back();
        work.pop_back();
        for (const state p : before.of(s)) {
            if (live[index(p)]) continue;
            live[index(p)] = true;
            work.push_back(p);
        }
    }
    if (!live[index(start)]) return {};

    // Two states are told apart as soon as their edges lead to different blocks; only what leads to
    // a part that was split off is looked at again, and that is never the larger one (Hopcroft
    // 1971).
    partition blocks(count);
    std::vector<state> moved;
    for (std::size_t s = 0; s < count; ++s) {
        if (!live[s] || made_.accepting_[s]) blocks.mark(static_cast<state>(s));
    }
    for (const std::size_t block : blocks.take_touched())
        blocks.split(
            block, [&](state s) { return live[index(s)] ? 1 : 0; }, moved);
    moved.clear();
    const auto block_of = [&](state s) {
        return live[index(s)] ? static_cast<state>(blocks.block_of(s)) : no_state;
    };
    std::vector<std::size_t> group(count);
    std::unordered_map<std::u32string, std::size_t> groups;
    std::u32string signature;
    for (std::size_t s = 0; s < count; ++s) {
        if (live[s]) blocks.mark(static_cast<state>(s));
    }
    for (auto touched = blocks.take_touched(); !touched.empty(); touched = blocks.take_touched()) {
        for (const std::size_t block : touched) {
            groups.clear();
            for (const state s : blocks.marked(block)) {
                signature.clear();
                language::edge run{0, 0, no_state};
                for (const auto& [first, last, next] : edges(s)) {
                    const state to = block_of(next);
                    if (to == run.to && first == run.last + 1) {
                        signature.end()[-2] = run.last = last;
                    } else if (to != no_state) {
                        signature += {first, last, static_cast<char32_t>(to)};
                        run = {first, last, to};
                    }
                }
                group[index(s)] = groups.try_emplace(signature, groups.size()).first->second;
            }
            blocks.split(
                block, [&](state s) { return group[index(s)]; }, moved);
        }
        for (const state s : moved) {
            for (const state p : before.of(s)) {
                if (live[index(p)]) blocks.mark(p);
            }
        }
        moved.clear();
    }

    return renumbered(start, blocks.count(), block_of);
}

language language_builder::build_least(state start) && {
    return renumbered(start, states(), [](state s) { return s; });
}

// In the order of a walk from the start, so that equal languages come out equal.
template <class Class>
language language_builder::renumbered(state start, std::size_t classes, Class class_of) const {
    constexpr state unseen = -1;
    std::vector<state> number(classes, unseen);
    std::vector<state> walk;
    const auto visit = [&](state s) {
        state& n = number[index(class_of(s))];
        if (n == unseen) {
            n = static_cast<state>(walk.size());
            walk.push_back(s);
        }
        return n;
    };
    language_builder made;
    visit(start);
    for (std::size_t i = 0; i < walk.size(); ++i) {
        made.begin_state(accepts(walk[i]));
        for (const language::edge& e : edges(walk[i])) {
            if (class_of(e.to) != no_state) made.add_edge(e.first, e.last, visit(e.to));
        }
    }
    check_states(made.states());
    return std::move(made.made_);
}

}  // namespace tessera::engine
