#include "cortex/providers/failures.hpp"

#include "cortex/problems.hpp"
#include "cortex/translation/errors.hpp"

namespace tessera::server::cortex {

failure failure_of(const error& reason, const std::string& provider) {
    failure made{.reason = problem_of(reason, provider)};
    switch (reason.kind) {
        case error_kind::connection:
        case error_kind::timeout:
        case error_kind::tls:
        case error_kind::protocol:
        case error_kind::incomplete_stream:
        case error_kind::rate_limit:
        case error_kind::internal_server:
            made.may_pass_elsewhere = true;
            break;
        default:
            break;
    }
    return made;
}

failure failure_of(const refusal& reason, const part_names& names) {
    failure made{.reason = server::problem_of(reason, names)};
    made.may_pass_elsewhere = made.reason.status == 429 || made.reason.status >= 500;
    return made;
}

failure failure_of(std::span<const json::issue> issues) { return {.reason = problem_of(issues)}; }

}  // namespace tessera::server::cortex
