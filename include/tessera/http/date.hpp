#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

/// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". Fractions are cut off.
TESSERA_COLD_DECL std::string http_date(std::chrono::system_clock::time_point when);

/// All three forms that RFC 9110 section 5.6.7 asks recipients to read; the day of the week is not
/// held against the date. A two-digit year is the one nearest to `now`; a date that the clock
/// cannot hold becomes the nearest that it can.
TESSERA_COLD_DECL std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

/// RFC 3339: "2026-11-25T03:28:58.5Z", "...+01:00". What is finer than the clock is cut off.
TESSERA_COLD_DECL std::optional<std::chrono::system_clock::time_point> parse_timestamp(
    std::string_view text);

/// RFC 3339, in UTC: "2026-11-25T03:28:58Z", with three, six or nine digits of a fraction where there
/// is one. Years are 0 to 9999; what is beyond is written as the nearest time of those.
TESSERA_COLD_DECL std::string timestamp(std::chrono::system_clock::time_point when);

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/date_impl.hpp"
#endif
