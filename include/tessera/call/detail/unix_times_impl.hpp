#pragma once

#include "tessera/call/unix_times.hpp"
#include "tessera/json/text.hpp"

namespace tessera::call::detail {

// The system's clock counts nanoseconds in 64 bits.
inline constexpr std::int64_t most_seconds = 9'223'372'036;

TESSERA_COLD_DECL
bool fail_time(json::detail::reading& by, const json::detail::location& at) {
    return by.fail(at, "datetime_parsing", "expected seconds that a clock can count");
}

TESSERA_DEF
bool read_seconds(json::detail::reading& by, const json::value& in, std::int64_t& out,
                  const json::detail::location& at, const json::constraints* rules) {
    using namespace json::detail;
    if (!by.read(node_of<std::int64_t, use::both>(), in, &out, at, rules)) return false;
    return (out >= -most_seconds && out <= most_seconds) || fail_time(by, at);
}

TESSERA_DEF
bool read_fraction(json::detail::reading& by, const json::value& in, sys_fraction& out,
                   const json::detail::location& at) {
    using namespace json::detail;
    double count = 0;
    if (!by.read(node_of<double, use::both>(), in, &count, at)) return false;
    if (count < -most_seconds || count > most_seconds) return fail_time(by, at);
    out = sys_fraction(std::chrono::duration<double>(count));
    return true;
}

TESSERA_DEF
void write_seconds(std::string& out, std::int64_t count) {
    json::detail::write_integer(out, count);
}

TESSERA_DEF
void write_fraction(std::string& out, sys_fraction given) {
    json::detail::write_real(out, given.time_since_epoch().count());
}

}  // namespace tessera::call::detail
