#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "text/unicode.hpp"

namespace tessera::engine::unicode {
namespace {

/// Characters whose upper case is more than one, from the standard's SpecialCasing.txt.
struct special_case {
    char32_t point;
    std::string_view upper;
    std::string_view title;
};
constexpr special_case special_cases[] = {{0x00df, "SS", "Ss"},
                                          {0x0149, "\u02bcN", "\u02bcN"},
                                          {0x01f0, "J\u030c", "J\u030c"},
                                          {0x0390, "\u0399\u0308\u0301", "\u0399\u0308\u0301"},
                                          {0x03b0, "\u03a5\u0308\u0301", "\u03a5\u0308\u0301"},
                                          {0x0587, "\u0535\u0552", "\u0535\u0582"},
                                          {0x1e96, "H\u0331", "H\u0331"},
                                          {0x1e97, "T\u0308", "T\u0308"},
                                          {0x1e98, "W\u030a", "W\u030a"},
                                          {0x1e99, "Y\u030a", "Y\u030a"},
                                          {0x1e9a, "A\u02be", "A\u02be"},
                                          {0x1f50, "\u03a5\u0313", "\u03a5\u0313"},
                                          {0x1f52, "\u03a5\u0313\u0300", "\u03a5\u0313\u0300"},
                                          {0x1f54, "\u03a5\u0313\u0301", "\u03a5\u0313\u0301"},
                                          {0x1f56, "\u03a5\u0313\u0342", "\u03a5\u0313\u0342"},
                                          {0x1f80, "\u1f08\u0399", "\u1f88"},
                                          {0x1f81, "\u1f09\u0399", "\u1f89"},
                                          {0x1f82, "\u1f0a\u0399", "\u1f8a"},
                                          {0x1f83, "\u1f0b\u0399", "\u1f8b"},
                                          {0x1f84, "\u1f0c\u0399", "\u1f8c"},
                                          {0x1f85, "\u1f0d\u0399", "\u1f8d"},
                                          {0x1f86, "\u1f0e\u0399", "\u1f8e"},
                                          {0x1f87, "\u1f0f\u0399", "\u1f8f"},
                                          {0x1f88, "\u1f08\u0399", "\u1f88"},
                                          {0x1f89, "\u1f09\u0399", "\u1f89"},
                                          {0x1f8a, "\u1f0a\u0399", "\u1f8a"},
                                          {0x1f8b, "\u1f0b\u0399", "\u1f8b"},
                                          {0x1f8c, "\u1f0c\u0399", "\u1f8c"},
                                          {0x1f8d, "\u1f0d\u0399", "\u1f8d"},
                                          {0x1f8e, "\u1f0e\u0399", "\u1f8e"},
                                          {0x1f8f, "\u1f0f\u0399", "\u1f8f"},
                                          {0x1f90, "\u1f28\u0399", "\u1f98"},
                                          {0x1f91, "\u1f29\u0399", "\u1f99"},
                                          {0x1f92, "\u1f2a\u0399", "\u1f9a"},
                                          {0x1f93, "\u1f2b\u0399", "\u1f9b"},
                                          {0x1f94, "\u1f2c\u0399", "\u1f9c"},
                                          {0x1f95, "\u1f2d\u0399", "\u1f9d"},
                                          {0x1f96, "\u1f2e\u0399", "\u1f9e"},
                                          {0x1f97, "\u1f2f\u0399", "\u1f9f"},
                                          {0x1f98, "\u1f28\u0399", "\u1f98"},
                                          {0x1f99, "\u1f29\u0399", "\u1f99"},
                                          {0x1f9a, "\u1f2a\u0399", "\u1f9a"},
                                          {0x1f9b, "\u1f2b\u0399", "\u1f9b"},
                                          {0x1f9c, "\u1f2c\u0399", "\u1f9c"},
                                          {0x1f9d, "\u1f2d\u0399", "\u1f9d"},
                                          {0x1f9e, "\u1f2e\u0399", "\u1f9e"},
                                          {0x1f9f, "\u1f2f\u0399", "\u1f9f"},
                                          {0x1fa0, "\u1f68\u0399", "\u1fa8"},
                                          {0x1fa1, "\u1f69\u0399", "\u1fa9"},
                                          {0x1fa2, "\u1f6a\u0399", "\u1faa"},
                                          {0x1fa3, "\u1f6b\u0399", "\u1fab"},
                                          {0x1fa4, "\u1f6c\u0399", "\u1fac"},
                                          {0x1fa5, "\u1f6d\u0399", "\u1fad"},
                                          {0x1fa6, "\u1f6e\u0399", "\u1fae"},
                                          {0x1fa7, "\u1f6f\u0399", "\u1faf"},
                                          {0x1fa8, "\u1f68\u0399", "\u1fa8"},
                                          {0x1fa9, "\u1f69\u0399", "\u1fa9"},
                                          {0x1faa, "\u1f6a\u0399", "\u1faa"},
                                          {0x1fab, "\u1f6b\u0399", "\u1fab"},
                                          {0x1fac, "\u1f6c\u0399", "\u1fac"},
                                          {0x1fad, "\u1f6d\u0399", "\u1fad"},
                                          {0x1fae, "\u1f6e\u0399", "\u1fae"},
                                          {0x1faf, "\u1f6f\u0399", "\u1faf"},
                                          {0x1fb2, "\u1fba\u0399", "\u1fba\u0345"},
                                          {0x1fb3, "\u0391\u0399", "\u1fbc"},
                                          {0x1fb4, "\u0386\u0399", "\u0386\u0345"},
                                          {0x1fb6, "\u0391\u0342", "\u0391\u0342"},
                                          {0x1fb7, "\u0391\u0342\u0399", "\u0391\u0342\u0345"},
                                          {0x1fbc, "\u0391\u0399", "\u1fbc"},
                                          {0x1fc2, "\u1fca\u0399", "\u1fca\u0345"},
                                          {0x1fc3, "\u0397\u0399", "\u1fcc"},
                                          {0x1fc4, "\u0389\u0399", "\u0389\u0345"},
                                          {0x1fc6, "\u0397\u0342", "\u0397\u0342"},
                                          {0x1fc7, "\u0397\u0342\u0399", "\u0397\u0342\u0345"},
                                          {0x1fcc, "\u0397\u0399", "\u1fcc"},
                                          {0x1fd2, "\u0399\u0308\u0300", "\u0399\u0308\u0300"},
                                          {0x1fd3, "\u0399\u0308\u0301", "\u0399\u0308\u0301"},
                                          {0x1fd6, "\u0399\u0342", "\u0399\u0342"},
                                          {0x1fd7, "\u0399\u0308\u0342", "\u0399\u0308\u0342"},
                                          {0x1fe2, "\u03a5\u0308\u0300", "\u03a5\u0308\u0300"},
                                          {0x1fe3, "\u03a5\u0308\u0301", "\u03a5\u0308\u0301"},
                                          {0x1fe4, "\u03a1\u0313", "\u03a1\u0313"},
                                          {0x1fe6, "\u03a5\u0342", "\u03a5\u0342"},
                                          {0x1fe7, "\u03a5\u0308\u0342", "\u03a5\u0308\u0342"},
                                          {0x1ff2, "\u1ffa\u0399", "\u1ffa\u0345"},
                                          {0x1ff3, "\u03a9\u0399", "\u1ffc"},
                                          {0x1ff4, "\u038f\u0399", "\u038f\u0345"},
                                          {0x1ff6, "\u03a9\u0342", "\u03a9\u0342"},
                                          {0x1ff7, "\u03a9\u0342\u0399", "\u03a9\u0342\u0345"},
                                          {0x1ffc, "\u03a9\u0399", "\u1ffc"},
                                          {0xfb00, "FF", "Ff"},
                                          {0xfb01, "FI", "Fi"},
                                          {0xfb02, "FL", "Fl"},
                                          {0xfb03, "FFI", "Ffi"},
                                          {0xfb04, "FFL", "Ffl"},
                                          {0xfb05, "ST", "St"},
                                          {0xfb06, "ST", "St"},
                                          {0xfb13, "\u0544\u0546", "\u0544\u0576"},
                                          {0xfb14, "\u0544\u0535", "\u0544\u0565"},
                                          {0xfb15, "\u0544\u053b", "\u0544\u056b"},
                                          {0xfb16, "\u054e\u0546", "\u054e\u0576"},
                                          {0xfb17, "\u0544\u053d", "\u0544\u056d"}};

const special_case* special(char32_t point) {
    const auto* found = std::ranges::lower_bound(special_cases, point, {}, &special_case::point);
    return found != std::end(special_cases) && found->point == point ? found : nullptr;
}

template <class Mapping>
void append_mapped(std::string& out, char32_t point, Mapping mapping) {
    append(out, static_cast<char32_t>(mapping(static_cast<utf8proc_int32_t>(point))));
}
void append_upper(std::string& out, char32_t point) {
    if (const special_case* found = special(point)) {
        out += found->upper;
    } else {
        append_mapped(out, point, utf8proc_toupper);
    }
}
void append_title(std::string& out, char32_t point) {
    if (const special_case* found = special(point)) {
        out += found->title;
    } else {
        append_mapped(out, point, utf8proc_totitle);
    }
}

bool is_case_ignorable(char32_t point) {
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(point))) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_SK:
            return true;
        default:
            // Word_Break of MidLetter, MidNumLet and Single_Quote.
            return std::u32string_view(
                       U"'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027"
                       U"\ufe13\ufe52\ufe55\uff07\uff0e\uff1a")
                       .find(point) != std::u32string_view::npos;
    }
}

/// A sigma ends a word where something cased stands before it and nothing cased behind.
bool is_final_sigma(std::string_view text, std::size_t at, std::size_t size) {
    bool cased_before = false;
    for (std::size_t i = at; i > 0;) {
        do --i;
        while (i > 0 && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U);
        const char32_t point = decode(text, i).point;
        if (is_case_ignorable(point)) continue;
        cased_before = is_cased(point);
        break;
    }
    if (!cased_before) return false;
    for (std::size_t i = at + size; i < text.size();) {
        const decoded c = decode(text, i);
        i += c.size;
        if (!is_case_ignorable(c.point)) return !is_cased(c.point);
    }
    return true;
}

void append_lower(std::string& out, std::string_view text, std::size_t at, decoded c) {
    constexpr char32_t dotted_capital_i = 0x130;
    constexpr char32_t capital_sigma = 0x3a3;
    if (c.point == dotted_capital_i) {
        out += "i\u0307";
    } else if (c.point == capital_sigma) {
        out += is_final_sigma(text, at, c.size) ? "\u03c2" : "\u03c3";
    } else {
        append_mapped(out, c.point, utf8proc_tolower);
    }
}

/// `step(out, at, c)` appends what becomes of the character c at `at`.
template <class Step>
std::string transformed(std::string_view text, Step step) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const decoded c = decode(text, at);
        step(out, at, c);
        at += c.size;
    }
    return out;
}

}  // namespace

std::string to_upper(std::string_view text) {
    return transformed(
        text, [](std::string& out, std::size_t, decoded c) { append_upper(out, c.point); });
}

std::string to_lower(std::string_view text) {
    return transformed(
        text, [&](std::string& out, std::size_t at, decoded c) { append_lower(out, text, at, c); });
}

std::string to_title(std::string_view text) {
    bool inside = false;  // a word
    return transformed(text, [&](std::string& out, std::size_t at, decoded c) {
        inside ? append_lower(out, text, at, c) : append_title(out, c.point);
        inside = is_cased(c.point);
    });
}

std::string capitalized(std::string_view text) {
    return transformed(text, [&](std::string& out, std::size_t at, decoded c) {
        at > 0 ? append_lower(out, text, at, c) : append_title(out, c.point);
    });
}

std::string case_swapped(std::string_view text) {
    return transformed(text, [&](std::string& out, std::size_t at, decoded c) {
        if (is_upper(c.point)) {
            append_lower(out, text, at, c);
        } else if (is_lower(c.point)) {
            append_upper(out, c.point);
        } else {
            append(out, c.point);
        }
    });
}

std::string case_folded(std::string_view text) {
    return transformed(text, [](std::string& out, std::size_t, decoded c) {
        std::array<utf8proc_int32_t, 8> parts{};
        int unused = 0;
        const utf8proc_ssize_t count = utf8proc_decompose_char(
            static_cast<utf8proc_int32_t>(c.point), parts.data(),
            static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_CASEFOLD, &unused);
        for (utf8proc_ssize_t i = 0; i < count; ++i) {
            append(out, static_cast<char32_t>(parts[static_cast<std::size_t>(i)]));
        }
    });
}

}  // namespace tessera::engine::unicode
