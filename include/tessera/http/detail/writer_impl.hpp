#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "tessera/http/detail/invalid.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/writer.hpp"

namespace tessera::http {

TESSERA_DEF void write_chunk(std::string& out, std::string_view data) {
    if (data.empty()) return;
    char size[16];
    const auto [end, failed] = std::to_chars(size, size + sizeof size, data.size(), 16);
    out.append(size, end).append("\r\n").append(data).append("\r\n");
}

namespace detail {

TESSERA_COLD_DECL tessera::detail::boxed_error refused_head(std::string_view what,
                                                            std::string_view name = {}) {
    tessera::detail::boxed_error refused = invalid({what});
    if (!name.empty()) {
        std::string& message = refused->message += ": ";
        // The name itself may be what is wrong, so it is shown only as far as it is a token.
        for (const char c : name.substr(0, 64)) message += is_token_char(c) ? c : '?';
    }
    return refused;
}

TESSERA_DECL result<void> write_fields(std::string& out, const fields& headers) {
    for (const field each : headers) {
        if (!is_token(each.name)) return refused_head("a header's name is not a token", each.name);
        if (!is_field_value(each.value))
            return refused_head("a header's value holds a control character", each.name);
        out.append(each.name).append(": ").append(each.value).append("\r\n");
    }
    out.append("\r\n");
    return {};
}

TESSERA_DECL void write_version(std::string& out, int minor) {
    out.append(minor == 0 ? "HTTP/1.0" : "HTTP/1.1");
}

}  // namespace detail

TESSERA_DEF result<void> write_head(std::string& out, const request_head& head) {
    const auto is_target_char = [](char c) { return c > ' ' && c <= '~'; };
    if (!is_token(head.method)) return detail::refused_head("the method is not a token");
    if (head.target.empty() || !std::all_of(head.target.begin(), head.target.end(), is_target_char))
        return detail::refused_head(
            "the request target is empty or holds a character that must be percent-encoded");
    const std::size_t before = out.size();
    out.append(head.method).append(" ").append(head.target).append(" ");
    detail::write_version(out, head.minor);
    out.append("\r\n");
    result<void> written = detail::write_fields(out, head.headers);
    if (!written) out.resize(before);
    return written;
}

// An empty reason is filled in.
TESSERA_DEF result<void> write_head(std::string& out, const response_head& head) {
    if (head.status < 100 || head.status > 999)
        return detail::refused_head("the status is not a number from 100 to 999");
    if (!is_field_value(head.reason))
        return detail::refused_head("the reason phrase holds a control character");
    const std::size_t before = out.size();
    detail::write_version(out, head.minor);
    out.append(" ").append(std::to_string(head.status)).append(" ");
    out.append(head.reason.empty() ? reason_phrase(head.status) : head.reason).append("\r\n");
    result<void> written = detail::write_fields(out, head.headers);
    if (!written) out.resize(before);
    return written;
}

TESSERA_DEF void write_last_chunk(std::string& out, const fields& trailers) {
    out.append("0\r\n");
    for (const field each : trailers)
        if (is_token(each.name) && is_field_value(each.value))
            out.append(each.name).append(": ").append(each.value).append("\r\n");
    out.append("\r\n");
}

}  // namespace tessera::http
