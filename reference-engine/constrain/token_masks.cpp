#include "constrain/token_masks.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tessera::engine {
namespace {

using kind = frame::kind;

constexpr std::uint32_t small_tree = 24;     // nodes that are walked sooner than looked up
constexpr std::size_t most_kept = 64 << 20;  // bytes

void set(std::span<std::uint64_t> words, token_id token) {
    const auto i = static_cast<std::size_t>(token);
    words[i / 64] |= std::uint64_t{1} << (i % 64);
}

void unite(std::span<std::uint64_t> to, const std::vector<std::uint64_t>& with) {
    for (std::size_t i = 0; i < std::min(to.size(), with.size()); ++i) to[i] |= with[i];
}

}  // namespace

/// What a scalar's own state allows below one node.
struct token_masks::part {
    struct ending {
        std::uint32_t node;
        std::string name;  // what has been read down to there
    };
    std::vector<std::uint64_t> inside;     // tokens that do not leave it, or end where it ends
    std::vector<std::uint32_t> exits;      // nodes where it ends and below which there are tokens
    std::vector<ending> endings{};         // of a name: all nodes where it ends
    std::vector<std::uint64_t> closing{};  // of a name: tokens that end where it ends
};

/// Parts by the state that they are of. Thread-safe.
class token_masks::cache {
  public:
    struct key {
        frame::kind what;
        std::int32_t graph, at, progress;
        std::uint32_t length, partial, node;
        bool operator==(const key&) const = default;
    };

    template <class Make>
    std::shared_ptr<const part> find(const key& k, const Make& make) {
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = parts_.find(k); found != parts_.end()) return found->second;
        }
        auto made = std::make_shared<const part>(make());
        const std::lock_guard lock(mutex_);
        bytes_ += sizeof(part) + (made->inside.size() + made->closing.size()) * 8 +
                  made->exits.size() * 4 + made->endings.size() * sizeof(part::ending);
        if (bytes_ > most_kept) {
            parts_.clear();
            bytes_ = 0;
        }
        parts_.emplace(k, made);
        return made;
    }

  private:
    struct hash {
        std::size_t operator()(const key& k) const {
            std::size_t h = static_cast<std::size_t>(k.what);
            for (const auto x :
                 {static_cast<std::uint32_t>(k.graph), static_cast<std::uint32_t>(k.at),
                  static_cast<std::uint32_t>(k.progress), k.length, k.partial, k.node})
                h = (h ^ x) * 0x9e3779b97f4a7c15U, h ^= h >> 29;
            return h;
        }
    };

    std::mutex mutex_;
    std::unordered_map<key, std::shared_ptr<const part>, hash> parts_;
    std::size_t bytes_ = 0;
};

token_masks::token_masks(const grammar& g, std::shared_ptr<const token_trie> trie,
                         std::shared_ptr<cache> common)
    : grammar_(g),
      trie_(std::move(trie)),
      common_(std::move(common)),
      own_(std::make_shared<cache>()) {}

token_masks::~token_masks() = default;

std::shared_ptr<token_masks::cache> token_masks::make_cache() { return std::make_shared<cache>(); }

// One mask's walk down the tree.
class token_masks::walk {
  public:
    walk(token_masks& masks, const frame_pool& below, std::span<std::uint64_t> words)
        : masks_(masks),
          trie_(*masks.trie_),
          pool_(&below),
          machine_(masks.grammar_, pool_),
          words_(words) {}

    void below(std::uint32_t node, const readings& now) {
        const bool small = trie_[node].end - node <= small_tree;
        readings slow, leaves;
        for (const frame* f : now) machine_.expand(f, leaves);
        for (const frame* f : leaves) {
            const bool collects = f->flag && f->what != kind::text;
            if (small || collects)
                slow.push_back(f);
            else if (f->what == kind::string || f->what == kind::number || f->what == kind::text)
                scalar(node, *f);
            else if (f->what == kind::key && machine_.free_names(*f->parent))
                name(node, *f);
            else
                slow.push_back(f);
        }
        if (slow.empty()) return;
        readings next;
        for (std::uint32_t child = node + 1; child < trie_[node].end; child = trie_[child].end) {
            next.clear();
            machine_.step(slow, trie_[child].byte, next);
            if (!next.empty()) here(child, next);
        }
    }

  private:
    void here(std::uint32_t node, const readings& now) {
        const auto& n = trie_[node];
        for (auto t = n.first_token; t < n.last_token; ++t) set(words_, trie_.token(t));
        if (n.end > node + 1) below(node, now);
    }

    // Many nodes have few different children: what a byte leads to is found out once.
    void below_each(const std::vector<std::uint32_t>& nodes, const readings& now) {
        if (nodes.empty()) return;
        std::array<readings, 256> next;
        std::array<bool, 256> known{};
        for (const auto node : nodes)
            for (std::uint32_t child = node + 1; child < trie_[node].end;
                 child = trie_[child].end) {
                const auto byte = trie_[child].byte;
                if (!std::exchange(known[byte], true)) machine_.step(now, byte, next[byte]);
                if (!next[byte].empty()) here(child, next[byte]);
            }
    }

    void scalar(std::uint32_t node, const frame& f) {
        const auto part = masks_.part_below(f, node);
        unite(words_, part->inside);
        below_each(part->exits, {f.what == kind::text ? f.parent : machine_.after(f)});
    }

    // A name that may be any: only names that the schema speaks of, and those that are there
    // already, make a difference to where it ends.
    void name(std::uint32_t node, const frame& f) {
        frame any{.what = kind::key};
        any.partial = f.partial;
        const auto part = masks_.part_below(any, node);
        unite(words_, part->inside);
        const auto special = machine_.told_apart(f);
        if (special.empty()) {
            unite(words_, part->closing);
            return below_each(part->exits, machine_.named(f, f.text + '\0'));
        }
        const auto others = machine_.named(f, special.back() + '\0');
        for (const auto& ending : part->endings) {
            const bool apart =
                std::binary_search(special.begin(), special.end(), f.text + ending.name);
            if (!apart && !others.empty())
                here(ending.node, others);
            else if (const auto now = machine_.named(f, f.text + ending.name); !now.empty())
                here(ending.node, now);
        }
    }

    token_masks& masks_;
    const token_trie& trie_;
    frame_pool pool_;
    machine machine_;
    std::span<std::uint64_t> words_;
};

void token_masks::allow(const readings& now, const frame_pool& below,
                        std::span<std::uint64_t> words) {
    walk(*this, below, words).below(0, now);
}

std::shared_ptr<const token_masks::part> token_masks::part_below(const frame& f,
                                                                 std::uint32_t node) {
    cache::key k{f.what, f.graph, f.at, f.progress, f.length, f.partial, node};
    switch (f.what) {
        case kind::key:
            return common_->find(k, [&] { return name_part(f, node); });
        case kind::number:
            return own_->find(k, [&] { return number_part(f, node); });
        case kind::text:
            return own_->find(k, [&] { return text_part(f, node); });
        default:
            break;
    }
    const auto& set = strings(f).set();
    // Far from its least and greatest length, a string that may hold anything is like any other.
    if (!set.words && f.length >= set.shortest &&
        (set.longest == string_set::unlimited || f.length + (*trie_)[0].height <= set.longest)) {
        k = {f.what, -1, -1, 0, 0, f.partial, node};
        return common_->find(k, [&] { return string_part(f, node); });
    }
    return own_->find(k, [&] { return string_part(f, node); });
}

const string_automaton& token_masks::strings(const frame& f) const {
    return grammar_.graphs[static_cast<std::size_t>(f.graph)]
        .strings[static_cast<std::size_t>(f.at)];
}

namespace {

// Calls `each` with the children of a node and the state in which it is reached, and goes on below
// those for which it returns a state.
template <class State, class Each>
void descend(const token_trie& trie, std::uint32_t node, const State& now, const Each& each) {
    for (std::uint32_t child = node + 1; child < trie[node].end; child = trie[child].end)
        if (const std::optional<State> next = each(child, now)) descend(trie, child, *next, each);
}

}  // namespace

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
        for (auto t = first; t < last; ++t) set(made.inside, trie.token(t));
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
            for (auto t = n.first_token; t < n.last_token; ++t) set(made.closing, trie.token(t));
            if (n.end > child + 1) made.exits.push_back(child);
            made.endings.push_back({child, now.name});
            return std::nullopt;
        }
        if (n.plain && now.partial == json_character::nothing) {
            for (auto t = n.first_token; t < n.below_token; ++t) set(made.inside, trie.token(t));
            return std::nullopt;
        }
        for (auto t = n.first_token; t < n.last_token; ++t) set(made.inside, trie.token(t));
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
        for (auto t = n.first_token; t < n.last_token; ++t) set(made.inside, trie.token(t));
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
        for (auto t = n.first_token; t < n.last_token; ++t) set(made.inside, trie.token(t));
        if (!over) return next;
        if (n.end > child + 1) made.exits.push_back(child);
        return std::nullopt;
    };
    descend(trie, node, static_cast<int>(f.progress), each);
    return made;
}

}  // namespace tessera::engine
