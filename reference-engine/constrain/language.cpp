#include "constrain/language.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "constrain/code_point_set.hpp"
#include "constrain/language_builder.hpp"
#include "core/error.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

using state = language::state;

// Calls emit(first, last, a's state, b's state) for each range that either edge list covers.
template <class Emit>
void side_by_side(std::span<const language::edge> a, std::span<const language::edge> b, Emit emit) {
    std::uint32_t at = 0;
    while (!a.empty() || !b.empty()) {
        if (!a.empty() && a.front().last < at) {
            a = a.subspan(1);
        } else if (!b.empty() && b.front().last < at) {
            b = b.subspan(1);
        } else {
            constexpr std::uint32_t none = 0xffffffff;
            const std::uint32_t a_from = a.empty() ? none : std::max<char32_t>(a.front().first, at);
            const std::uint32_t b_from = b.empty() ? none : std::max<char32_t>(b.front().first, at);
            const std::uint32_t first = std::min(a_from, b_from);
            const bool in_a = a_from == first;
            const bool in_b = b_from == first;
            std::uint32_t last = none;
            if (!a.empty()) last = std::min(last, in_a ? a.front().last : a_from - 1);
            if (!b.empty()) last = std::min(last, in_b ? b.front().last : b_from - 1);
            emit(char32_t{first}, char32_t{last}, in_a ? a.front().to : language::dead,
                 in_b ? b.front().to : language::dead);
            at = last + 1;
        }
    }
}

// Both languages at once. Words that only one of them can still make are followed if `either`.
language product(const language& a, const language& b, bool either) {
    std::unordered_map<std::uint64_t, state> numbers;
    std::vector<std::pair<state, state>> pairs;
    const auto number = [&](state in_a, state in_b) {
        const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(in_a)} << 32U |
                                  static_cast<std::uint32_t>(in_b);
        const auto [found, added] = numbers.try_emplace(key, static_cast<state>(pairs.size()));
        if (added) {
            pairs.emplace_back(in_a, in_b);
            language_builder::check_states(pairs.size());
        }
        return found->second;
    };
    const auto edges = [](const language& of, state s) {
        return s == language::dead ? std::span<const language::edge>() : of.edges(s);
    };
    const auto accepts = [](const language& of, state s) {
        return s != language::dead && of.accepts(s);
    };
    language_builder made;
    number(a.start(), b.start());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto [in_a, in_b] = pairs[i];
        made.begin_state(either ? accepts(a, in_a) || accepts(b, in_b)
                                : accepts(a, in_a) && accepts(b, in_b));
        side_by_side(edges(a, in_a), edges(b, in_b),
                     [&](char32_t first, char32_t last, state to_a, state to_b) {
                         if (either || (to_a != language::dead && to_b != language::dead))
                             made.add_edge(first, last, number(to_a, to_b));
                     });
    }
    return std::move(made).build();
}

// Makes the least automaton of ascending words; only the way to the latest word can still change
// (Daciuk et al. 2000).
class word_tree {
  public:
    void add(std::string_view utf8) {
        std::size_t depth = 0;
        bool same = true;
        for (std::size_t at = 0; at < utf8.size(); ++depth) {
            const auto c = unicode::decode(utf8, at);
            if (!c.valid) throw engine_error(error_code::invalid_argument, "a word is not UTF-8");
            at += c.size;
            same = same && depth < depth_ && way_[depth].on_way == c.point;
            if (same) continue;
            settle(depth);
            way_[depth].on_way = c.point;
            if (++depth_ == way_.size()) way_.emplace_back();
        }
        settle(depth);
        way_[depth_].accepting = true;
    }
    language build() && {
        settle(0);
        const state root = number(way_[0]);
        return std::move(made_).build_least(root);
    }

  private:
    struct node {
        bool accepting = false;
        char32_t on_way = 0;
        std::vector<language::edge> edges{};
    };

    // Gives the states deeper than `depth` their numbers.
    void settle(std::size_t depth) {
        for (; depth_ > depth; --depth_) {
            node& last = way_[depth_];
            const state s = number(last);
            last.accepting = false;
            last.edges.clear();
            node& before = way_[depth_ - 1];
            // As the builder does.
            if (!before.edges.empty() && before.edges.back().to == s &&
                before.edges.back().last + 1 == before.on_way)
                before.edges.back().last = before.on_way;
            else
                before.edges.push_back({before.on_way, before.on_way, s});
        }
    }

    // The state that is like a node: one of old if there is one.
    state number(const node& n) {
        if (made_.states() * 2 >= table_.size()) grow();
        std::size_t slot = hash(n.accepting, n.edges) & (table_.size() - 1);
        for (; table_[slot] != language::dead; slot = (slot + 1) & (table_.size() - 1)) {
            const state s = table_[slot];
            if (made_.accepts(s) == n.accepting && std::ranges::equal(made_.edges(s), n.edges))
                return s;
        }
        table_[slot] = static_cast<state>(made_.states());
        made_.begin_state(n.accepting);
        for (const auto& [first, last, to] : n.edges) made_.add_edge(first, last, to);
        language_builder::check_states(made_.states());
        return table_[slot];
    }
    void grow() {
        table_.assign(std::max<std::size_t>(table_.size() * 2, 64), language::dead);
        for (std::size_t s = 0; s < made_.states(); ++s) {
            const auto at = static_cast<state>(s);
            std::size_t slot = hash(made_.accepts(at), made_.edges(at)) & (table_.size() - 1);
            while (table_[slot] != language::dead) slot = (slot + 1) & (table_.size() - 1);
            table_[slot] = at;
        }
    }
    static std::size_t hash(bool accepting, std::span<const language::edge> edges) {
        std::uint64_t h = accepting ? 1 : 0;
        for (const language::edge& e : edges) {
            h ^= e.first ^ std::uint64_t{e.last} << 21U ^
                 std::uint64_t{static_cast<std::uint32_t>(e.to)} << 42U;
            // Down first: a product's low bits, which choose the slot, know nothing of higher ones.
            h = (h ^ h >> 32U) * 0x9e3779b97f4a7c15U;
            h ^= h >> 29U;
        }
        return h;
    }

    std::vector<node> way_ = std::vector<node>(1);
    std::size_t depth_ = 0;     // of the latest word
    std::vector<state> table_;  // open hashing, by what leaves a state
    language_builder made_;
};

}  // namespace

language language::everything() { return complement(nothing()); }

language language::nothing() { return {}; }

language language::words(std::span<const std::string_view> utf8) {
    if (utf8.empty()) return nothing();
    std::vector<std::string_view> sorted(utf8.begin(), utf8.end());
    std::ranges::sort(sorted);  // UTF-8 sorts as its code points do
    word_tree tree;
    for (const std::string_view word : sorted) tree.add(word);
    return std::move(tree).build();
}

language intersection(const language& a, const language& b) {
    if (a.empty() || b.empty()) return language::nothing();
    return product(a, b, false);
}

language union_of(const language& a, const language& b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    return product(a, b, true);
}

language complement(const language& l) {
    // A state more: where everything is a word.
    const auto free = static_cast<state>(l.states());
    language_builder made;
    for (state s = 0; s < free; ++s) {
        made.begin_state(!l.accepts(s));
        for (const auto& [first, last] : code_point_set::universe) {
            char32_t at = first;
            for (const language::edge& e : l.edges(s)) {
                if (e.last < first || e.first > last) continue;
                if (at < e.first) made.add_edge(at, e.first - 1, free);
                made.add_edge(e.first, e.last, e.to);
                at = e.last + 1;
            }
            if (at <= last) made.add_edge(at, last, free);
        }
    }
    made.begin_state(true);
    for (const auto& [first, last] : code_point_set::universe) made.add_edge(first, last, free);
    return std::move(made).build();
}

language::state language::next(state s, char32_t c) const {
    const auto from = edges(s);
    const auto found = std::ranges::lower_bound(from, c, {}, &edge::last);
    return found != from.end() && found->first <= c ? found->to : dead;
}

std::span<const language::edge> language::edges(state s) const {
    const auto i = static_cast<std::size_t>(s);
    return std::span(edges_).subspan(edges_from_[i], edges_from_[i + 1] - edges_from_[i]);
}

bool language::contains(std::string_view utf8) const {
    state s = start();
    for (std::size_t at = 0; s != dead && at < utf8.size();) {
        const auto c = unicode::decode(utf8, at);
        if (!c.valid) return false;
        s = next(s, c.point);
        at += c.size;
    }
    return s != dead && accepts(s);
}

}  // namespace tessera::engine
