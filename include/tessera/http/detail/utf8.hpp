#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

namespace tessera::http::detail {

// How many bytes at the front of `text` are one well-formed character (Unicode, table 3-7). When
// they are not: `valid` is false and `size` is the maximal subpart that one U+FFFD replaces.
struct utf8_step {
    std::size_t size = 1;
    bool valid = true;
};

constexpr utf8_step utf8_front(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {1, true};
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
    } else {
        return {1, false};
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
        low = 0x80;
        high = 0xbf;
    }
    return {length, true};
}

// The length of the longest well-formed prefix.
TESSERA_DECL std::size_t valid_utf8_prefix(std::string_view text) {
    constexpr std::size_t block = 32;
    std::size_t at = 0;
    while (at < text.size()) {
        while (text.size() - at >= block) {
            std::uint64_t words[block / sizeof(std::uint64_t)];
            std::memcpy(words, text.data() + at, block);
            if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080) != 0) break;
            at += block;
        }
        const std::size_t end = text.size() - at < block ? text.size() : at + block;
        while (at < end) {
            const utf8_step step = utf8_front(text.substr(at));
            if (!step.valid) return at;
            at += step.size;
        }
    }
    return at;
}

// WHATWG Encoding, "UTF-8 decode without BOM".
TESSERA_DECL void repair_utf8(std::string& text) {
    std::size_t at = valid_utf8_prefix(text);
    if (at == text.size()) return;
    std::string repaired(text, 0, at);
    while (at < text.size()) {
        const std::string_view rest = std::string_view(text).substr(at);
        const std::size_t good = valid_utf8_prefix(rest);
        repaired.append(rest.substr(0, good));
        at += good;
        if (at == text.size()) break;
        repaired.append("\xef\xbf\xbd");
        at += utf8_front(rest.substr(good)).size;
    }
    text.swap(repaired);
}

}  // namespace tessera::http::detail
