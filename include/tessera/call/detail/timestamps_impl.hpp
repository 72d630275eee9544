#pragma once

#include "tessera/call/timestamps.hpp"
#include "tessera/http/date.hpp"
#include "tessera/json/text.hpp"

namespace tessera::call::detail {

TESSERA_DEF
bool read_timestamp(json::detail::reading& by, const json::value& in,
                    std::chrono::system_clock::time_point& out, const json::detail::location& at) {
    const auto* text = in.get_ptr<const std::string*>();
    if (!text) return by.fail(at, "string_type", "expected a string");
    const auto read = http::parse_timestamp(*text);
    if (!read)
        return by.fail(at, "datetime_parsing",
                       "expected a time as RFC 3339 writes it, such as \"2026-11-25T03:28:58Z\"");
    out = *read;
    return true;
}

TESSERA_DEF
void write_timestamp(std::string& out, std::chrono::system_clock::time_point given) {
    ((out += '"') += http::timestamp(given)) += '"';
}

}  // namespace tessera::call::detail
