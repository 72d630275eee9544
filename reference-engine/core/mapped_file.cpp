#include "core/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view doing, int reason) {
    throw engine_error(error_code::io, path.string() + ": cannot " + std::string(doing) + ": " +
                                           std::generic_category().message(reason));
}

struct descriptor {
    int fd;
    ~descriptor() { ::close(fd); }
};

}  // namespace

mapped_file mapped_file::open(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a FIFO by mistake must not wait for a writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) fail(path, "open", errno);
    const descriptor closer{fd};
    struct stat info {};
    if (::fstat(fd, &info) != 0) fail(path, "stat", errno);
    if (!S_ISREG(info.st_mode)) {
        throw engine_error(error_code::io, path.string() + ": not a regular file");
    }
    mapped_file file;
    if (info.st_size == 0) return file;
    const auto size = static_cast<std::size_t>(info.st_size);
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) fail(path, "map", errno);
    file.data_ = static_cast<const std::byte*>(data);
    file.size_ = size;
    return file;
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

mapped_file::~mapped_file() {
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace tessera::engine
