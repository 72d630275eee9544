#pragma once

#include <string_view>

#include "tessera/http/detail/authority.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/request_reader.hpp"

namespace tessera::http {

TESSERA_DEF bool request_reader::take_start_line(std::string_view line) {
    host_seen_ = expects_continue_ = false;
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first == line.npos ? line.npos : first + 1);
    if (first == line.npos || second == line.npos)
        return refuse(reader_errc::bad_start_line, line.size(),
                      "the request line is not \"METHOD target HTTP/1.1\"");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    if (!is_token(method))
        return refuse(reader_errc::bad_start_line, 0, "the method is not a token");
    if (!take_version(line.substr(second + 1), second + 1)) return false;
    head_.method = method;
    head_.target = target;
    head_.minor = minor_;
    return take_target(target, first + 1);
}

// RFC 9112 section 3.2.
TESSERA_DEF bool request_reader::take_target(std::string_view target, std::size_t column) {
    for (std::size_t i = 0; i < target.size(); ++i)
        if (target[i] <= ' ' || target[i] > '~' || target[i] == '#')
            return refuse(reader_errc::bad_target, column + i,
                          "the request target holds a character that must be percent-encoded");
    if (head_.method == "CONNECT") {
        const auto parts = detail::split_authority(target);
        if (parts && parts->port && !parts->host.empty()) return true;
        return refuse(reader_errc::bad_target, column, "the target of CONNECT is not host:port");
    }
    if (target.starts_with('/')) return true;
    if (target == "*") {
        if (head_.method == "OPTIONS") return true;
        return refuse(reader_errc::bad_target, column, "the target \"*\" is for OPTIONS only");
    }
    const std::size_t colon = target.find(':');
    const std::string_view scheme = target.substr(0, colon);
    if (colon != target.npos && (equal_nocase(scheme, "http") || equal_nocase(scheme, "https")) &&
        target.substr(colon).starts_with("://")) {
        const std::string_view rest = target.substr(colon + 3);
        const auto parts = detail::split_authority(rest.substr(0, rest.find_first_of("/?")));
        if (parts && !parts->host.empty()) return true;
    }
    return refuse(reader_errc::bad_target, column,
                  "the request target is neither a path nor an absolute http URL");
}

// RFC 9112 section 3.2: one Host, and a valid one, or 400.
TESSERA_DEF bool request_reader::take_field(const field& each) {
    if (!equal_nocase(each.name, "host")) return true;
    if (host_seen_) return refuse_value(reader_errc::bad_host, "there is more than one Host");
    host_seen_ = true;
    return detail::split_authority(each.value) ||
           refuse_value(reader_errc::bad_host, "Host is not a host name with an optional port");
}

TESSERA_DEF bool request_reader::take_fields() {
    if (minor_ >= 1 && !host_seen_)
        return refuse(reader_errc::bad_host, 0, "a request of HTTP/1.1 needs a Host");
    keep_alive_ = wants_keep_alive(minor_, head_.headers);
    if (!expect_body(true)) return false;
    expects_continue_ = minor_ >= 1 && has_body_ && head_.headers.lists("expect", "100-continue");
    return true;
}

}  // namespace tessera::http
