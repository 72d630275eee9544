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
    std::list<entry> closed, added;
    added.push_back({std::move(origin), std::move(parked), time_.now()});
    const std::lock_guard lock(mutex_);
    drop_old(closed);
    if (entries_.size() >= capacity_) closed.splice(closed.end(), entries_, entries_.begin());
    entries_.splice(entries_.end(), added);
}

TESSERA_DEF
std::size_t pool::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

TESSERA_DEF
parked_stream pool::take_parked(const std::string& origin) {
    std::list<entry> closed;
    const std::lock_guard lock(mutex_);
    drop_old(closed);
    for (auto each = entries_.end(); each != entries_.begin();) {
        if ((--each)->origin != origin) continue;
        parked_stream found(std::move(each->parked));
        entries_.erase(each);
        return found;
    }
    return {};
}

TESSERA_DEF
void pool::drop_old(std::list<entry>& closed) {
    const auto now = time_.now();
    while (!entries_.empty() && now - entries_.front().since >= longest_idle_)
        closed.splice(closed.end(), entries_, entries_.begin());
}

}  // namespace tessera::net
