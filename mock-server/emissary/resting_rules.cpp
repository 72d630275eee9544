#include "emissary/resting_rules.hpp"

#include "emissary/hours.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

std::int64_t checked_timeout(std::chrono::seconds given, std::string_view place) {
    constexpr std::chrono::seconds longest = std::chrono::hours(24) * 366;
    if (given <= std::chrono::seconds(0) || given > longest)
        throw refused(invalid_input(
            place, "must be from 1 to " + std::to_string(longest.count()) + " seconds"));
    return given.count();
}

std::string checked_schedule(const wire::schedule& given, std::string_view place) {
    const hours can_be_kept_to(given, place);
    return json::encode(given);
}

}  // namespace

resting_rule rule_of(const wire::resource_management& given, std::string_view place) {
    const std::string config = std::string(place) + ".management_config";
    if (const auto* timeout = std::get_if<wire::inactive_timeout>(&given)) {
        if (!timeout->management_config || !timeout->management_config->inactive_duration)
            return {};
        return {.inactive_s = checked_timeout(*timeout->management_config->inactive_duration,
                                              config + ".inactive_duration")};
    }
    if (const auto* hours = std::get_if<wire::scheduled>(&given)) {
        if (!hours->management_config)
            throw refused(invalid_input(config, "must say at which hours"));
        return {.schedule = checked_schedule(*hours->management_config, config)};
    }
    throw refused(invalid_input(std::string(place) + ".management_type",
                                "must be \"inactive_timeout\" or \"schedule\""));
}

resting_rule rule_of(const std::optional<std::chrono::seconds>& inactive_timeout,
                     const std::optional<wire::schedule>& schedule) {
    if (inactive_timeout && schedule)
        throw refused(
            invalid_input("schedule", "cannot be beside inactive_timeout: leave one out"));
    if (inactive_timeout)
        return {.inactive_s = checked_timeout(*inactive_timeout, "inactive_timeout")};
    if (schedule) return {.schedule = checked_schedule(*schedule, "schedule")};
    return {};
}

wire::resource_management management_of(const resting_rule& rule,
                                        const emissary_options& settings) {
    if (rule.schedule)
        return wire::scheduled{.management_config =
                                   json::decode_text<wire::schedule>(*rule.schedule).value()};
    const std::chrono::seconds timeout(rule.inactive_s.value_or(settings.inactive_timeout_s));
    return wire::inactive_timeout{.management_config =
                                      wire::inactivity{.inactive_duration = timeout}};
}

}  // namespace tessera::server::emissary
