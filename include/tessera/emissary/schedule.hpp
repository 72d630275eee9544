#pragma once
// When engines and deployments run, and when they rest.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// A time of the day to the minute, "HH:MM" in JSON: `.start_time = 10h + 30min`.
class time_of_day {
  public:
    /// Midnight.
    constexpr time_of_day() = default;
    /// So long after midnight; invalid_argument_error for what is not within a day.
    template <class Rep, class Period>
    requires(std::is_convertible_v<std::chrono::duration<Rep, Period>, std::chrono::minutes>)
        time_of_day(std::chrono::duration<Rep, Period> after_midnight)
        : passed_(within_a_day(after_midnight)) {}

    /// What has passed since midnight.
    constexpr std::chrono::minutes since_midnight() const { return passed_; }
    bool operator==(const time_of_day&) const = default;

  private:
    TESSERA_COLD_DECL static std::chrono::minutes within_a_day(std::chrono::minutes passed);

    std::chrono::minutes passed_{};
};

/// A day of the week.
enum class weekday {
    monday,     ///< Monday
    tuesday,    ///< Tuesday
    wednesday,  ///< Wednesday
    thursday,   ///< Thursday
    friday,     ///< Friday
    saturday,   ///< Saturday
    sunday      ///< Sunday
};

template <std::same_as<weekday> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "Weekday", json::enumerator("monday", T::monday), json::enumerator("tuesday", T::tuesday),
        json::enumerator("wednesday", T::wednesday), json::enumerator("thursday", T::thursday),
        json::enumerator("friday", T::friday), json::enumerator("saturday", T::saturday),
        json::enumerator("sunday", T::sunday));
}

/// The hours in which something runs.
struct schedule {
    std::optional<std::string> timezone{};    ///< of IANA: "America/Los_Angeles"
    std::optional<time_of_day> start_time{};  ///< it starts then
    std::optional<time_of_day> end_time{};    ///< and ends then
    std::optional<std::vector<json::open_enum<weekday>>> days{};  ///< on these days
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<schedule> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Schedule", json::field("timezone", &T::timezone),
                           json::field("start_time", &T::start_time),
                           json::field("end_time", &T::end_time), json::field("days", &T::days),
                           json::rest(&T::extra));
}

/// How long something may lie idle.
struct inactivity {
    std::optional<std::chrono::seconds> inactive_duration{};  ///< without a request
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<inactivity> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("InactiveTimeoutConfig",
                           json::field("inactive_duration", &T::inactive_duration),
                           json::rest(&T::extra));
}

/// An engine rests when nobody asks for it; the next request wakes it.
struct inactive_timeout {
    json::fixed<"inactive_timeout"> management_type{};  ///< always "inactive_timeout"
    std::optional<inactivity> management_config{};      ///< after how long
    json::value extra{};                                ///< members that have no name here
};

template <std::same_as<inactive_timeout> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("InactiveTimeout", json::field("management_type", &T::management_type),
                           json::field("management_config", &T::management_config),
                           json::rest(&T::extra));
}

/// An engine runs at certain hours.
struct scheduled {
    json::fixed<"schedule"> management_type{};    ///< always "schedule"
    std::optional<schedule> management_config{};  ///< at which
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<scheduled> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ScheduleManagement", json::field("management_type", &T::management_type),
        json::field("management_config", &T::management_config), json::rest(&T::extra));
}

/// When an engine runs.
using resource_management = std::variant<inactive_timeout, scheduled, json::unknown>;

namespace detail {

TESSERA_COLD_DECL bool read_time_of_day(json::detail::reading& by, const json::value& in,
                                        time_of_day& out, const json::detail::location& at);
TESSERA_COLD_DECL void write_time_of_day(std::string& out, time_of_day given);

}  // namespace detail

}  // namespace tessera::emissary

namespace tessera::json::detail {

template <use How>
struct table<emissary::time_of_day, How> {
    using time = emissary::time_of_day;

    static bool read(reading& by, const json::value& in, void* out, const location& at,
                     const constraints*) {
        return emissary::detail::read_time_of_day(by, in, *static_cast<time*>(out), at);
    }
    static void write(std::string& out, const void* self) {
        emissary::detail::write_time_of_day(out, *static_cast<const time*>(self));
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const time*>(left) == *static_cast<const time*>(right);
    }
    static constexpr custom_node value{
        {shape::custom}, &table<std::string, How>::value, &read, &write, &equal};
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/schedule_impl.hpp"
#endif
