#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tessera/http/grammar.hpp"

namespace tessera::http::detail {

// "%" HEXDIG HEXDIG at `text[at]`.
constexpr bool is_percent_triplet(std::string_view text, std::size_t at) {
    return at + 2 < text.size() && text[at] == '%' && is_hex_digit(text[at + 1]) &&
           is_hex_digit(text[at + 2]);
}

// RFC 3986 section 3.2.2: IPv4address.
constexpr bool is_ipv4(std::string_view text) {
    for (int parts = 1;; ++parts) {
        const bool last = text.find('.') == std::string_view::npos;
        const std::string_view part = take_until(text, '.');
        if (!is_digits(part) || part.size() > 3 || (part.size() > 1 && part[0] == '0'))
            return false;
        int number = 0;
        for (const char c : part) number = number * 10 + (c - '0');
        if (number > 255) return false;
        if (last) return parts == 4;
    }
}

// RFC 3986 section 3.2.2: IPv6address, without brackets.
constexpr bool is_ipv6(std::string_view text) {
    if (text.size() < 2 || (text[0] == ':' && text[1] != ':')) return false;
    int groups = 0;
    bool shortened = false;
    if (text.starts_with("::")) {
        shortened = true;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
            groups += 2;
            return is_ipv4(text) && (shortened ? groups <= 7 : groups == 8);
        }
        const std::size_t colon = text.find(':');
        const std::string_view group = take_until(text, ':');
        if (group.empty() || group.size() > 4) return false;
        for (const char c : group)
            if (!is_hex_digit(c)) return false;
        ++groups;
        if (colon == std::string_view::npos) break;
        if (text.starts_with(':')) {
            if (shortened) return false;
            shortened = true;
            text.remove_prefix(1);
        } else if (text.empty()) {
            return false;
        }
    }
    return shortened ? groups <= 7 : groups == 8;
}

// RFC 3986 section 3.2.2: reg-name, or an IPv4 address.
constexpr bool is_host_name(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool plain = is_alpha(c) || is_digit(c) ||
                           std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
        if (!plain && !is_percent_triplet(text, i)) return false;
    }
    return true;
}

struct authority_parts {
    std::string_view host;  // without brackets
    bool is_ipv6 = false;
    std::optional<std::uint16_t> port;
};

// host [ ":" [ port ] ]; the host may be empty.
constexpr std::optional<authority_parts> split_authority(std::string_view text) {
    authority_parts parts;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        parts.host = text.substr(1, close - 1);
        parts.is_ipv6 = true;
        if (!is_ipv6(parts.host)) return std::nullopt;
        text.remove_prefix(close + 1);
    } else {
        parts.host = text.substr(0, text.find(':'));
        if (!is_host_name(parts.host)) return std::nullopt;
        text.remove_prefix(parts.host.size());
    }
    if (text.empty()) return parts;
    if (text.front() != ':') return std::nullopt;
    text.remove_prefix(1);
    if (text.empty()) return parts;
    if (!is_digits(text) || text.size() > 5) return std::nullopt;
    unsigned port = 0;
    for (const char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65535) return std::nullopt;
    parts.port = static_cast<std::uint16_t>(port);
    return parts;
}

}  // namespace tessera::http::detail
