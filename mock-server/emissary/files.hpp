#pragma once
// The folder of what is too large for the database: datasets, checkpoints, results of tests.
#include <filesystem>
#include <optional>
#include <string_view>

namespace tessera::server::emissary {

/// Thread-safe. The folder is the server's user's alone. A file is written and synced before the row
/// that names it, and its row is removed before the file is: what has no row is nobody's, and is
/// removed when the server starts.
class files {
  public:
    /// Beside the database of that folder; without one in a temporary folder, which is removed in
    /// the end. Throws std::runtime_error, which says what is wrong with the folder.
    explicit files(const std::optional<std::filesystem::path>& data);
    ~files();
    files(const files&) = delete;
    files& operator=(const files&) = delete;

    /// The folder of one part ("datasets"), which is there.
    std::filesystem::path folder(std::string_view part) const;

    /// Writes a whole file, and returns once it is on the disk. Throws std::runtime_error.
    static void write(const std::filesystem::path& file, std::string_view content);
    /// Returns once a file, or a folder with all that is in it, is on the disk under its name.
    /// Throws std::runtime_error if it cannot be.
    static void sync(const std::filesystem::path& what);
    /// Removes a file, or a folder with all that is in it; nothing happens where there is none.
    static void remove(const std::filesystem::path& what) noexcept;

  private:
    std::filesystem::path root_;
    bool is_temporary_;
};

}  // namespace tessera::server::emissary
