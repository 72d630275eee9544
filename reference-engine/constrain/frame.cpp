#include "constrain/frame.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace tessera::engine {
namespace {

std::size_t hash_of(const frame& f) {
    std::size_t h = std::hash<std::string_view>()(f.text);
    const auto mix = [&](std::size_t x) { h = (h ^ x) * 0x9e3779b97f4a7c15U, h ^= h >> 29; };
    mix(reinterpret_cast<std::uintptr_t>(f.parent));
    mix(static_cast<std::size_t>(f.what) << 24 | static_cast<std::size_t>(f.in) << 16 |
        static_cast<std::size_t>(f.flag) << 8 | f.blanks);
    mix(static_cast<std::size_t>(f.graph) << 32 | static_cast<std::uint32_t>(f.at));
    mix(static_cast<std::size_t>(f.progress) << 32 | f.length);
    mix(static_cast<std::size_t>(f.partial) << 32 | static_cast<std::uint32_t>(f.depth));
    return h;
}

}  // namespace

const frame* frame_pool::find(const frame& f, std::size_t hash) const {
    const auto [first, last] = known_.equal_range(hash);
    for (auto i = first; i != last; ++i)
        if (*i->second == f) return i->second;
    return below_ ? below_->find(f, hash) : nullptr;
}

const frame* frame_pool::keep(frame f) {
    const std::size_t hash = hash_of(f);
    if (const frame* known = find(f, hash)) return known;
    frames_.push_back(std::move(f));
    known_.emplace(hash, &frames_.back());
    return &frames_.back();
}

void frame_pool::keep_only(std::vector<const frame*>& live) {
    frame_pool fresh(below_);
    for (const frame*& f : live) {
        std::vector<const frame*> chain;
        for (const frame* each = f; each; each = each->parent) chain.push_back(each);
        const frame* parent = nullptr;
        for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
            frame copy = **each;
            copy.parent = parent;
            parent = fresh.keep(std::move(copy));
        }
        f = parent;
    }
    std::swap(frames_, fresh.frames_);
    std::swap(known_, fresh.known_);
}

}  // namespace tessera::engine
