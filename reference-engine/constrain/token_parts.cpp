#include "constrain/token_parts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

namespace tessera::engine {

const string_automaton& token_masks::strings(const frame& f) const {
    return grammar_.graphs[static_cast<std::size_t>(f.graph)]
        .strings[static_cast<std::size_t>(f.at)];
}

token_masks::part token_masks::string_part(const frame& f, std::uint32_t node) const {
    struct state {
        language::state at;
        std::size_t length;
        json_character::partial partial;
    };
    const auto& trie = *trie_;
    const auto& words = strings(f);
    part made{.inside = std::vector<std::uint64_t>(trie.words()), .exits = {}};
    const auto allow = [&](std::uint32_t first, std::uint32_t last) {
        for (auto t = first; t < last; ++t) set_token(made.inside, trie.token(t));
    };
    // Where lengths do not matter, a state's steps by the characters of ASCII are worth a table.
    std::unordered_map<language::state, std::array<language::state, 128>> tables;
    const bool any_length =
        words.set().shortest == 0 && words.set().longest == string_set::unlimited;
    const auto step = [&](const state& now, char32_t c) {
        if (!any_length || words.is_everything() || c >= 128)
            return words.next(now.at, now.length, c);
        const auto [found, made_now] = tables.try_emplace(now.at);
        if (made_now)
            for (char32_t each = 0; each < 128; ++each)
                found->second[each] = words.next(now.at, now.length, each);
        return found->second[c];
    };
    const auto each = [&](std::uint32_t child, const state& now) -> std::optional<state> {
        const auto& n = trie[child];
        if (n.plain && words.is_everything() && now.partial == json_character::nothing &&
            now.length + n.height + 1U <= words.set().longest) {
            allow(n.first_token, n.below_token);
            return std::nullopt;
        }
        const auto read = json_character::read(now.partial, n.byte, grammar_.tidy);
        state next = now;
        switch (read.what) {
            case json_character::outcome::bad:
                return std::nullopt;
            case json_character::outcome::end:
                if (!words.accepts(now.at, now.length)) return std::nullopt;
                allow(n.first_token, n.last_token);
                if (n.end > child + 1) made.exits.push_back(child);
                return std::nullopt;
            case json_character::outcome::unfinished:
                next.partial = read.rest;
                if (!std::any_of(read.within.begin(), read.within.begin() + read.ranges,
                                 [&](const auto& r) {
                                     return words.next_within(now.at, now.length, r.first, r.last);
                                 }))
                    return std::nullopt;
                break;
            case json_character::outcome::character:
                next = {step(now, read.value), now.length + 1, json_character::nothing};
                if (next.at == language::dead) return std::nullopt;
                break;
        }
        allow(n.first_token, n.last_token);
        return next;
    };
    descend(trie, node, state{f.progress, f.length, f.partial}, each);
    return made;
}

token_masks::part token_masks::name_part(const frame& f, std::uint32_t node) const {
    struct state {
        json_character::partial partial;
        std::string name;
    };
    const auto& trie = *trie_;
    part made{.inside = std::vector<std::uint64_t>(trie.words()),
              .exits = {},
              .closing = std::vector<std::uint64_t>(trie.words())};
    const auto each = [&](std::uint32_t child, const state& now) -> std::optional<state> {
        const auto& n = trie[child];
        const auto read = json_character::read(now.partial, n.byte, grammar_.tidy);
        if (read.what == json_character::outcome::bad) return std::nullopt;
        if (read.what == json_character::outcome::end) {
            for (auto t = n.first_token; t < n.last_token; ++t)
                set_token(made.closing, trie.token(t));
            if (n.end > child + 1) made.exits.push_back(child);
            made.endings.push_back({child, now.name});
            return std::nullopt;
        }
        if (n.plain && now.partial == json_character::nothing) {
            for (auto t = n.first_token; t < n.below_token; ++t)
                set_token(made.inside, trie.token(t));
            return std::nullopt;
        }
        for (auto t = n.first_token; t < n.last_token; ++t) set_token(made.inside, trie.token(t));
        state next = now;
        next.partial =
            read.what == json_character::outcome::unfinished ? read.rest : json_character::nothing;
        if (read.what == json_character::outcome::character) append_utf8(next.name, read.value);
        return next;
    };
    descend(trie, node, state{f.partial, {}}, each);
    return made;
}

token_masks::part token_masks::number_part(const frame& f, std::uint32_t node) const {
    const auto& trie = *trie_;
    const auto& texts =
        grammar_.graphs[static_cast<std::size_t>(f.graph)].numbers[static_cast<std::size_t>(f.at)];
    part made{.inside = std::vector<std::uint64_t>(trie.words()), .exits = {}};
    using state = number_automaton::state;
    // Where a number may end, another byte than one of its own may follow.
    const auto leave = [&](std::uint32_t at, state now) {
        if (!texts.accepts(now)) return;
        for (std::uint32_t child = at + 1; child < trie[at].end; child = trie[child].end)
            if (texts.next(now, trie[child].byte) == number_automaton::dead) {
                made.exits.push_back(at);
                return;
            }
    };
    const auto each = [&](std::uint32_t child, const state& now) -> std::optional<state> {
        const auto& n = trie[child];
        const state next = texts.next(now, n.byte);
        if (next == number_automaton::dead) return std::nullopt;
        for (auto t = n.first_token; t < n.last_token; ++t) set_token(made.inside, trie.token(t));
        leave(child, next);
        return next;
    };
    leave(node, f.progress);
    descend(trie, node, state{f.progress}, each);
    return made;
}

token_masks::part token_masks::text_part(const frame& f, std::uint32_t node) const {
    const auto& trie = *trie_;
    part made{.inside = std::vector<std::uint64_t>(trie.words()), .exits = {}};
    const std::string* const mark =
        f.at < 0 ? nullptr : &grammar_.marks[static_cast<std::size_t>(f.at)];
    const auto each = [&](std::uint32_t child, const int& now) -> std::optional<int> {
        const auto& n = trie[child];
        const int next = mark ? next_in_mark(*mark, now, n.byte) : 0;
        const bool over = mark && next == static_cast<int>(mark->size());
        if (over && !f.parent) return std::nullopt;
        for (auto t = n.first_token; t < n.last_token; ++t) set_token(made.inside, trie.token(t));
        if (!over) return next;
        if (n.end > child + 1) made.exits.push_back(child);
        return std::nullopt;
    };
    descend(trie, node, static_cast<int>(f.progress), each);
    return made;
}

}  // namespace tessera::engine
