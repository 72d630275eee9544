#include "emissary/hours.hpp"

#include <date/tz.h>

#include <stdexcept>
#include <string>

#include "emissary/problems.hpp"

namespace tessera::server::emissary {
namespace {

constexpr unsigned every_day = 0x7f;

const date::time_zone* zone_of(const std::string& name, std::string_view place) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        throw refused(invalid_input(std::string(place) + ".timezone",
                                    "the system's database has no time zone " + shown(name) +
                                        "; names are those of IANA, such as Europe/Berlin"));
    }
}

unsigned days_of(const wire::schedule& given, std::string_view place) {
    if (!given.days) return every_day;
    unsigned made = 0;
    for (const auto& each : *given.days)
        if (const auto known = each.known()) made |= 1U << static_cast<unsigned>(*known);
    if (made == 0)
        throw refused(invalid_input(std::string(place) + ".days", "must name at least one day"));
    return made;
}

}  // namespace

hours::hours(const wire::schedule& given, std::string_view place)
    : zone_(zone_of(given.timezone.value_or("UTC"), place)),
      begin_(given.start_time.value_or(wire::time_of_day()).since_midnight()),
      end_(given.end_time.value_or(wire::time_of_day()).since_midnight()),
      days_(days_of(given, place)) {
    if (end_ <= begin_) end_ += std::chrono::hours(24);
}

std::optional<hours::stretch> hours::at_or_after(time_point when) const {
    const auto& zone = *static_cast<const date::time_zone*>(zone_);
    const auto today = date::floor<date::days>(zone.to_local(when));
    const auto at = [&](auto local) -> time_point {
        return zone.to_sys(local, date::choose::earliest);
    };
    std::optional<stretch> found;
    // Yesterday's may go on still, and a week later all days have had their turn.
    for (auto day = today - date::days(1); day <= today + date::days(8); day += date::days(1)) {
        if ((days_ >> (date::weekday(day).iso_encoding() - 1) & 1) == 0) continue;
        const stretch each{at(day + begin_), at(day + end_)};
        if (each.end <= when || each.end <= each.begin) continue;
        if (!found)
            found = each;
        else if (each.begin <= found->end)
            found->end = each.end;
        else
            return found;
    }
    // So many days on end are all of them.
    if (found && found->end - when > date::days(7)) found->end = time_point::max();
    return found;
}

bool hours::contain(time_point at) const {
    const auto found = at_or_after(at);
    return found && found->begin <= at;
}

std::optional<hours::time_point> hours::next_begin(time_point after) const {
    auto found = at_or_after(after);
    if (found && found->begin <= after) {
        if (found->end == time_point::max()) return std::nullopt;
        found = at_or_after(found->end);
    }
    if (!found) return std::nullopt;
    return found->begin;
}

std::optional<hours::time_point> hours::next_end(time_point after) const {
    const auto found = at_or_after(after);
    if (!found || found->end == time_point::max()) return std::nullopt;
    return found->end;
}

}  // namespace tessera::server::emissary
