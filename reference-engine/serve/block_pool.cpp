#include "serve/block_pool.hpp"

#include <algorithm>

namespace tessera::engine {

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

std::optional<int> block_pool::allocate() {
    int block;
    if (!free_.empty()) {
        block = free_.back();
        free_.pop_back();
    } else if (!unused_.empty()) {
        block = unused_.front();
        unused_.pop_front();
        auto& e = entries_[static_cast<std::size_t>(block)];
        known_.erase(e.content);
        e.link = root;
    } else {
        return std::nullopt;
    }
    entries_[static_cast<std::size_t>(block)].users = 1;
    return block;
}

std::optional<block_pool::match> block_pool::find(chain before, std::span<const int> tokens) {
    const auto found = known_.find(make_key(before, tokens));
    if (found == known_.end()) return std::nullopt;
    auto& e = entries_[static_cast<std::size_t>(found->second)];
    if (e.users++ == 0) unused_.erase(e.place);
    return match{found->second, e.link};
}

block_pool::chain block_pool::publish(int block, chain before, std::span<const int> tokens) {
    const auto [place, added] = known_.try_emplace(make_key(before, tokens), block);
    auto& e = entries_[static_cast<std::size_t>(place->second)];
    if (added) {
        e.link = next_link_++;
        e.content = place->first;
    }
    return e.link;
}

void block_pool::release(int block) {
    auto& e = entries_[static_cast<std::size_t>(block)];
    if (--e.users > 0) return;
    if (e.link == root) {
        free_.push_back(block);
    } else {
        e.place = unused_.insert(unused_.end(), block);
    }
}

}  // namespace tessera::engine
