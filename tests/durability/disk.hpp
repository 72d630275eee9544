#pragma once
// A disk that forgets: what a process wrote below a folder and did not sync is taken back when the
// power is cut. It stands between this program and the system's calls, which is why the program is
// one of its own.
#include <filesystem>

namespace tessera::durability {

/// What the disk does with syncs: what it is told, or nothing.
enum class syncs { work, are_ignored };

/// From now on all that this process writes below the folder is noted in `notes`, a file elsewhere.
void write_to_forgetful_disk(const std::filesystem::path& folder,
                             const std::filesystem::path& notes, syncs how);

/// Takes back what was written and not synced by processes that are over, and empties the notes.
void cut_power(const std::filesystem::path& folder, const std::filesystem::path& notes);

}  // namespace tessera::durability
