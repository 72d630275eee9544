#include "cortex/reloading.hpp"

#include <sys/stat.h>

#include <utility>

#include "core/options.hpp"

namespace tessera::server::cortex {

reloading::reloading(gateway& of)
    : of_(of), files_(of.common.options.settings_files), loop_(of.time) {
    if (files_.empty()) return;
    seen_ = marks();
    loop_.at(of_.time.now() + interval, [this] { look(); });
}

std::vector<reloading::mark> reloading::marks() const {
    std::vector<mark> all;
    for (const std::filesystem::path& each : files_) {
        mark& made = all.emplace_back();
        std::error_code ignored;
        made.written = std::filesystem::last_write_time(each, ignored);
        made.size = std::filesystem::file_size(each, ignored);
        struct stat found {};
        if (::stat(each.c_str(), &found) == 0) made.inode = found.st_ino;
    }
    return all;
}

void reloading::look() {
    // Of when it began: who sees what it says may move the clock before it ends.
    const auto next = of_.time.now() + interval;
    if (auto now = marks(); now != seen_) {
        seen_ = std::move(now);
        read();
    }
    loop_.at(next, [this] { look(); });
}

void reloading::read() {
    auto next = with_settings({}, files_.front());
    if (!next) return of_.log("the settings before stay in force: " + next.error().message);
    if (files_ != next->settings_files) {
        files_ = next->settings_files;
        seen_ = marks();
    }
    of_.configure(std::move(next->cortex));
    of_.log("the settings of " + files_.front().string() + " are in force");
}

}  // namespace tessera::server::cortex
