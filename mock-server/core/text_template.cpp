#include "core/text_template.hpp"

#include <algorithm>
#include <utility>

namespace tessera::server {
namespace {

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

result<text_template> text_template::read(std::string_view text) {
    text_template made;
    std::string plain;
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        plain += text.substr(0, brace);
        if (brace == text.npos) break;
        const char found = text[brace];
        text.remove_prefix(brace + 1);
        if (text.starts_with(found)) {
            plain += found;
            text.remove_prefix(1);
            continue;
        }
        const std::size_t end = text.find('}');
        const std::string_view name = text.substr(0, end);
        if (found == '}' || end == text.npos || !is_name(name))
            return error{.kind = error_kind::invalid_argument,
                         .message =
                             "braces are for the name of a parameter: {name}; one that is "
                             "none is written twice"};
        if (!plain.empty()) made.pieces_.push_back({std::exchange(plain, {})});
        made.pieces_.push_back({std::string(name), true});
        text.remove_prefix(end + 1);
    }
    if (!plain.empty()) made.pieces_.push_back({std::move(plain)});
    return made;
}

std::vector<std::string> text_template::names() const {
    std::vector<std::string> all;
    for (const piece& each : pieces_)
        if (each.is_name && std::find(all.begin(), all.end(), each.text) == all.end())
            all.push_back(each.text);
    return all;
}

std::string text_template::fill(
    const std::function<std::string(const std::string& name)>& with) const {
    std::string made;
    for (const piece& each : pieces_) made += each.is_name ? with(each.text) : each.text;
    return made;
}

}  // namespace tessera::server
