#pragma once
// The gateway's configuration follows its file.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cortex/gateway.hpp"
#include "jobs/loop.hpp"

namespace tessera::server::cortex {

/// Looks at the files of the settings every so often. What they say of the gateway is in force from
/// the next request on; a broken one is refused, with its line in the log, and nothing changes.
class reloading {
  public:
    static constexpr std::chrono::milliseconds interval{500};

    /// `of` outlives it. Without files there is nothing to follow.
    explicit reloading(gateway& of);
    void stop() { loop_.stop(); }

  private:
    // What tells one state of a file from the next.
    struct mark {
        std::filesystem::file_time_type written{};
        std::uintmax_t size = 0;
        std::uintmax_t inode = 0;

        bool operator==(const mark&) const = default;
    };

    std::vector<mark> marks() const;
    void look();
    void read();

    gateway& of_;
    std::vector<std::filesystem::path> files_;
    std::vector<mark> seen_;
    loop loop_;
};

}  // namespace tessera::server::cortex
