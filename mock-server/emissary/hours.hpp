#pragma once
// At which times something runs that has a schedule.
#include <chrono>
#include <optional>

#include "tessera/emissary/schedule.hpp"

namespace tessera::server::emissary {

/// A schedule, which may lack a member: its zone is UTC, it begins and ends at midnight, and it is
/// for every day. Where its end is not after its start, it ends on the day after. Of an hour that a
/// clock shows twice it means the first, and of one that a clock skips the moment of the change.
class hours {
  public:
    using time_point = std::chrono::system_clock::time_point;

    /// Throws `refused`, a 400 that names the member of `place`, for a zone that the system's
    /// database does not have and for days that are none.
    hours(const tessera::emissary::schedule& given, std::string_view place);

    /// Whether that time is within them; the beginning is, the end is not.
    bool contain(time_point at) const;
    /// The next time after that one at which they begin, or end; nothing where they always go on.
    std::optional<time_point> next_begin(time_point after) const;
    std::optional<time_point> next_end(time_point after) const;

  private:
    struct stretch {
        time_point begin;
        time_point end;
    };
    // The one that contains a time or else is the next after it, with those that follow at once.
    std::optional<stretch> at_or_after(time_point when) const;

    const void* zone_;  // of the database of time zones, which lasts as long as the program
    std::chrono::minutes begin_;
    std::chrono::minutes end_;  // after the midnight at which the day of begin_ starts
    unsigned days_ = 0;         // a bit each, from Monday on
};

}  // namespace tessera::server::emissary
