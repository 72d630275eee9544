#include "emissary/tar.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tessera::server::emissary {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 512;
using tar_header = std::array<char, block>;

// A field of a header: octal digits of that width.
void put_number(tar_header& to, std::size_t at, int width, std::uint64_t number) {
    char text[16];
    std::snprintf(text, sizeof text, "%0*llo", width, static_cast<unsigned long long>(number));
    std::copy_n(text, width, to.begin() + static_cast<std::ptrdiff_t>(at));
}
void put_text(tar_header& to, std::size_t at, std::string_view text) {
    std::ranges::copy(text, to.begin() + static_cast<std::ptrdiff_t>(at));
}

tar_header header_of(const std::string& name, std::uint64_t size) {
    // Fields are as wide as the format says; their ends are NUL.
    constexpr std::uint64_t most = (std::uint64_t{1} << 33) - 1;
    if (name.size() >= 100 || size > most)
        throw std::runtime_error(name + " is too large for an archive");
    tar_header made{};
    put_text(made, 0, name);
    put_number(made, 100, 7, 0644);
    put_number(made, 108, 7, 0);
    put_number(made, 116, 7, 0);
    put_number(made, 124, 11, size);
    put_number(made, 136, 11, 0);
    put_text(made, 148, "        ");
    made[156] = '0';
    put_text(made, 257, std::string_view("ustar\00000", 8));
    const auto sum = std::accumulate(
        made.begin(), made.end(), std::uint64_t{0},
        [](std::uint64_t so_far, char each) { return so_far + static_cast<unsigned char>(each); });
    put_number(made, 148, 6, sum);
    made[154] = '\0';
    return made;
}

}  // namespace

void write_tar(const fs::path& folder, const fs::path& archive) {
    static std::atomic<std::uint64_t> number{0};
    fs::path partial = archive;
    partial += ".partial-" + std::to_string(++number);
    std::set<fs::path> files;
    for (const fs::directory_entry& each : fs::directory_iterator(folder))
        if (each.is_regular_file()) files.insert(each.path());
    {
        std::ofstream to(partial, std::ios::binary | std::ios::trunc);
        const auto pad = [&](std::uint64_t written) {
            const std::string zeros((block - written % block) % block, '\0');
            to << zeros;
        };
        for (const fs::path& each : files) {
            const std::uint64_t size = fs::file_size(each);
            const tar_header header = header_of(each.filename().string(), size);
            to.write(header.data(), block);
            std::ifstream from(each, std::ios::binary);
            if (size != 0) to << from.rdbuf();
            pad(size);
        }
        to << std::string(2 * block, '\0');
        to.close();
        if (!to) {
            std::error_code ignored;
            fs::remove(partial, ignored);
            throw std::runtime_error(archive.string() + " cannot be written: is the disk full?");
        }
    }
    fs::rename(partial, archive);
}

}  // namespace tessera::server::emissary
