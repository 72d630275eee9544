#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tessera/core/file.hpp"
#include "tessera/core/result.hpp"

namespace tessera {

/// Makes a file of bytes that come in pieces: in memory while they are few, else in a temporary
/// file of the system that has no name and goes with the last copy. Whoever writes bounds the size.
class spool {
  public:
    /// So many bytes stay in memory.
    explicit spool(std::size_t most_in_memory = 64 * 1024) : most_in_memory_(most_in_memory) {}

    /// Bytes that were written.
    std::uint64_t size() const noexcept { return size_; }
    /// An error when the disk does not take it; the spool is of no use then.
    result<void> write(std::string_view more);
    /// The file of all that was written, and the spool is empty again; the error where something
    /// could not be written.
    result<file> finish(std::string name, std::string content_type = {});

  private:
    struct disk {
        ~disk() {
            if (handle) std::fclose(handle);
        }
        result<std::size_t> read(std::uint64_t from, char* to, std::size_t most);

        std::mutex mutex;  // readers share the handle's position
        std::FILE* handle = nullptr;
    };
    static error failure(const char* what) {
        const int reason = errno;
        return {error_kind::internal_server,
                std::string("a temporary file cannot be ") + what + ": " +
                    std::generic_category().message(reason),
                0,
                {},
                0,
                {},
                {}};
    }
    result<void> write_out(std::string_view more);
    result<void> fail(const char* what) {
        failed_ = failure(what);
        return *failed_;
    }

    std::size_t most_in_memory_;
    std::uint64_t size_ = 0;
    std::string memory_;
    std::shared_ptr<disk> disk_;
    std::optional<error> failed_;
};

inline result<void> spool::write(std::string_view more) {
    if (failed_) return *failed_;
    size_ += more.size();
    if (!disk_ && memory_.size() + more.size() <= most_in_memory_) {
        memory_.append(more);
        return {};
    }
    if (!disk_) {
        auto opened = std::make_shared<disk>();
        opened->handle = std::tmpfile();
        if (!opened->handle) return fail("made");
        disk_ = std::move(opened);
        if (result<void> written = write_out(memory_); !written) return written;
        memory_ = {};
    }
    return write_out(more);
}

inline result<void> spool::write_out(std::string_view more) {
    if (std::fwrite(more.data(), 1, more.size(), disk_->handle) != more.size())
        return fail("written");
    return {};
}

inline result<file> spool::finish(std::string name, std::string content_type) {
    if (failed_) return *failed_;
    const std::uint64_t size = std::exchange(size_, 0);
    const std::shared_ptr<disk> kept = std::exchange(disk_, nullptr);
    if (!kept)
        return file::of(std::exchange(memory_, {})).as(std::move(name), std::move(content_type));
    if (std::fflush(kept->handle) != 0) return failure("written");
    const file::opener open = [kept]() -> result<file::reader> {
        return file::reader([kept, at = std::uint64_t{0}](char* to, std::size_t most) mutable {
            result<std::size_t> read = kept->read(at, to, most);
            if (read) at += *read;
            return read;
        });
    };
    return file::from(open, {}, size).as(std::move(name), std::move(content_type));
}

inline result<std::size_t> spool::disk::read(std::uint64_t from, char* to, std::size_t most) {
    const std::lock_guard lock(mutex);
#ifdef _WIN32
    const int moved = ::_fseeki64(handle, static_cast<long long>(from), SEEK_SET);
#else
    const int moved = ::fseeko(handle, static_cast<off_t>(from), SEEK_SET);
#endif
    if (moved != 0) return failure("read");
    std::clearerr(handle);
    const std::size_t size = std::fread(to, 1, most, handle);
    if (size == 0 && std::ferror(handle)) return failure("read");
    return size;
}

}  // namespace tessera
