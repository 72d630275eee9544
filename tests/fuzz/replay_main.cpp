// Runs a target over the files given, and over those in the folders given: every test run repeats
// the corpus without a fuzzer.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "fuzz.hpp"

namespace {

void replay(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::cerr << file.filename().string() << '\n';
    tessera::fuzz::one_input(input);
}

}  // namespace

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) {
            replay(argv[i]);
            ++files;
            continue;
        }
        for (const auto& each : std::filesystem::directory_iterator(argv[i])) {
            replay(each.path());
            ++files;
        }
    }
    std::cout << files << " inputs\n";
    return files == 0;
}
