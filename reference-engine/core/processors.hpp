#pragma once

#include <filesystem>
#include <optional>

namespace tessera::engine {

/// The processors' worth of time that the control groups of this process leave it, rounded up: the
/// least of cpu.max (version 2) and cpu.cfs_quota_us (version 1) from its own group to the top.
/// None without a quota. `root` is where /proc and /sys are.
std::optional<int> processor_quota(const std::filesystem::path& root = "/");

/// The threads that can compute at the same time, at least 1: as many as the process's affinity
/// mask has processors, and no more than its quota.
int usable_processors(const std::filesystem::path& root = "/");

}  // namespace tessera::engine
