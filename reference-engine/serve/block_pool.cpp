#include "serve/block_pool.hpp"

#include <algorithm>

namespace tessera::engine {
namespace {

// How many allocations for each block of the pool a kept one outlives.
constexpr std::uint64_t kept_rounds = 8;

}  // namespace

block_pool::block_pool(int blocks) : entries_(static_cast<std::size_t>(blocks)) {
    free_.reserve(entries_.size());
    for (int block = blocks - 1; block >= 0; --block) free_.push_back(block);
    known_.reserve(entries_.size());
}

std::size_t block_pool::key_hash::operator()(const key& k) const {
    std::uint64_t hash = k.before * 0x9e3779b97f4a7c15U;
    for (const int token : k.tokens) {
        hash = (hash ^ static_cast<std::uint32_t>(token)) * 0xbf58476d1ce4e5b9U;
        hash ^= hash >> 29;
    }
    return hash;
}

block_pool::key block_pool::make_key(chain before, std::span<const int> tokens) {
    key k{before, {}};
    std::copy_n(tokens.begin(), k.tokens.size(), k.tokens.begin());
    return k;
}

void block_pool::stop_keeping_first() {
    auto& kept = unused_[1];
    of(kept.front()).kept = false;
    unused_[0].splice(unused_[0].end(), kept, kept.begin());
}

std::optional<int> block_pool::allocate() {
    ++allocations_;
    while (!unused_[1].empty() && of(unused_[1].front()).kept_until <= allocations_) {
        stop_keeping_first();
    }
    int block;
    if (!free_.empty()) {
        block = free_.back();
        free_.pop_back();
    } else if (auto& unused = unused_[unused_[0].empty()]; !unused.empty()) {
        block = unused.front();
        unused.pop_front();
        known_.erase(of(block).content);
    } else {
        return std::nullopt;
    }
    of(block) = {};
    of(block).users = 1;
    return block;
}

std::optional<block_pool::match> block_pool::find(chain before, std::span<const int> tokens) {
    const auto found = known_.find(make_key(before, tokens));
    if (found == known_.end()) return std::nullopt;
    auto& e = of(found->second);
    if (e.users++ == 0) unused_[e.kept].erase(e.place);
    return match{found->second, e.link};
}

block_pool::chain block_pool::publish(int block, chain before, std::span<const int> tokens) {
    const auto [place, added] = known_.try_emplace(make_key(before, tokens), block);
    auto& e = of(place->second);
    if (added) {
        e.link = next_link_++;
        e.content = place->first;
    }
    return e.link;
}

void block_pool::release(int block, bool keep) {
    auto& e = of(block);
    if (keep) e.kept_until = allocations_ + kept_rounds * entries_.size();
    if (--e.users > 0) return;
    if (e.link == root) {
        free_.push_back(block);
        return;
    }
    e.kept = e.kept_until > allocations_;
    auto& unused = unused_[e.kept];
    e.place = unused.insert(unused.end(), block);
    if (unused_[1].size() > entries_.size() / 2) stop_keeping_first();
}

}  // namespace tessera::engine
