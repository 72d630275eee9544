#include "durability/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tessera::durability {
namespace {

namespace fs = std::filesystem;

enum class event : std::int64_t {
    wrote,    // `bytes` were there before, and the file had `size`
    created,  // in the folder `parent`
    synced,   // a file, or the entries of a folder
    all_synced,
    gone  // whatever gets its number is another file
};

struct note {
    event what = event::wrote;
    std::uint64_t file = 0;  // by its inode
    std::uint64_t parent = 0;
    std::int64_t offset = 0;
    std::int64_t size = 0;
    std::int64_t length = 0;  // of the bytes that follow
};

struct forgetful_disk {
    std::string folder;
    int notes = -1;
    syncs how = syncs::work;
    std::mutex turn;  // a write and its note are one
    std::set<std::uint64_t> known;
};

// Null where this process writes to the real one. Never freed: files are written until the end.
std::atomic<forgetful_disk*> disk{nullptr};

void add(const forgetful_disk& to, note made, const std::string& bytes = {}) {
    made.length = static_cast<std::int64_t>(bytes.size());
    std::string whole(reinterpret_cast<const char*>(&made), sizeof made);
    whole += bytes;
    ::syscall(SYS_write, to.notes, whole.data(), whole.size());
}

std::string path_of(int fd) {
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return {path, size < 0 ? 0U : static_cast<std::size_t>(size)};
}

bool is_below(const forgetful_disk& at, const std::string& path) {
    return path == at.folder || path.compare(0, at.folder.size() + 1, at.folder + "/") == 0;
}

void note_created(forgetful_disk& at, std::uint64_t file, const std::string& path) {
    at.known.insert(file);
    struct stat parent {};
    if (::stat(fs::path(path).parent_path().c_str(), &parent) == 0)
        add(at, {.what = event::created, .file = file, .parent = parent.st_ino});
}

// Before so many bytes are written there, or the file is cut there.
void note_change(forgetful_disk& at, int fd, std::int64_t offset, std::int64_t length) {
    struct stat now {};
    if (::fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return;
    const std::string path = path_of(fd);
    if (!is_below(at, path)) return;
    if (now.st_size == 0 && !at.known.contains(now.st_ino)) note_created(at, now.st_ino, path);
    at.known.insert(now.st_ino);
    const std::int64_t kept = std::clamp<std::int64_t>(now.st_size - offset, 0, length);
    std::string before(static_cast<std::size_t>(kept), '\0');
    // The descriptor may be for writing alone.
    const auto reading =
        static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0));
    ::syscall(SYS_pread64, reading, before.data(), before.size(), offset);
    ::syscall(SYS_close, reading);
    add(at, {.what = event::wrote, .file = now.st_ino, .offset = offset, .size = now.st_size},
        before);
}

std::int64_t place_of(int fd) {
    if ((::fcntl(fd, F_GETFL) & O_APPEND) != 0) {
        struct stat now {};
        ::fstat(fd, &now);
        return now.st_size;
    }
    return ::syscall(SYS_lseek, fd, 0, SEEK_CUR);
}

template <class Change>
auto changing(int fd, std::optional<std::int64_t> offset, std::int64_t length, Change change) {
    forgetful_disk* const at = disk;
    if (!at || fd == at->notes) return change();
    const std::lock_guard turn(at->turn);
    note_change(*at, fd, offset ? *offset : place_of(fd), length);
    return change();
}

int sync_file(int fd, long call) {
    forgetful_disk* const at = disk;
    if (!at) return static_cast<int>(::syscall(call, fd));
    const std::lock_guard turn(at->turn);
    struct stat now {};
    if (::fstat(fd, &now) == 0 && at->how == syncs::work)
        add(*at, {.what = event::synced, .file = now.st_ino});
    return 0;
}

// Before a name is removed, or taken by another file.
void forget(int folder, const char* name) {
    forgetful_disk* const at = disk;
    struct stat now {};
    if (!at || ::fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_nlink > 1) return;
    const std::lock_guard turn(at->turn);
    at->known.erase(now.st_ino);
    add(*at, {.what = event::gone, .file = now.st_ino});
}

}  // namespace

void write_to_forgetful_disk(const fs::path& folder, const fs::path& notes, syncs how) {
    auto* const made = new forgetful_disk;
    made->folder = fs::canonical(folder);
    made->notes = ::open(notes.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    made->how = how;
    for (const fs::directory_entry& each : fs::recursive_directory_iterator(folder)) {
        struct stat now {};
        if (::stat(each.path().c_str(), &now) == 0) made->known.insert(now.st_ino);
    }
    disk = made;
}

void cut_power(const fs::path& folder, const fs::path& notes) {
    struct change {
        note what;
        std::string bytes;
    };
    std::vector<change> pending;
    std::ifstream in(notes, std::ios::binary);
    note each;
    while (in.read(reinterpret_cast<char*>(&each), sizeof each)) {
        std::string bytes(static_cast<std::size_t>(each.length), '\0');
        if (!in.read(bytes.data(), each.length)) break;
        const auto is_done = [&](const change& one) {
            switch (each.what) {
                case event::synced:
                    return one.what.what == event::created ? one.what.parent == each.file
                                                           : one.what.file == each.file;
                case event::gone:
                    return one.what.file == each.file;
                case event::all_synced:
                    return true;
                case event::wrote:
                case event::created:
                    break;
            }
            return false;
        };
        if (each.what == event::wrote || each.what == event::created)
            pending.push_back({each, std::move(bytes)});
        else
            std::erase_if(pending, is_done);
    }
    std::map<std::uint64_t, fs::path> places;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        struct stat now {};
        if (::stat(entry.path().c_str(), &now) == 0) places[now.st_ino] = entry.path();
    }
    for (auto one = pending.rbegin(); one != pending.rend(); ++one) {
        const auto place = places.find(one->what.file);
        if (place == places.end()) continue;
        if (one->what.what == event::created) {
            std::error_code ignored;
            fs::remove_all(place->second, ignored);
            continue;
        }
        const int file = ::open(place->second.c_str(), O_WRONLY | O_CLOEXEC);
        if (file < 0) continue;
        const auto* const bytes = one->bytes.data();
        if (::pwrite(file, bytes, one->bytes.size(), one->what.offset) < 0 ||
            ::ftruncate(file, one->what.size) < 0)
            std::perror("cut_power");
        ::close(file);
    }
    fs::remove(notes);
}

}  // namespace tessera::durability

// The system's calls of this program and of the libraries that it is linked to.
using tessera::durability::changing;
using tessera::durability::event;
using tessera::durability::forget;
using tessera::durability::sync_file;

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
    return changing(fd, std::nullopt, static_cast<std::int64_t>(size),
                    [&] { return ::syscall(SYS_write, fd, bytes, size); });
}
ssize_t writev(int fd, const iovec* parts, int count) {
    std::int64_t size = 0;
    for (int i = 0; i < count; ++i) size += static_cast<std::int64_t>(parts[i].iov_len);
    return changing(fd, std::nullopt, size,
                    [&] { return ::syscall(SYS_writev, fd, parts, count); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
    return changing(fd, offset, static_cast<std::int64_t>(size),
                    [&] { return ::syscall(SYS_pwrite64, fd, bytes, size, offset); });
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    return pwrite64(fd, bytes, size, offset);
}
int ftruncate64(int fd, off64_t length) noexcept {
    return changing(fd, length, std::int64_t{1} << 40,
                    [&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, length)); });
}
int ftruncate(int fd, off_t length) noexcept { return ftruncate64(fd, length); }
int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }
void sync() noexcept {
    using namespace tessera::durability;
    forgetful_disk* const at = disk;
    if (!at) {
        ::syscall(SYS_sync);
        return;
    }
    const std::lock_guard turn(at->turn);
    if (at->how == syncs::work) add(*at, {.what = event::all_synced});
}
int mkdir(const char* path, mode_t mode) noexcept {
    using namespace tessera::durability;
    const int made = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
    forgetful_disk* const at = disk;
    if (!at || made != 0) return made;
    const std::lock_guard turn(at->turn);
    struct stat now {};
    if (::stat(path, &now) == 0 && is_below(*at, path)) note_created(*at, now.st_ino, path);
    return made;
}
int unlinkat(int folder, const char* name, int flags) noexcept {
    forget(folder, name);
    return static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
int unlink(const char* name) noexcept { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char* name) noexcept { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char* name) noexcept {
    const int removed = unlink(name);
    return removed != 0 && errno == EISDIR ? rmdir(name) : removed;
}
int rename(const char* from, const char* to) noexcept {
    forget(AT_FDCWD, to);
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

}  // extern "C"
