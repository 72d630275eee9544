#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "tessera/call/detail/decimal.hpp"
#include "tessera/call/response.hpp"
#include "tessera/http/date.hpp"

namespace tessera::call::detail {

// "33011.38", and "1h2m3.5s" or "20ms" as Go writes durations.
TESSERA_COLD_DECL
std::optional<double> seconds_of(std::string_view text) {
    if (const auto plain = parse_decimal(text)) return plain;
    static constexpr std::array<std::pair<std::string_view, double>, 4> units = {
        {{"ms", 0.001}, {"h", 3600}, {"m", 60}, {"s", 1}}};
    double sum = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const std::size_t digits = text.find_first_not_of("0123456789.");
        const auto number = parse_decimal(text.substr(0, digits));
        if (!number || digits == text.npos) return std::nullopt;
        text.remove_prefix(digits);
        const auto unit = std::find_if(units.begin(), units.end(), [&](const auto& each) {
            return text.starts_with(each.first);
        });
        if (unit == units.end()) return std::nullopt;
        sum += *number * unit->second;
        text.remove_prefix(unit->first.size());
    }
    return sum;
}

}  // namespace tessera::call::detail

namespace tessera {

TESSERA_DEF
rate_limit_window call_info::rate_limit(std::string_view name) const {
    const auto find = [&](std::string_view which) -> std::optional<std::string_view> {
        const std::string tail = "ratelimit-" + std::string(name) + "-" + std::string(which);
        if (const auto found =
                headers.find("x-ratelimit-" + std::string(which) + "-" + std::string(name)))
            return found;
        for (const http::field each : headers)
            if (each.name.size() > tail.size() &&
                http::equal_nocase(each.name.substr(each.name.size() - tail.size()), tail))
                return each.value;
        return std::nullopt;
    };
    const auto whole = [&](std::string_view which) -> std::optional<std::int64_t> {
        const auto text = find(which);
        const auto read = text ? call::detail::parse_decimal(*text) : std::nullopt;
        if (!read || *read > 9e15) return std::nullopt;
        return static_cast<std::int64_t>(*read);
    };
    rate_limit_window found{whole("limit"), whole("remaining"), {}};
    const auto reset = find("reset");
    if (!reset) return found;
    if (const auto seconds = call::detail::seconds_of(*reset)) {
        found.reset = std::chrono::duration<double>(*seconds);
    } else if (const auto at = http::parse_timestamp(*reset)) {
        const auto date = headers.find("date");
        const auto now = date ? http::parse_http_date(*date) : std::nullopt;
        found.reset = std::max<std::chrono::duration<double>>(
            *at - now.value_or(std::chrono::system_clock::now()), std::chrono::duration<double>(0));
    }
    return found;
}

}  // namespace tessera
