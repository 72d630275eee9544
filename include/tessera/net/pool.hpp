#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "tessera/core/clock.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/net/stream.hpp"

namespace tessera::net {

// Connections that wait for another call, by origin. Thread-safe.
class pool {
  public:
    pool(std::size_t capacity, std::chrono::milliseconds longest_idle, const clock& time)
        : capacity_(capacity), longest_idle_(longest_idle), time_(time) {}

    // The connection to `origin` that was used last and is still open, moved to `io`; null if none.
    TESSERA_COLD_DECL std::unique_ptr<stream> take(const std::string& origin, const executor& io);

    // Keeps a connection on which nothing is under way; the one kept longest makes room.
    TESSERA_COLD_DECL void put(std::string origin, stream& used);

    TESSERA_COLD_DECL std::size_t size() const;

  private:
    struct entry {
        std::string origin;
        parked_stream parked;
        std::chrono::steady_clock::time_point since;
    };

    TESSERA_COLD_DECL parked_stream take_parked(const std::string& origin);
    TESSERA_COLD_DECL void drop_old(std::list<entry>& closed);

    const std::size_t capacity_;
    const std::chrono::milliseconds longest_idle_;
    const clock& time_;
    mutable std::mutex mutex_;
    std::list<entry> entries_;  // in the order in which they came
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/pool_impl.hpp"
#endif
