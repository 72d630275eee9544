#include "emissary/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tessera::server::emissary {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& place, const std::string& what, int reason) {
    throw std::runtime_error(place.string() + " " + what + ": " +
                             std::generic_category().message(reason));
}

void make_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::create_directories(folder, failed)) {
        fs::permissions(folder, fs::perms::owner_all, failed);
        files::sync(folder.parent_path());
    }
    if (failed) fail(folder, "cannot be made", failed.value());
}

fs::path temporary_folder() {
    std::string pattern = (fs::temp_directory_path() / "tessera-emissary-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) fail(pattern, "cannot be made", errno);
    return pattern;
}

void sync_one(const fs::path& what) {
    const int opened = ::open(what.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) fail(what, "cannot be opened", errno);
    const int reason = ::fsync(opened) == 0 ? 0 : errno;
    ::close(opened);
    if (reason != 0) fail(what, "cannot be written to the disk", reason);
}

}  // namespace

files::files(const std::optional<fs::path>& data) : is_temporary_(!data) {
    root_ = data ? *data / "emissary" : temporary_folder();
    make_folder(root_);
}

files::~files() {
    if (is_temporary_) remove(root_);
}

fs::path files::folder(std::string_view part) const {
    fs::path made = root_ / part;
    make_folder(made);
    return made;
}

void files::write(const fs::path& file, std::string_view content) {
    std::ofstream to(file, std::ios::binary | std::ios::trunc);
    to << content;
    to.close();
    if (!to) throw std::runtime_error(file.string() + " cannot be written: is the disk full?");
    sync(file);
}

void files::sync(const fs::path& what) {
    if (fs::is_directory(what))
        for (const fs::directory_entry& each : fs::recursive_directory_iterator(what))
            sync_one(each.path());
    sync_one(what);
    sync_one(what.parent_path());
}

void files::remove(const fs::path& what) noexcept {
    std::error_code ignored;
    fs::remove_all(what, ignored);
}

}  // namespace tessera::server::emissary
