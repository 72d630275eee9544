#include "emissary/testing/functions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "emissary/testing/sources.hpp"
#include "tessera/json.hpp"
#include "tessera/json/text.hpp"

namespace tessera::server::emissary {
namespace {

std::string_view stripped(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// The UTF-8 sequences of the text, at most so many.
std::vector<std::string_view> characters(std::string_view text, std::size_t most) {
    std::vector<std::string_view> made;
    while (!text.empty() && made.size() < most) {
        const int size = json::detail::utf8_sequence(text);
        made.push_back(text.substr(0, static_cast<std::size_t>(std::abs(size))));
        text.remove_prefix(made.back().size());
    }
    return made;
}

double exact_match(std::string_view completion, std::string_view expected) {
    return stripped(completion) == stripped(expected) ? 1 : 0;
}

double contains_expected(std::string_view completion, std::string_view expected) {
    return completion.find(stripped(expected)) != completion.npos ? 1 : 0;
}

double length_ratio(std::string_view completion, std::string_view expected) {
    const std::size_t one = json::detail::code_points(stripped(completion));
    const std::size_t other = json::detail::code_points(stripped(expected));
    if (one == other) return 1;
    return static_cast<double>(std::min(one, other)) / static_cast<double>(std::max(one, other));
}

double similarity_score(std::string_view completion, std::string_view expected) {
    constexpr std::size_t most = 2000;
    const auto left = characters(stripped(completion), most);
    const auto right = characters(stripped(expected), most);
    const std::size_t longest = std::max(left.size(), right.size());
    if (longest == 0) return 1;
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min(
                {above + 1, row[j - 1] + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return 1 - static_cast<double>(row.back()) / static_cast<double>(longest);
}

double json_valid(std::string_view completion, std::string_view) {
    if (completion.starts_with("\xef\xbb\xbf")) return 0;
    return json::parse(completion, {.depth = 100}) ? 1 : 0;
}

constexpr std::array<test_function, 5> all{{
    {"exact_match_shared", sources::exact_match, &exact_match},
    {"similarity_score_shared", sources::similarity_score, &similarity_score},
    {"contains_expected_shared", sources::contains_expected, &contains_expected},
    {"json_valid_shared", sources::json_valid, &json_valid},
    {"length_ratio_shared", sources::length_ratio, &length_ratio},
}};

}  // namespace

std::span<const test_function> test_functions() { return all; }

const test_function* find_test_function(std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const test_function& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace tessera::server::emissary
