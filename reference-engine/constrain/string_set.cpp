#include "constrain/string_set.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_lengths = 8'000'000;  // states times lengths

}  // namespace

string_set intersection(const string_set& a, const string_set& b) {
    string_set made;
    if (!a.words || !b.words || a.words == b.words)
        made.words = a.words ? a.words : b.words;
    else
        made.words = std::make_shared<const language>(intersection(*a.words, *b.words));
    made.shortest = std::max(a.shortest, b.shortest);
    made.longest = std::min(a.longest, b.longest);
    return made;
}

std::vector<string_set> complement(const string_set& set) {
    std::vector<string_set> made;
    if (set.words)
        made.push_back({.words = std::make_shared<const language>(complement(*set.words))});
    if (set.shortest > 0) made.push_back({.longest = set.shortest - 1});
    if (set.longest != string_set::unlimited) made.push_back({.shortest = set.longest + 1});
    return made;
}

string_automaton::string_automaton(string_set set) : set_(std::move(set)) {
    if (!set_.words) return;
    const language& words = *set_.words;
    const std::size_t states = words.states();
    farthest_.assign(states, 0);
    counts_.assign(states, 0);
    // Depth first; a state on the path, or one that leads to such, has words without end.
    enum : std::uint8_t { fresh, open, done };
    std::vector<std::uint8_t> mark(states, fresh);
    std::vector<std::pair<language::state, std::size_t>> path;
    if (states > 0) path.emplace_back(0, 0);
    if (states > 0) mark[0] = open;
    std::vector<bool> loops(states, false);
    while (!path.empty()) {
        const auto s = static_cast<std::size_t>(path.back().first);
        const auto edges = words.edges(path.back().first);
        if (path.back().second == edges.size()) {
            std::uint64_t count = words.accepts(path.back().first) ? 1 : 0;
            std::uint32_t far = 0;
            bool loop = loops[s];
            for (const auto& e : edges) {
                const auto to = static_cast<std::size_t>(e.to);
                if (mark[to] == open || loops[to]) loop = true;
                far = std::max(far, farthest_[to] + 1);
                count += std::uint64_t{counts_[to]} * (e.last - e.first + 1);
                count = std::min<std::uint64_t>(count, many);
            }
            loops[s] = loop;
            farthest_[s] = loop ? many : far;
            counts_[s] = loop ? many : static_cast<std::uint32_t>(count);
            mark[s] = done;
            path.pop_back();
            continue;
        }
        const auto to = edges[path.back().second++].to;
        if (mark[static_cast<std::size_t>(to)] == fresh) {
            mark[static_cast<std::size_t>(to)] = open;
            path.emplace_back(to, 0);
        }
    }
    if (set_.longest == string_set::unlimited) return;
    // How many characters can lead from a state to a word's end: breadth first from the ends.
    const std::size_t bits = set_.longest + 1;
    const bool within = states > 0 && farthest_[0] <= set_.longest && set_.shortest == 0;
    if (within) return;  // no word is too long
    if (bits > most_lengths / std::max<std::size_t>(1, states))
        throw engine_error(
            error_code::limit,
            "a pattern or format together with so great a maxLength needs too many states");
    lengths_.assign(states, std::vector<bool>(bits, false));
    for (std::size_t s = 0; s < states; ++s)
        lengths_[s][0] = words.accepts(static_cast<language::state>(s));
    for (std::size_t n = 1; n < bits; ++n)
        for (std::size_t s = 0; s < states; ++s)
            for (const auto& e : words.edges(static_cast<language::state>(s)))
                if (lengths_[static_cast<std::size_t>(e.to)][n - 1]) {
                    lengths_[s][n] = true;
                    break;
                }
}

bool string_automaton::contains(std::string_view utf8) const {
    const std::size_t length = unicode::count(utf8);
    return length >= set_.shortest && length <= set_.longest &&
           (!set_.words || set_.words->contains(utf8));
}

bool string_automaton::live(state s, std::size_t length) const {
    if (length > set_.longest || set_.shortest > set_.longest) return false;
    if (!set_.words) return true;
    if (set_.words->empty()) return false;
    const auto i = static_cast<std::size_t>(s);
    const std::size_t missing = length < set_.shortest ? set_.shortest - length : 0;
    if (lengths_.empty()) return missing == 0 || farthest_[i] == many || farthest_[i] >= missing;
    const auto& possible = lengths_[i];
    for (std::size_t n = missing; n + length <= set_.longest; ++n)
        if (possible[n]) return true;
    return false;
}

bool string_automaton::next_within(state s, std::size_t length, char32_t first,
                                   char32_t last) const {
    if (!set_.words) return length < set_.longest;
    const auto edges = set_.words->edges(s);
    auto e = std::partition_point(edges.begin(), edges.end(),
                                  [&](const language::edge& each) { return each.last < first; });
    for (; e != edges.end() && e->first <= last; ++e)
        if (live(e->to, length + 1)) return true;
    return false;
}

std::uint32_t string_automaton::count(state s, std::size_t length) const {
    if (!set_.words) {
        // One character has more than a million values.
        return length < set_.longest ? many : length == set_.longest ? 1 : 0;
    }
    // Bounds of the length make fewer of them; so few that it matters have no loops.
    return lengths_.empty() ? counts_[static_cast<std::size_t>(s)]
                            : std::min(many, counts_[static_cast<std::size_t>(s)]);
}

}  // namespace tessera::engine
