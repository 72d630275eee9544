#include "constrain/rule_builder.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tessera::engine {
namespace {

constexpr std::size_t most_rule_states = 20'000;
constexpr int most_layout_blanks = 2;

using edge_kind = grammar::edge::kind;

[[noreturn]] void refuse(const std::string& message) {
    throw schema_refused({"/grammar", "grammar", message});
}

}  // namespace

int rule_builder::state() {
    if (grammar_.states.size() == most_rule_states) refuse("the grammar needs too many states");
    grammar_.states.emplace_back();
    return static_cast<int>(grammar_.states.size()) - 1;
}

int rule_builder::nothing() {
    if (nothing_ < 0) {
        nothing_ = state();
        finish(nothing_);
    }
    return nothing_;
}

void rule_builder::skip(int from, int to) { call(from, to, nothing()); }

void rule_builder::call(int from, int to, int rule) {
    at(from).edges.push_back({.what = edge_kind::rule, .to = to, .target = rule});
}

void rule_builder::byte(int from, int to, unsigned char first, unsigned char last) {
    at(from).edges.push_back({.what = edge_kind::bytes, .to = to, .first = first, .last = last});
}

// A range of characters as ranges of byte sequences: it is cut where the length of the encoding
// changes, and where all bytes behind the first that differs do not run from the least to the most.
void rule_builder::character(int from, int to, char32_t first, char32_t last) {
    constexpr char32_t surrogates = 0xD800, behind = 0xE000;
    if (first < behind && last >= surrogates) {
        if (first < surrogates) character(from, to, first, surrogates - 1);
        if (last >= behind) character(from, to, behind, last);
        return;
    }
    constexpr char32_t lengths[] = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
    for (const char32_t end : lengths) {
        if (first > end) continue;
        if (last > end) {
            character(from, to, first, end);
            first = end + 1;
        }
    }
    const int tail = first <= 0x7F ? 0 : first <= 0x7FF ? 1 : first <= 0xFFFF ? 2 : 3;
    for (int i = 1; i <= tail; ++i) {
        const char32_t low = (char32_t{1} << (6 * i)) - 1;
        if ((first & ~low) == (last & ~low)) continue;
        if ((first & low) != 0) {
            character(from, to, first, first | low);
            return character(from, to, (first | low) + 1, last);
        }
        if ((last & low) != low) {
            character(from, to, first, (last & ~low) - 1);
            return character(from, to, last & ~low, last);
        }
    }
    constexpr unsigned char leads[] = {0x00, 0xC0, 0xE0, 0xF0};
    int at = from;
    for (int i = tail; i >= 0; --i) {
        const auto part = [&](char32_t c) {
            const char32_t bits = c >> (6 * i);
            return static_cast<unsigned char>(i == tail ? leads[tail] | bits
                                                        : 0x80 | (bits & 0x3F));
        };
        const int next = i == 0 ? to : state();
        byte(at, next, part(first), part(last));
        at = next;
    }
}

int rule_builder::literal(int from, std::string_view text) {
    for (const char c : text) {
        const int next = state();
        byte(from, next, static_cast<unsigned char>(c), static_cast<unsigned char>(c));
        from = next;
    }
    return from;
}

int rule_builder::blanks(int from) {
    const int end = state();
    for (int i = 0; i < most_layout_blanks; ++i) {
        skip(from, end);
        const int next = i + 1 == most_layout_blanks ? end : state();
        for (const unsigned char c : {' ', '\n', '\r', '\t'}) byte(from, next, c, c);
        from = next;
    }
    return end;
}

int rule_builder::value(int from, schema_graph graph) {
    const int end = state();
    grammar_.graphs.push_back(std::move(graph));
    at(from).edges.push_back({.what = edge_kind::value,
                              .to = end,
                              .target = static_cast<int>(grammar_.graphs.size()) - 1});
    return end;
}

int rule_builder::text(int from, std::string_view mark, bool may_end) {
    const int end = state();
    grammar_.marks.emplace_back(mark);
    at(from).edges.push_back({.what = edge_kind::text,
                              .to = end,
                              .target = static_cast<int>(grammar_.marks.size()) - 1,
                              .may_end = may_end});
    return end;
}

void rule_builder::free_text(int from, int to) {
    at(from).edges.push_back({.what = edge_kind::text, .to = to, .target = -1, .may_end = true});
}

void rule_builder::text_without(int from, std::string_view mark) {
    grammar_.marks.emplace_back(mark);
    at(from).edges.push_back({.what = edge_kind::text,
                              .to = -1,
                              .target = static_cast<int>(grammar_.marks.size()) - 1,
                              .may_end = true});
}

void check_rules(grammar& g) {
    const auto state = [&](int s) -> grammar::state& {
        return g.states[static_cast<std::size_t>(s)];
    };
    const auto nullable = [&](int s) { return state(s).nullable; };
    // Least fixed points: which states may end at once, and which may end at all.
    std::vector<bool> ends(g.states.size(), false);
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = g.states.size(); i-- > 0;) {
            auto& s = g.states[i];
            bool now = s.final, some = s.final;
            for (const auto& e : s.edges) {
                const bool rule = e.what == edge_kind::rule;
                some = some ||
                       (e.to >= 0 && ends[static_cast<std::size_t>(e.to)] &&
                        (!rule || ends[static_cast<std::size_t>(e.target)])) ||
                       (e.what == edge_kind::text && e.may_end);
                now = now || (rule && nullable(e.target) && nullable(e.to)) ||
                      (e.what == edge_kind::text && e.may_end);
            }
            if (now != s.nullable || some != ends[i]) changed = true;
            s.nullable = now;
            ends[i] = some;
        }
    }
    std::vector<bool> reached(g.states.size(), false);
    std::vector<int> waiting{g.start};
    reached[static_cast<std::size_t>(g.start)] = true;
    const auto reach = [&](int s) {
        if (reached[static_cast<std::size_t>(s)]) return;
        reached[static_cast<std::size_t>(s)] = true;
        waiting.push_back(s);
    };
    while (!waiting.empty()) {
        const int s = waiting.back();
        waiting.pop_back();
        if (!ends[static_cast<std::size_t>(s)]) refuse("a rule never comes to an end");
        for (const auto& e : state(s).edges) {
            if (e.to >= 0) reach(e.to);
            if (e.what == edge_kind::rule) reach(e.target);
        }
    }
    // A rule that calls itself before any byte never gets to one. What a rule may call before any
    // byte: the calls of its first state, and of the states behind calls that may be empty.
    std::map<int, std::vector<int>> first_calls;
    for (std::size_t i = 0; i < g.states.size(); ++i)
        for (const auto& e : g.states[i].edges)
            if (e.what == edge_kind::rule) first_calls[e.target];
    for (auto& [rule, calls] : first_calls) {
        std::vector<int> states{rule};
        for (std::size_t i = 0; i < states.size(); ++i)
            for (const auto& e : state(states[i]).edges) {
                if (e.what != edge_kind::rule) continue;
                if (std::find(calls.begin(), calls.end(), e.target) == calls.end())
                    calls.push_back(e.target);
                if (nullable(e.target) &&
                    std::find(states.begin(), states.end(), e.to) == states.end())
                    states.push_back(e.to);
            }
    }
    enum : std::uint8_t { fresh, open, done };
    std::map<int, std::uint8_t> mark;
    for (const auto& [first, unused] : first_calls) {
        if (mark[first] != fresh) continue;
        std::vector<std::pair<int, std::size_t>> path{{first, 0}};
        mark[first] = open;
        while (!path.empty()) {
            auto& [rule, i] = path.back();
            if (i == first_calls[rule].size()) {
                mark[rule] = done;
                path.pop_back();
                continue;
            }
            const int called = first_calls[rule][i++];
            if (mark[called] == open)
                refuse("a rule calls itself before anything else; put what it begins with first");
            if (mark[called] == fresh) {
                mark[called] = open;
                path.emplace_back(called, 0);
            }
        }
    }
}

}  // namespace tessera::engine
