#pragma once

#include <utility>

#include "tessera/net/pool.hpp"

namespace tessera::net {

TESSERA_DEF
std::unique_ptr<stream> pool::take(const std::string& origin, const executor& io) {
    while (parked_stream found = take_parked(origin)) {
        auto live = std::make_unique<stream>(io, std::move(found));
        if (live->is_quiet()) return live;
    }
    return nullptr;
}

TESSERA_DEF
void pool::put(std::string origin, stream& used) {
    if (capacity_ == 0) return;
    parked_stream parked = used.park();
    if (!parked) return;
    std::vector<entry> closed;
    const std::lock_guard lock(mutex_);
    drop_old(closed);
    if (entries_.size() >= capacity_) {
        closed.push_back(std::move(entries_.front()));
        entries_.erase(entries_.begin());
    }
    entries_.push_back({std::move(origin), std::move(parked), time_.now()});
}

TESSERA_DEF
std::size_t pool::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

TESSERA_DEF
parked_stream pool::take_parked(const std::string& origin) {
    std::vector<entry> closed;
    const std::lock_guard lock(mutex_);
    drop_old(closed);
    for (std::size_t i = entries_.size(); i-- > 0;) {
        if (entries_[i].origin != origin) continue;
        parked_stream found(std::move(entries_[i].parked));
        entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
        return found;
    }
    return {};
}

// Entries stand in the order in which they came.
TESSERA_DEF
void pool::drop_old(std::vector<entry>& closed) {
    const auto now = time_.now();
    std::size_t old = 0;
    while (old < entries_.size() && now - entries_[old].since >= longest_idle_) ++old;
    for (std::size_t i = 0; i < old; ++i) closed.push_back(std::move(entries_[i]));
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(old));
}

}  // namespace tessera::net
