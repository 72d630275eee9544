#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace tessera::engine {

/// A whole regular file, read-only in memory. The pages stay valid until the object is destroyed
/// or assigned to; moving keeps their address. A file must not be truncated while it is mapped:
/// replace it by renaming another one over it.
class mapped_file {
  public:
    mapped_file() = default;
    /// Throws io with the path and the system's reason.
    static mapped_file open(const std::filesystem::path& path);

    mapped_file(mapped_file&& other) noexcept;
    mapped_file& operator=(mapped_file&& other) noexcept;
    ~mapped_file();

    std::span<const std::byte> bytes() const { return {data_, size_}; }
    std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

  private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace tessera::engine
