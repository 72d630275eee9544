#pragma once

#include <filesystem>

namespace tessera::server::emissary {

/// Writes the files of a folder, not of those in it, as a tar archive (POSIX.1-1988 ustar). It
/// appears whole or not at all. Throws std::runtime_error.
void write_tar(const std::filesystem::path& folder, const std::filesystem::path& archive);

}  // namespace tessera::server::emissary
