#include "constrain/token_masks.hpp"

#include <algorithm>

namespace tessera::engine {
namespace {

using kind = frame::kind;

constexpr std::uint32_t small_tree = 24;     // nodes that are walked sooner than looked up
constexpr std::size_t most_kept = 64 << 20;  // bytes

void set(std::span<std::uint64_t> words, token_id token) {
    const auto i = static_cast<std::size_t>(token);
    words[i / 64] |= std::uint64_t{1} << (i % 64);
}

// A name that may be any: inside it everything goes that a string may hold.
frame any_string(const frame& key) {
    frame made{.what = kind::key};
    made.partial = key.partial;
    return made;
}

}  // namespace

std::size_t token_masks::key_hash::operator()(const key& k) const {
    std::size_t h = 0;
    for (const std::uint64_t x : {std::uint64_t{static_cast<std::uint8_t>(k.what)} << 32 |
                                      static_cast<std::uint32_t>(k.graph),
                                  std::uint64_t{static_cast<std::uint32_t>(k.at)} << 32 |
                                      static_cast<std::uint32_t>(k.progress),
                                  std::uint64_t{k.length} << 32 | k.partial, std::uint64_t{k.node}})
        h = (h ^ x) * 0x9e3779b97f4a7c15U, h ^= h >> 29;
    return h;
}

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

    void scalar(std::uint32_t node, const frame& f) {
        const auto part = masks_.part_below(f, node);
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= part->inside[i];
        if (part->exits.empty()) return;
        const readings outside{f.what == kind::text ? f.parent : machine_.after(f)};
        for (const auto exit : part->exits) below(exit, outside);
    }

    void name(std::uint32_t node, const frame& f) {
        const auto part = masks_.part_below(any_string(f), node);
        for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= part->inside[i];
        std::vector<unsigned char> path;
        for (const auto exit : part->exits) {
            path.clear();
            for (auto i = exit; i != node; i = trie_[i].parent) path.push_back(trie_[i].byte);
            readings now{&f}, next;
            for (auto byte = path.rbegin(); byte != path.rend() && !now.empty(); ++byte) {
                next.clear();
                machine_.step(now, *byte, next);
                std::swap(now, next);
            }
            if (!now.empty()) here(exit, now);
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
    const key k{f.what, f.graph, f.at, f.progress, f.length, f.partial, node};
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = parts_.find(k); found != parts_.end()) return found->second;
    }
    auto made = make_part(f, node);
    const std::lock_guard lock(mutex_);
    kept_bytes_ += sizeof(part) + made->inside.size() * 8 + made->exits.size() * 4;
    if (kept_bytes_ > most_kept) {
        parts_.clear();
        kept_bytes_ = 0;
    }
    parts_.emplace(k, made);
    return made;
}

// Walks the scalar alone: its parent is a frame that nothing may follow, so that where it has ended
// no reading is left but that one.
std::shared_ptr<const token_masks::part> token_masks::make_part(const frame& f,
                                                                std::uint32_t node) const {
    const auto& trie = *trie_;
    auto made = std::make_shared<part>();
    made->inside.assign(trie.words(), 0);
    frame_pool pool;
    machine steps(grammar_, pool);
    const frame* const outside = pool.keep({});
    frame alone = f;
    alone.parent = outside;
    const bool name = f.what == kind::key;
    const auto ended_number = [&](const frame* at) {
        return at->what == kind::number && steps.complete(at);
    };
    const auto visit = [&](auto& self, std::uint32_t at, const frame* now) -> void {
        bool leaves = false;
        readings next;
        for (std::uint32_t child = at + 1; child < trie[at].end; child = trie[child].end) {
            const auto& n = trie[child];
            const frame* after = nullptr;
            if (name) {
                const auto read = json_character::read(now->partial, n.byte);
                if (read.what == json_character::outcome::bad) continue;
                if (read.what == json_character::outcome::end) {
                    made->exits.push_back(child);
                    continue;
                }
                frame on = *now;
                on.partial = read.what == json_character::outcome::unfinished
                                 ? read.rest
                                 : json_character::nothing;
                after = pool.keep(std::move(on));
            } else {
                next.clear();
                steps.step(now, n.byte, next);
                if (next.empty()) {
                    leaves = true;
                    continue;
                }
                after = next.front();
            }
            for (auto t = n.first_token; t < n.last_token; ++t) set(made->inside, trie.token(t));
            if (after == outside) {
                if (n.end > child + 1) made->exits.push_back(child);
            } else if (n.end > child + 1) {
                self(self, child, after);
            }
        }
        // Another byte than a number's may follow it.
        if (leaves && ended_number(now)) made->exits.push_back(at);
    };
    visit(visit, node, pool.keep(std::move(alone)));
    return made;
}

}  // namespace tessera::engine
