#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/http/detail/authority.hpp"
#include "tessera/http/detail/invalid.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"

namespace tessera::http {

TESSERA_DEF std::string url::authority() const {
    std::string text = is_ipv6_literal ? "[" + host + "]" : host;
    if (port != default_port()) text += ":" + std::to_string(port);
    return text;
}

TESSERA_DEF std::string url::origin() const { return scheme + "://" + authority(); }

TESSERA_DEF std::string url::target() const { return query.empty() ? path : path + "?" + query; }

namespace detail {

template <class Plain>
std::string percent_encode(std::string_view text, Plain is_plain) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_plain(c)) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

}  // namespace detail

namespace detail {

TESSERA_COLD_DECL tessera::detail::boxed_error bad_url(std::string_view why) {
    return invalid({"the URL ", why});
}

}  // namespace detail

TESSERA_DEF result<url> parse_url(std::string_view text) {
    for (const char c : text)
        if (c <= ' ' || c > '~')
            return detail::bad_url(
                "holds a space, a control character or one outside ASCII; percent-encode it "
                "(in host names: use the xn-- form)");
    text = text.substr(0, text.find('#'));
    url parsed;
    const std::size_t colon = text.find("://");
    for (const char c : text.substr(0, colon)) parsed.scheme += to_lower(c);
    if (colon == text.npos || (parsed.scheme != "http" && parsed.scheme != "https"))
        return detail::bad_url("does not begin with http:// or https://");
    text.remove_prefix(colon + 3);
    std::string_view authority = text.substr(0, text.find_first_of("/?"));
    text.remove_prefix(authority.size());
    if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
        parsed.userinfo = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const auto parts = detail::split_authority(authority);
    if (!parts || parts->host.empty() || parts->host.find('%') != parts->host.npos)
        return detail::bad_url("has no valid host name, IP address or port after \"://\"");
    for (const char c : parts->host) parsed.host += to_lower(c);
    parsed.is_ipv6_literal = parts->is_ipv6;
    parsed.port = parts->port.value_or(parsed.default_port());
    if (parsed.port == 0) return detail::bad_url("has the port 0");
    const std::string_view path = take_until(text, '?');
    if (!path.empty()) parsed.path = path;
    parsed.query = text;
    return parsed;
}

TESSERA_DEF std::string percent_encode(std::string_view text) {
    return detail::percent_encode(text, detail::is_unreserved);
}

TESSERA_DEF result<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (!detail::is_percent_triplet(text, i))
            return detail::invalid({"a \"%\" at offset ", std::to_string(i),
                                    " is not followed by two hexadecimal digits"});
        decoded += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
        i += 2;
    }
    return decoded;
}

TESSERA_DEF query_pairs parse_query(std::string_view query) {
    const auto decode = [](std::string_view text) {
        std::string decoded;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (detail::is_percent_triplet(text, i)) {
                decoded += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
                i += 2;
            } else {
                decoded += text[i] == '+' ? ' ' : text[i];
            }
        }
        return decoded;
    };
    query_pairs pairs;
    while (!query.empty()) {
        std::string_view value = take_until(query, '&');
        if (value.empty()) continue;
        const std::string_view name = take_until(value, '=');
        pairs.emplace_back(decode(name), decode(value));
    }
    return pairs;
}

TESSERA_DEF std::string encode_query(std::span<const std::pair<std::string, std::string>> pairs) {
    std::string query;
    for (const auto& [name, value] : pairs) {
        if (!query.empty()) query += '&';
        query += percent_encode(name) + '=' + percent_encode(value);
    }
    return query;
}

namespace detail {

// RFC 3986 section 5.2.4, for a path that begins with a slash.
TESSERA_COLD_DECL std::string remove_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (segment == "..") out.resize(out.empty() ? 0 : out.rfind('/'));
        if (segment != "." && segment != "..")
            out.append("/").append(segment);
        else if (path.empty())
            out += '/';
    }
    return out;
}

}  // namespace detail

TESSERA_DEF result<url> resolve(const url& base, std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    const std::size_t mark = reference.find_first_of(":/?");
    if (mark != reference.npos && reference[mark] == ':') return parse_url(reference);
    if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
    if (reference.empty()) return base;
    std::string text = base.origin();
    if (reference.starts_with('?')) {
        text += base.path;
    } else if (!reference.starts_with('/')) {
        text += base.path.substr(0, base.path.rfind('/') + 1);
    }
    result<url> joined = parse_url(text.append(reference));
    if (joined) {
        joined->path = detail::remove_dot_segments(joined->path);
        joined->userinfo = base.userinfo;
    }
    return joined;
}

}  // namespace tessera::http
