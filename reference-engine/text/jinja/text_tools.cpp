#include "text/jinja/text_tools.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

/// Knuth, Morris and Pratt.
template <class Iterator>
Iterator search(Iterator first, Iterator last, Iterator needle, std::size_t size) {
    const auto at = [&](std::size_t i) { return needle[static_cast<std::ptrdiff_t>(i)]; };
    std::vector<std::uint32_t> borders(size, 0);
    std::uint32_t matched = 0;
    for (std::size_t i = 1; i < size; ++i) {
        while (matched > 0 && at(i) != at(matched)) matched = borders[matched - 1];
        if (at(i) == at(matched)) ++matched;
        borders[i] = matched;
    }
    matched = 0;
    for (Iterator now = first; now != last; ++now) {
        while (matched > 0 && *now != at(matched)) matched = borders[matched - 1];
        if (*now == at(matched)) ++matched;
        if (matched == size) return now - static_cast<std::ptrdiff_t>(size - 1);
    }
    return last;
}

/// The characters that a text has.
class character_set {
  public:
    explicit character_set(std::string_view characters) {
        for (std::size_t at = 0; at < characters.size();) {
            const unicode::decoded c = unicode::decode(characters, at);
            points_.push_back(c.point);
            at += c.size;
        }
        std::ranges::sort(points_);
    }
    bool has(char32_t point) const { return std::ranges::binary_search(points_, point); }

  private:
    std::vector<char32_t> points_;
};

/// The plain way takes a needle's size times as long at worst.
constexpr std::size_t short_needle = 16;

}  // namespace

bool is_python_space(char32_t point) {
    return unicode::is_space(point) || (point >= 0x1c && point <= 0x1f);
}

std::string_view character_at(std::string_view text, std::size_t at) {
    return text.substr(at, unicode::decode(text, at).size);
}

std::size_t prefix_size(std::string_view text, std::uint64_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) at += unicode::decode(text, at).size;
    return at;
}

std::string_view strip(std::string_view text, const std::string* characters, bool left,
                       bool right) {
    const character_set given(characters != nullptr ? std::string_view(*characters) : "");
    const auto goes = [&](std::string_view c) {
        const char32_t point = unicode::decode(c, 0).point;
        return characters != nullptr ? given.has(point) : is_python_space(point);
    };
    while (left && !text.empty()) {
        const std::string_view c = character_at(text, 0);
        if (!goes(c)) break;
        text.remove_prefix(c.size());
    }
    while (right && !text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) --at;
        if (!goes(text.substr(at))) break;
        text.remove_suffix(text.size() - at);
    }
    return text;
}

std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from) {
    if (needle.size() <= short_needle) return text.find(needle, from);
    if (from > text.size() || needle.size() > text.size() - from) return std::string_view::npos;
    const auto* found =
        search(text.data() + from, text.data() + text.size(), needle.data(), needle.size());
    return found == text.data() + text.size() ? std::string_view::npos
                                              : static_cast<std::size_t>(found - text.data());
}

std::size_t rfind_text(std::string_view text, std::string_view needle) {
    if (needle.size() <= short_needle || needle.size() > text.size()) return text.rfind(needle);
    const auto found = search(text.rbegin(), text.rend(), needle.rbegin(), needle.size());
    return found == text.rend() ? std::string_view::npos
                                : static_cast<std::size_t>(text.rend() - found) - needle.size();
}

std::string_view take_line(std::string_view& rest, bool keep_end) {
    const std::string_view whole = rest;
    for (std::size_t at = 0; at < whole.size();) {
        const unicode::decoded c = unicode::decode(whole, at);
        const std::size_t end = at;
        at += c.size;
        const bool ends = (c.point >= '\n' && c.point <= '\r') ||
                          (c.point >= 0x1c && c.point <= 0x1e) || c.point == 0x85 ||
                          c.point == 0x2028 || c.point == 0x2029;
        if (!ends) continue;
        if (c.point == '\r' && at < whole.size() && whole[at] == '\n') ++at;
        rest = whole.substr(at);
        return whole.substr(0, keep_end ? at : end);
    }
    rest = {};
    return whole;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '\'':
                out += "&#39;";
                break;
            case '"':
                out += "&#34;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace tessera::engine::jinja
