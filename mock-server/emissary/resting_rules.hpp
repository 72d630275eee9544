#pragma once
// When engines and deployments rest, as requests say it and as rows have it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/emissary_options.hpp"
#include "emissary/problems.hpp"
#include "tessera/emissary/schedule.hpp"

namespace tessera::server::emissary {

/// One of both at most; neither means the server's own time-out.
struct resting_rule {
    std::optional<std::int64_t> inactive_s{};
    std::optional<std::string> schedule{};  // JSON
};

/// Throws `refused`, a 400 that names the member below `place`, for what cannot be kept to.
resting_rule rule_of(const wire::resource_management& given, std::string_view place);
resting_rule rule_of(const std::optional<std::chrono::seconds>& inactive_timeout,
                     const std::optional<wire::schedule>& schedule);

/// As answers tell it.
wire::resource_management management_of(const resting_rule& rule, const emissary_options& settings);

}  // namespace tessera::server::emissary
