#include "core/processors.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace tessera::engine {
namespace {

namespace fs = std::filesystem;

constexpr int unlimited = std::numeric_limits<int>::max();

// "max" and -1 stand for no quota; neither reads as a positive number.
int processors_of(std::istream& quota, std::istream& period) {
    std::int64_t time = 0;
    std::int64_t of = 0;
    if (!(quota >> time) || !(period >> of) || time <= 0 || of <= 0) return unlimited;
    return static_cast<int>(std::min<std::int64_t>((time - 1) / of + 1, unlimited));
}

int limit_of(const fs::path& group) {
    std::ifstream both(group / "cpu.max");
    std::ifstream quota(group / "cpu.cfs_quota_us");
    std::ifstream period(group / "cpu.cfs_period_us");
    return std::min(processors_of(both, both), processors_of(quota, period));
}

// A container often sees its own group as the top, by whatever name others know it.
int least_limit(const fs::path& mount, const std::string& group) {
    fs::path at = fs::path(group).lexically_normal();
    int least = limit_of(mount);
    for (; at.has_relative_path(); at = at.parent_path()) {
        least = std::min(least, limit_of(mount / at.relative_path()));
    }
    return least;
}

int affine_processors() {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

std::optional<int> processor_quota(const fs::path& root) {
    const fs::path mounts = root / "sys/fs/cgroup";
    int least = unlimited;
    std::ifstream groups(root / "proc/self/cgroup");
    // hierarchy:controllers:group, see cgroups(7); version 2 lists no controllers.
    for (std::string line; std::getline(groups, line);) {
        const auto colon = line.find(':');
        const auto next = colon == line.npos ? colon : line.find(':', colon + 1);
        if (next == line.npos) continue;
        const std::string controllers = line.substr(colon + 1, next - colon - 1);
        const std::string group = line.substr(next + 1);
        if (controllers.empty()) {
            least = std::min(least, least_limit(mounts, group));
        } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
            least = std::min({least, least_limit(mounts / controllers, group),
                              least_limit(mounts / "cpu", group)});
        }
    }
    if (least == unlimited) return std::nullopt;
    return least;
}

int usable_processors(const fs::path& root) {
    return std::clamp(affine_processors(), 1, processor_quota(root).value_or(unlimited));
}

}  // namespace tessera::engine
