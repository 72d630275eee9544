#pragma once

#include "tessera/emissary/schedule.hpp"

namespace tessera::emissary {

TESSERA_DEF
std::chrono::minutes time_of_day::within_a_day(std::chrono::minutes passed) {
    if (passed < std::chrono::minutes(0) || passed >= std::chrono::hours(24))
        throw_error({error_kind::invalid_argument, "a time of the day is from 0:00 to 23:59"});
    return passed;
}

namespace detail {

TESSERA_DEF
bool read_time_of_day(json::detail::reading& by, const json::value& in, time_of_day& out,
                      const json::detail::location& at) {
    const auto* const text = in.get_ptr<const std::string*>();
    if (!text) return by.fail(at, "string_type", "expected a string");
    const auto number = [&](std::size_t begin) {
        int sum = 0;
        for (std::size_t i = begin; i < begin + 2; ++i) {
            if ((*text)[i] < '0' || (*text)[i] > '9') return 99;
            sum = sum * 10 + ((*text)[i] - '0');
        }
        return sum;
    };
    if (text->size() == 5 && (*text)[2] == ':') {
        const int hour = number(0), minute = number(3);
        if (hour < 24 && minute < 60) {
            out = std::chrono::hours(hour) + std::chrono::minutes(minute);
            return true;
        }
    }
    return by.fail(at, "time_parsing", "expected a time of the day such as \"18:30\"");
}

TESSERA_DEF
void write_time_of_day(std::string& out, time_of_day given) {
    const auto minutes = given.since_midnight().count();
    out += '"';
    for (const auto part : {minutes / 60, minutes % 60}) {
        if (out.back() != '"') out += ':';
        out += static_cast<char>('0' + part / 10);
        out += static_cast<char>('0' + part % 10);
    }
    out += '"';
}

}  // namespace detail

}  // namespace tessera::emissary
