#include "cortex/model_names.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "tessera/http/grammar.hpp"

namespace tessera::server::cortex {
namespace {

bool is_number(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), &http::is_digit);
}

std::vector<std::string_view> words_of(std::string_view id) {
    std::vector<std::string_view> words;
    while (!id.empty()) {
        const std::size_t end = id.find('-');
        if (end != 0) words.push_back(id.substr(0, end));
        id.remove_prefix(end == id.npos ? id.size() : end + 1);
    }
    return words;
}

std::optional<std::chrono::sys_days> day_of(std::string_view year, std::string_view month,
                                            std::string_view day) {
    const auto number = [](std::string_view text) {
        unsigned made = 0;
        std::from_chars(text.data(), text.data() + text.size(), made);
        return made;
    };
    const std::chrono::year_month_day made{std::chrono::year(static_cast<int>(number(year))),
                                           std::chrono::month(number(month)),
                                           std::chrono::day(number(day))};
    if (!made.ok() || made.year() < std::chrono::year(2000)) return std::nullopt;
    return std::chrono::sys_days(made);
}

// How many words at the end are a date, and which.
std::pair<std::size_t, std::optional<std::chrono::sys_days>> date_in(
    const std::vector<std::string_view>& words) {
    if (words.empty() || !is_number(words.back())) return {0, std::nullopt};
    const std::string_view last = words.back();
    if (last.size() == 8)
        if (const auto day = day_of(last.substr(0, 4), last.substr(4, 2), last.substr(6, 2)))
            return {1, day};
    if (words.size() < 3 || last.size() != 2) return {0, std::nullopt};
    const std::string_view month = words[words.size() - 2], year = words[words.size() - 3];
    if (!is_number(month) || month.size() != 2 || !is_number(year) || year.size() != 4)
        return {0, std::nullopt};
    const auto day = day_of(year, month, last);
    return {day ? 3 : 0, day};
}

std::string capitalised(std::string_view word) {
    if (word == "gpt") return "GPT";
    std::string made(word);
    if (made.front() >= 'a' && made.front() <= 'z')
        made.front() = static_cast<char>(made.front() - 'a' + 'A');
    return made;
}

}  // namespace

std::string display_name_of(std::string_view id) {
    std::vector<std::string_view> words = words_of(id.substr(id.rfind('/') + 1));
    const std::size_t date = date_in(words).first;
    if (date < words.size()) words.resize(words.size() - date);
    std::string made;
    bool after_number = false;
    for (const std::string_view word : words) {
        const bool number = is_number(word);
        // Versions are parted by what parts words.
        if (!made.empty()) made += number && after_number ? '.' : ' ';
        made += capitalised(word);
        after_number = number;
    }
    return made.empty() ? std::string(id) : made;
}

std::optional<std::chrono::sys_days> release_of(std::string_view id) {
    return date_in(words_of(id)).second;
}

}  // namespace tessera::server::cortex
