#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::fuzz {

using pieces = std::vector<std::string_view>;

// What must hold for every input: ends the program, which fuzzer and replay both report.
inline void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "property broken: %s\n", what);
    std::abort();
}

inline pieces cut(std::string_view text, std::size_t longest, std::uint32_t seed) {
    std::minstd_rand random(seed);
    pieces cuts;
    while (!text.empty()) {
        cuts.push_back(text.substr(0, 1 + random() % longest));
        text.remove_prefix(cuts.back().size());
    }
    return cuts;
}

// Checks that run(pieces) is the same for the whole input and for its parts, and answers it.
template <class Run>
auto same_at_splits(std::string_view input, Run run) {
    const auto whole = run(pieces{input});
    check(run(cut(input, 1, 1)) == whole, "bytes one by one give the same result");
    const auto seed = static_cast<std::uint32_t>(std::hash<std::string_view>{}(input));
    check(run(cut(input, 5, seed)) == whole, "short pieces give the same result");
    check(run(cut(input, 100, seed)) == whole, "long pieces give the same result");
    return whole;
}

// The target: one per program.
void one_input(std::string_view input);

}  // namespace tessera::fuzz
