#include "constrain/token_masks.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constrain/text_list.hpp"
#include "constrain/token_parts.hpp"

namespace tessera::engine {
namespace {

using frame_kind = frame::kind;

constexpr std::uint32_t small_tree = 24;     // nodes that are walked sooner than looked up
constexpr std::size_t most_kept = 64 << 20;  // bytes

void unite(std::span<std::uint64_t> to, const std::vector<std::uint64_t>& with) {
    for (std::size_t i = 0; i < std::min(to.size(), with.size()); ++i) to[i] |= with[i];
}

}  // namespace

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

    void run(const readings& now) {
        below(0, now);
        while (!waiting_.empty()) {
            const auto [node, then] = std::move(waiting_.back());
            waiting_.pop_back();
            below(node, then);
        }
    }

  private:
    void below(std::uint32_t node, const readings& now) {
        const bool small = trie_[node].end - node <= small_tree;
        readings slow, leaves;
        for (const frame* f : now) machine_.expand(f, leaves);
        for (const frame* f : leaves) {
            const bool collects = f->flag && f->what != frame_kind::text;
            if (!small && collects && f->what == frame_kind::string)
                distinct_string(node, *f);
            else if (small || collects)
                slow.push_back(f);
            else if (f->what == frame_kind::string || f->what == frame_kind::number ||
                     f->what == frame_kind::text)
                scalar(node, *f);
            else if (f->what == frame_kind::key && machine_.free_names(*f->parent))
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

    void here(std::uint32_t node, const readings& now) {
        constexpr int most_calls = 64;  // then the rest of long tokens waits
        const auto& n = trie_[node];
        for (auto t = n.first_token; t < n.last_token; ++t) set_token(words_, trie_.token(t));
        if (n.end == node + 1) return;
        if (calls_ == most_calls) {
            waiting_.emplace_back(node, now);
            return;
        }
        ++calls_;
        below(node, now);
        --calls_;
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
        below_each(part->exits, {f.what == frame_kind::text ? f.parent : machine_.after(f)});
    }

    // A string that may not be as one that is there already is like any other but on the way to
    // these.
    void distinct_string(std::uint32_t node, const frame& f) {
        const auto part = masks_.part_below(f, node);
        auto inside = part->inside;
        const auto taken = taken_below(node, f);
        for (const auto at : taken)
            for (auto t = trie_[at].first_token; t < trie_[at].below_token; ++t) {
                const auto token = static_cast<std::size_t>(trie_.token(t));
                inside[token / 64] &= ~(std::uint64_t{1} << (token % 64));
            }
        unite(words_, inside);
        // Which string it was makes a difference only where another may begin.
        std::vector<std::uint32_t> alike;
        auto next_taken = taken.begin();
        for (const auto exit : part->exits) {
            while (next_taken != taken.end() && trie_[*next_taken].end <= exit) ++next_taken;
            if (next_taken != taken.end() && *next_taken <= exit) continue;
            if (!trie_[exit].quotes) {
                alike.push_back(exit);
                continue;
            }
            frame whole = f;
            whole.text += text_between(node, exit, f.partial);
            below_each({exit}, {machine_.after(whole)});
        }
        below_each(alike, {machine_.after(f)});
    }

    // Nodes, ascending, where nothing is left of a string that would come to be one of its array's
    // others.
    std::vector<std::uint32_t> taken_below(std::uint32_t node, const frame& f) {
        const auto& words = masks_.strings(f);
        std::vector<std::string_view> others;
        each_entry(f.parent->text, [&](std::string_view each) {
            if (each.starts_with(f.text) && words.contains(each.substr(1)))
                others.push_back(each.substr(f.text.size()));
        });
        std::vector<std::uint32_t> made;
        if (others.empty()) return made;
        std::sort(others.begin(), others.end());
        struct state {
            language::state at;
            std::size_t length;
            json_character::partial partial;
            std::size_t read;         // bytes of the others
            std::size_t first, last;  // of those that begin with what was read
        };
        const auto narrowed = [&](state now, std::string_view with) {
            const auto part = [&](std::string_view each) {
                return each.substr(std::min(now.read, each.size()), with.size());
            };
            const auto begin = others.begin() + static_cast<std::ptrdiff_t>(now.first);
            const auto end = others.begin() + static_cast<std::ptrdiff_t>(now.last);
            const auto same = std::ranges::equal_range(begin, end, with, {}, part);
            now.first = static_cast<std::size_t>(same.begin() - others.begin());
            now.last = static_cast<std::size_t>(same.end() - others.begin());
            now.read += with.size();
            return now;
        };
        descend(trie_, node, state{f.progress, f.length, f.partial, 0, 0, others.size()},
                [&](std::uint32_t child, const state& now) -> std::optional<state> {
                    const auto read =
                        json_character::read(now.partial, trie_[child].byte, masks_.grammar_.tidy);
                    state next = now;
                    std::string character;
                    switch (read.what) {
                        case json_character::outcome::bad:
                            return std::nullopt;
                        case json_character::outcome::end:
                            if (others[now.first].size() == now.read) made.push_back(child);
                            return std::nullopt;
                        case json_character::outcome::unfinished:
                            next.partial = read.rest;
                            return next;
                        case json_character::outcome::character:
                            append_utf8(character, read.value);
                            next = narrowed(now, character);
                            if (next.first == next.last) return std::nullopt;
                            next.at = words.next(now.at, now.length, read.value);
                            if (next.at == language::dead) return std::nullopt;
                            ++next.length;
                            next.partial = json_character::nothing;
                            if (words.count(next.at, next.length) > next.last - next.first)
                                return next;
                            made.push_back(child);
                            return std::nullopt;
                    }
                    return std::nullopt;
                });
        return made;
    }

    // What a string that goes on from one node is when it ends at another.
    std::string text_between(std::uint32_t from, std::uint32_t to,
                             json_character::partial partial) const {
        std::string bytes, made;
        for (; to != from; to = trie_[to].parent) bytes += static_cast<char>(trie_[to].byte);
        for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
            const auto read = json_character::read(partial, static_cast<unsigned char>(*byte),
                                                   masks_.grammar_.tidy);
            partial = read.what == json_character::outcome::unfinished ? read.rest
                                                                       : json_character::nothing;
            if (read.what == json_character::outcome::character) append_utf8(made, read.value);
        }
        return made;
    }

    // A name that may be any: only names that the schema speaks of, and those that are there
    // already, make a difference to where it ends.
    void name(std::uint32_t node, const frame& f) {
        frame any{.what = frame_kind::key};
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
    int calls_ = 0;
    std::vector<std::pair<std::uint32_t, readings>> waiting_;
};

void token_masks::allow(const readings& now, const frame_pool& below,
                        std::span<std::uint64_t> words) {
    if (words.size() >= trie_->words()) return walk(*this, below, words).run(now);
    // A model may have fewer tokens than its tokenizer.
    std::vector<std::uint64_t> all(trie_->words());
    walk(*this, below, all).run(now);
    unite(words, all);
}

std::shared_ptr<const token_masks::part> token_masks::part_below(const frame& f,
                                                                 std::uint32_t node) {
    cache::key k{f.what, f.graph, f.at, f.progress, f.length, f.partial, node};
    switch (f.what) {
        case frame_kind::key:
            return common_->find(k, [&] { return name_part(f, node); });
        case frame_kind::number:
            return own_->find(k, [&] { return number_part(f, node); });
        case frame_kind::text:
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

}  // namespace tessera::engine
