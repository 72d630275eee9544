#pragma once
// Points in time as members of described structs: RFC 3339 in JSON, queries, headers and forms.
#include <chrono>
#include <string>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::call::detail {

TESSERA_DECL bool read_timestamp(json::detail::reading& by, const json::value& in,
                                 std::chrono::system_clock::time_point& out,
                                 const json::detail::location& at);
TESSERA_DECL void write_timestamp(std::string& out, std::chrono::system_clock::time_point given);

}  // namespace tessera::call::detail

namespace tessera::json::detail {

template <use How>
struct table<std::chrono::system_clock::time_point, How> {
    using time_point = std::chrono::system_clock::time_point;
    static bool read(reading& by, const json::value& in, void* out, const location& at,
                     const constraints*) {
        return call::detail::read_timestamp(by, in, *static_cast<time_point*>(out), at);
    }
    static void write(std::string& out, const void* self) {
        call::detail::write_timestamp(out, *static_cast<const time_point*>(self));
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const time_point*>(left) == *static_cast<const time_point*>(right);
    }
    static constexpr custom_node value{
        {shape::custom}, &table<std::string, How>::value, &read, &write, &equal, "date-time"};
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/timestamps_impl.hpp"
#endif
