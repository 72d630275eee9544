#pragma once
// Speech for tests: of packages that scripts/setup.sh --with-speech installs.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tessera::test {

inline const std::filesystem::path cmu_recordings = "/usr/share/pocketsphinx/test/data";
/// Ten of clubs.
inline const std::filesystem::path a_recording = cmu_recordings / "cards/001.wav";

inline constexpr const char* need_recordings =
    "scripts/setup.sh --with-speech installs the recordings and what makes them: "
    "pocketsphinx-testdata, ffmpeg, espeak-ng, flite";

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream from(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(from), {});
}

/// What a command of the shell writes; empty where it fails.
inline std::string output_of(const std::string& command) {
    std::FILE* const from = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (!from) return {};
    std::string all;
    for (std::array<char, 65536> piece;
         const auto size = std::fread(piece.data(), 1, piece.size(), from);)
        all.append(piece.data(), size);
    return ::pclose(from) == 0 ? all : std::string();
}

/// Every format that is served, by its file name's extension, and FFmpeg's name for it.
struct sound_format {
    const char* extension;
    const char* as;
    bool takes_seeking = false;  // its writer goes back to the file's begin
};
inline constexpr std::array<sound_format, 9> sound_formats = {{{"mp3", "-f mp3"},
                                                               {"mp4", "-f mp4", true},
                                                               {"mpeg", "-f mpeg"},
                                                               {"mpga", "-f mp3"},
                                                               {"m4a", "-f ipod", true},
                                                               {"wav", "-f wav"},
                                                               {"flac", "-f flac"},
                                                               {"ogg", "-f ogg"},
                                                               {"webm", "-f webm -c:a libopus"}}};

/// A file in a format, by FFmpeg's program; empty where that is not installed.
inline std::string converted(const std::filesystem::path& from, const sound_format& to) {
    const std::string begin =
        "ffmpeg -v error -nostdin -bitexact -y -i '" + from.string() + "' " + to.as;
    if (!to.takes_seeking) return output_of(begin + " -");
    const auto folder = output_of("mktemp -d");
    if (folder.empty()) return {};
    const std::filesystem::path own = folder.substr(0, folder.find('\n'));
    output_of(begin + " '" + (own / "made").string() + "'");
    std::string made = bytes_of(own / "made");
    std::filesystem::remove_all(own);
    return made;
}

}  // namespace tessera::test
