#pragma once
// How C++ values are kept in columns.
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::server::store {

/// A text in SQL. It is a constant of the program, so that nothing which came from outside can be
/// part of it.
class sql {
  public:
    template <std::size_t Size>
    consteval sql(const char (&literal)[Size]) : text_(literal, Size - 1) {}

    constexpr std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

using bytes_view = std::span<const std::byte>;

/// As the database has it: NULL, INTEGER, REAL, TEXT, BLOB. Views are of what lives elsewhere.
using value = std::variant<std::monostate, std::int64_t, double, std::string_view, bytes_view>;

template <class T>
inline constexpr bool is_point_in_time = false;
template <class Duration>
inline constexpr bool
    is_point_in_time<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;

/// Integers and bool are INTEGER, double and float REAL, strings TEXT, bytes BLOB. Points in time
/// are INTEGER: microseconds since 1970 in UTC, rounded down. Described enumerations are TEXT, as in
/// JSON. std::nullopt is NULL, and so is the NaN.
template <class T>
value to_value(const T& from) {
    if constexpr (json::is_optional<T>) {
        return from ? store::to_value(*from) : value();
    } else if constexpr (std::same_as<T, std::nullopt_t>) {
        return {};
    } else if constexpr (std::integral<T>) {
        static_assert(sizeof(T) < 8 || std::is_signed_v<T>, "INTEGER ends at 2^63 - 1");
        return static_cast<std::int64_t>(from);
    } else if constexpr (std::floating_point<T>) {
        return static_cast<double>(from);
    } else if constexpr (json::is_open_enum<T>) {
        return from.text();
    } else if constexpr (json::described_enum<T>) {
        return json::text_of(from);
    } else if constexpr (is_point_in_time<T>) {
        return std::int64_t{
            std::chrono::floor<std::chrono::microseconds>(from.time_since_epoch()).count()};
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return std::string_view(from);
    } else {
        static_assert(std::convertible_to<const T&, bytes_view>, "no column holds this type");
        return bytes_view(from);
    }
}

/// Copies out of the database; false for what T cannot be. A double may come of an INTEGER.
template <class T>
bool from_value(const value& from, T& to) {
    const auto* const integer = std::get_if<std::int64_t>(&from);
    if constexpr (json::is_optional<T>) {
        to.reset();
        return std::holds_alternative<std::monostate>(from) ||
               store::from_value(from, to.emplace());
    } else if constexpr (std::same_as<T, bool>) {
        return integer && (to = *integer != 0, *integer == 0 || *integer == 1);
    } else if constexpr (std::integral<T>) {
        return integer && std::in_range<T>(*integer) && (to = static_cast<T>(*integer), true);
    } else if constexpr (std::floating_point<T>) {
        if (const auto* const real = std::get_if<double>(&from))
            to = static_cast<T>(*real);
        else if (integer)
            to = static_cast<T>(*integer);
        else
            return false;
        return true;
    } else if constexpr (is_point_in_time<T>) {
        using std::chrono::microseconds;
        if (!integer) return false;
        if constexpr (std::ratio_less_v<typename T::period, microseconds::period>) {
            const auto most = std::chrono::duration_cast<microseconds>(T::duration::max()).count();
            if (*integer > most || *integer < -most) return false;
        }
        to = T(std::chrono::floor<typename T::duration>(microseconds(*integer)));
        return true;
    } else if constexpr (json::is_open_enum<T>) {
        const auto* const text = std::get_if<std::string_view>(&from);
        return text && (to = T(*text), true);
    } else if constexpr (json::described_enum<T>) {
        const auto* const text = std::get_if<std::string_view>(&from);
        const auto found = text ? json::enumerator_of<T>(*text) : std::nullopt;
        return found && (to = *found, true);
    } else if constexpr (std::same_as<T, std::string>) {
        const auto* const text = std::get_if<std::string_view>(&from);
        return text && (to = *text, true);
    } else {
        static_assert(std::same_as<T, std::vector<std::byte>>, "no column becomes this type");
        const auto* const bytes = std::get_if<bytes_view>(&from);
        return bytes && (to.assign(bytes->begin(), bytes->end()), true);
    }
}

/// A value for a parameter: by the parameter's name, or by its place where there is no name.
struct argument {
    std::string_view name;
    value given;
};

/// How a member of a struct is a column of the same name.
struct column {
    std::string_view name{};
    value (*write)(const void* member) = nullptr;
    bool (*read)(const value& from, void* member) = nullptr;
};

/// How a struct is a row.
struct row_type {
    std::span<const column> columns;
    void (*locate)(const void* row, const void** members);
};

namespace detail {

template <class Member>
struct column_of {
    static constexpr column value{
        {},
        [](const void* member) { return store::to_value(*static_cast<const Member*>(member)); },
        [](const store::value& from, void* member) {
            return store::from_value(from, *static_cast<Member*>(member));
        }};
};
// What is described for JSON as well may have a place for unknown members, which is no column.
template <>
struct column_of<json::value> {
    static constexpr column value{};
};

template <class Row>
struct row_of {
    static constexpr column only = column_of<Row>::value;
    static constexpr row_type type{{&only, 1},
                                   [](const void* row, const void** members) { *members = row; }};
};
template <json::described_object Row>
struct row_of<Row> {
    static constexpr auto columns = [] {
        auto all = json::description<Row>.template table<column_of, column>();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const json::part_info& part = json::description<Row>.parts[i];
            if ((part.is == json::part_info::role::member) != (all[i].read != nullptr))
                throw "no column holds a member of this type";
            all[i].name = part.name;
        }
        return all;
    }();
    static constexpr row_type type{columns, [](const void* row, const void** members) {
                                       json::description<Row>.locate(*static_cast<const Row*>(row),
                                                                     members);
                                   }};
};

}  // namespace detail

/// A described struct gives its members by their names; other values count from ?1.
template <class... Values>
auto arguments_of(const Values&... values) {
    if constexpr (sizeof...(Values) == 1 && (json::described_object<Values> && ...)) {
        constexpr auto& columns = detail::row_of<Values...>::columns;
        std::array<argument, columns.size()> made;
        const void* members[columns.size()];
        (json::description<Values>.locate(values, members), ...);
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].write) made[i] = {columns[i].name, columns[i].write(members[i])};
        return made;
    } else {
        return std::array<argument, sizeof...(Values)>{argument{{}, store::to_value(values)}...};
    }
}

}  // namespace tessera::server::store
