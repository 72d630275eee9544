#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/http/date.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

namespace detail {

inline constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed",
                                                              "Thu", "Fri", "Sat"};
inline constexpr std::array<std::string_view, 7> long_day_names = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
inline constexpr std::array<std::string_view, 12> month_names = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a date piece by piece; once something does not fit, good() stays false.
class date_scanner {
  public:
    explicit date_scanner(std::string_view text) : rest_(text) {}

    bool good() const { return good_; }
    bool done() const { return good_ && rest_.empty(); }
    void expect(std::string_view text) {
        good_ = good_ && rest_.starts_with(text);
        if (good_) rest_.remove_prefix(text.size());
    }
    int digits(std::size_t count) {
        int number = 0;
        good_ = good_ && rest_.size() >= count && is_digits(rest_.substr(0, count));
        if (!good_) return 0;
        for (const char c : rest_.substr(0, count)) number = number * 10 + (c - '0');
        rest_.remove_prefix(count);
        return number;
    }
    template <std::size_t Count>
    int one_of(const std::array<std::string_view, Count>& names) {
        for (std::size_t i = 0; good_ && i < Count; ++i)
            if (rest_.starts_with(names[i])) {
                rest_.remove_prefix(names[i].size());
                return static_cast<int>(i);
            }
        good_ = false;
        return 0;
    }
    bool next_is_digit() const { return good_ && !rest_.empty() && is_digits(rest_.substr(0, 1)); }
    bool skip(char c) {
        const bool found = good_ && rest_.starts_with(c);
        if (found) rest_.remove_prefix(1);
        return found;
    }

  private:
    std::string_view rest_;
    bool good_ = true;
};

struct date_parts {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

TESSERA_COLD_DECL void scan_time(date_scanner& scan, date_parts& parts) {
    parts.hour = scan.digits(2);
    scan.expect(":");
    parts.minute = scan.digits(2);
    scan.expect(":");
    parts.second = scan.digits(2);
}

TESSERA_COLD_DECL std::optional<std::chrono::system_clock::time_point> to_time(
    const date_parts& parts) {
    using namespace std::chrono;
    const year_month_day date{year(parts.year), month(static_cast<unsigned>(parts.month)),
                              day(static_cast<unsigned>(parts.day))};
    // A leap second (60) counts as the second after.
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
        return std::nullopt;
    const sys_seconds moment =
        sys_days(date) + hours(parts.hour) + minutes(parts.minute) + seconds(parts.second);
    // The system's clock may count finer units over fewer years.
    using clock_time = system_clock::time_point;
    return std::clamp(moment, ceil<seconds>(clock_time::min()), floor<seconds>(clock_time::max()));
}

}  // namespace detail

TESSERA_DEF std::string http_date(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(when);
    const auto midnight = floor<days>(whole);
    const year_month_day date(midnight);
    const hh_mm_ss time(whole - midnight);
    std::string text;
    text.reserve(29);
    const auto two = [&](auto number) {
        text += static_cast<char>('0' + number / 10 % 10);
        text += static_cast<char>('0' + number % 10);
    };
    text.append(detail::day_names[weekday(midnight).c_encoding()]).append(", ");
    two(static_cast<unsigned>(date.day()));
    text.append(" ")
        .append(detail::month_names[static_cast<unsigned>(date.month()) - 1])
        .append(" ");
    two(static_cast<int>(date.year()) / 100);
    two(static_cast<int>(date.year()) % 100);
    text += ' ';
    two(time.hours().count());
    text += ':';
    two(time.minutes().count());
    text += ':';
    two(time.seconds().count());
    return text.append(" GMT");
}

TESSERA_DEF std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text, std::chrono::system_clock::time_point now) {
    detail::date_parts parts;
    {
        detail::date_scanner scan(text);
        scan.one_of(detail::day_names);
        scan.expect(", ");
        parts.day = scan.digits(2);
        scan.expect(" ");
        parts.month = scan.one_of(detail::month_names) + 1;
        scan.expect(" ");
        parts.year = scan.digits(4);
        scan.expect(" ");
        detail::scan_time(scan, parts);
        scan.expect(" GMT");
        if (scan.done()) return detail::to_time(parts);
    }
    {
        detail::date_scanner scan(text);
        scan.one_of(detail::long_day_names);
        scan.expect(", ");
        parts.day = scan.digits(2);
        scan.expect("-");
        parts.month = scan.one_of(detail::month_names) + 1;
        scan.expect("-");
        const int short_year = scan.digits(2);
        scan.expect(" ");
        detail::scan_time(scan, parts);
        scan.expect(" GMT");
        if (scan.done()) {
            const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
            const int this_year = static_cast<int>(today.year());
            parts.year = this_year / 100 * 100 + short_year;
            if (parts.year > this_year + 50) parts.year -= 100;
            if (parts.year <= this_year - 50) parts.year += 100;
            return detail::to_time(parts);
        }
    }
    detail::date_scanner scan(text);
    scan.one_of(detail::day_names);
    scan.expect(" ");
    parts.month = scan.one_of(detail::month_names) + 1;
    scan.expect(" ");
    parts.day = scan.skip(' ') ? scan.digits(1) : scan.digits(2);
    scan.expect(" ");
    detail::scan_time(scan, parts);
    scan.expect(" ");
    parts.year = scan.digits(4);
    return scan.done() ? detail::to_time(parts) : std::nullopt;
}

TESSERA_DEF std::optional<std::chrono::system_clock::time_point> parse_timestamp(
    std::string_view text) {
    detail::date_parts parts;
    detail::date_scanner scan(text);
    parts.year = scan.digits(4);
    scan.expect("-");
    parts.month = scan.digits(2);
    scan.expect("-");
    parts.day = scan.digits(2);
    if (!scan.skip('T') && !scan.skip('t')) scan.expect(" ");
    detail::scan_time(scan, parts);
    std::int64_t fraction = 0;  // nanoseconds
    if (scan.skip('.')) {
        std::int64_t unit = 100'000'000;
        do {
            fraction += unit * scan.digits(1);
            unit /= 10;
        } while (scan.next_is_digit());
    }
    std::chrono::minutes offset{0};
    if (!scan.skip('Z') && !scan.skip('z')) {
        const bool behind = scan.skip('-');
        if (!behind) scan.expect("+");
        offset = std::chrono::hours(scan.digits(2));
        scan.expect(":");
        offset += std::chrono::minutes(scan.digits(2));
        if (behind) offset = -offset;
    }
    if (!scan.done()) return std::nullopt;
    const auto local = detail::to_time(parts);
    if (!local) return std::nullopt;
    using namespace std::chrono;
    using clock_time = system_clock::time_point;
    const sys_seconds whole =
        std::clamp(floor<seconds>(*local) - offset, ceil<seconds>(clock_time::min()),
                   floor<seconds>(clock_time::max()) - seconds(1));
    return whole + floor<system_clock::duration>(nanoseconds(fraction));
}

TESSERA_DEF std::string timestamp(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    constexpr sys_seconds first = sys_days(year(0) / 1 / 1);
    constexpr sys_seconds last = sys_days(year(10000) / 1 / 1) - seconds(1);
    auto fraction = duration_cast<nanoseconds>(when - floor<seconds>(when)).count();
    const sys_seconds whole = std::clamp(floor<seconds>(when), first, last);
    if (whole != floor<seconds>(when)) fraction = 0;
    const auto midnight = floor<days>(whole);
    const year_month_day date(midnight);
    const hh_mm_ss time(whole - midnight);
    std::string text;
    const auto put = [&](std::int64_t number, int digits, char before) {
        if (before != 0) text += before;
        std::int64_t unit = 1;
        while (--digits > 0) unit *= 10;
        for (; unit > 0; unit /= 10) text += static_cast<char>('0' + number / unit % 10);
    };
    put(static_cast<int>(date.year()), 4, 0);
    put(static_cast<unsigned>(date.month()), 2, '-');
    put(static_cast<unsigned>(date.day()), 2, '-');
    put(time.hours().count(), 2, 'T');
    put(time.minutes().count(), 2, ':');
    put(time.seconds().count(), 2, ':');
    if (fraction % 1'000 != 0)
        put(fraction, 9, '.');
    else if (fraction % 1'000'000 != 0)
        put(fraction / 1'000, 6, '.');
    else if (fraction != 0)
        put(fraction / 1'000'000, 3, '.');
    return text += 'Z';
}

}  // namespace tessera::http
