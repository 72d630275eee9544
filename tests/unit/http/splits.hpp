#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace tessera::http::test {

// Calls run(pieces) for the whole text and expects the same of every cut in two, of every piece
// size up to 16, and of every cut in three where the text is short. Answers the result for the
// whole.
template <class Run>
auto at_every_split(std::string_view text, Run run) {
    using pieces = std::vector<std::string_view>;
    const auto whole = run(pieces{text});
    for (std::size_t i = 0; i <= text.size(); ++i) {
        EXPECT_EQ(run(pieces{text.substr(0, i), text.substr(i)}), whole) << "cut at " << i;
        if (text.size() > 120) continue;
        for (std::size_t k = i; k <= text.size(); ++k)
            EXPECT_EQ(run(pieces{text.substr(0, i), text.substr(i, k - i), text.substr(k)}), whole)
                << "cut at " << i << " and " << k;
    }
    for (std::size_t size = 1; size <= 16; ++size) {
        pieces all;
        for (std::size_t at = 0; at < text.size(); at += size) all.push_back(text.substr(at, size));
        EXPECT_EQ(run(all), whole) << "pieces of " << size;
    }
    return whole;
}

}  // namespace tessera::http::test
