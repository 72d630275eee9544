#pragma once
// Times as members of described structs where an API counts seconds: std::chrono::sys_seconds and
// std::chrono::seconds are JSON integers, sys_fraction is a JSON number.
#include <chrono>
#include <cstdint>
#include <string>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/reader.hpp"

namespace tessera {

/// A point in time to a fraction of a second, as Unix seconds with decimals tell it.
using sys_fraction = std::chrono::sys_time<std::chrono::duration<double>>;

}  // namespace tessera

namespace tessera::call::detail {

// No more than the system's clock can count.
TESSERA_DECL bool read_seconds(json::detail::reading& by, const json::value& in, std::int64_t& out,
                               const json::detail::location& at, const json::constraints* rules);
TESSERA_DECL bool read_fraction(json::detail::reading& by, const json::value& in, sys_fraction& out,
                                const json::detail::location& at);
TESSERA_DECL void write_seconds(std::string& out, std::int64_t count);
TESSERA_DECL void write_fraction(std::string& out, sys_fraction given);

inline std::int64_t count_of(std::chrono::seconds given) { return given.count(); }
inline std::int64_t count_of(std::chrono::sys_seconds given) {
    return given.time_since_epoch().count();
}

template <class Time>
struct seconds_table {
    static bool read(json::detail::reading& by, const json::value& in, void* out,
                     const json::detail::location& at, const json::constraints* rules) {
        std::int64_t count = 0;
        if (!read_seconds(by, in, count, at, rules)) return false;
        *static_cast<Time*>(out) = Time(std::chrono::seconds(count));
        return true;
    }
    static void write(std::string& out, const void* self) {
        write_seconds(out, count_of(*static_cast<const Time*>(self)));
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const Time*>(left) == *static_cast<const Time*>(right);
    }
    static constexpr json::detail::custom_node make(const json::detail::node* like) {
        return {{json::detail::shape::custom}, like, &read, &write, &equal};
    }
};

}  // namespace tessera::call::detail

namespace tessera::json::detail {

template <use How>
struct table<std::chrono::seconds, How> {
    static constexpr custom_node value =
        call::detail::seconds_table<std::chrono::seconds>::make(&table<std::int64_t, How>::value);
};

template <use How>
struct table<std::chrono::sys_seconds, How> {
    static constexpr custom_node value =
        call::detail::seconds_table<std::chrono::sys_seconds>::make(
            &table<std::int64_t, How>::value);
};

template <use How>
struct table<sys_fraction, How> {
    static bool read(reading& by, const json::value& in, void* out, const location& at,
                     const constraints*) {
        return call::detail::read_fraction(by, in, *static_cast<sys_fraction*>(out), at);
    }
    static void write(std::string& out, const void* self) {
        call::detail::write_fraction(out, *static_cast<const sys_fraction*>(self));
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const sys_fraction*>(left) == *static_cast<const sys_fraction*>(right);
    }
    static constexpr custom_node value{
        {shape::custom}, &table<double, How>::value, &read, &write, &equal};
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/unix_times_impl.hpp"
#endif
