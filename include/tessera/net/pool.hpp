#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/clock.hpp"
#include "tessera/net/stream.hpp"

namespace tessera::net {

// Connections that wait for another call, by origin. Thread-safe.
template <class Lazy>
class basic_pool {
  public:
    basic_pool(std::size_t capacity, std::chrono::milliseconds longest_idle, const clock& time)
        : capacity_(capacity), longest_idle_(longest_idle), time_(time) {}

    // The connection to `origin` that was used last and is still open, moved to `io`; null if none.
    std::unique_ptr<stream> take(const std::string& origin, const executor& io) {
        while (std::optional<parked_stream> found = take_parked(origin)) {
            auto live = std::make_unique<stream>(io, *std::move(found));
            if (live->is_quiet()) return live;
        }
        return nullptr;
    }

    // Keeps a connection on which nothing is under way; the one kept longest makes room.
    void put(std::string origin, stream& used) {
        if (capacity_ == 0) return;
        std::optional<parked_stream> parked = used.park();
        if (!parked) return;
        std::vector<entry> closed;
        const std::lock_guard lock(mutex_);
        drop_old(closed);
        if (entries_.size() >= capacity_) {
            closed.push_back(std::move(entries_.front()));
            entries_.erase(entries_.begin());
        }
        entries_.push_back({std::move(origin), *std::move(parked), time_.now()});
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return entries_.size();
    }

  private:
    struct entry {
        std::string origin;
        parked_stream parked;
        std::chrono::steady_clock::time_point since;
    };

    std::optional<parked_stream> take_parked(const std::string& origin) {
        std::vector<entry> closed;
        const std::lock_guard lock(mutex_);
        drop_old(closed);
        for (std::size_t i = entries_.size(); i-- > 0;) {
            if (entries_[i].origin != origin) continue;
            std::optional<parked_stream> found(std::move(entries_[i].parked));
            entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
            return found;
        }
        return std::nullopt;
    }
    // Entries stand in the order in which they came.
    void drop_old(std::vector<entry>& closed) {
        const auto now = time_.now();
        std::size_t old = 0;
        while (old < entries_.size() && now - entries_[old].since >= longest_idle_) ++old;
        for (std::size_t i = 0; i < old; ++i) closed.push_back(std::move(entries_[i]));
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(old));
    }

    const std::size_t capacity_;
    const std::chrono::milliseconds longest_idle_;
    const clock& time_;
    mutable std::mutex mutex_;
    std::vector<entry> entries_;
};

using pool = basic_pool<void>;

}  // namespace tessera::net
