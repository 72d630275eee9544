#include "cortex/problems.hpp"

#include <algorithm>

namespace tessera::server::cortex {
namespace {

constexpr std::size_t most_told = 5;

}  // namespace

problem problem_of(std::span<const json::issue> issues) {
    problem made{.status = 400, .message = {}};
    const std::size_t told = std::min(issues.size(), most_told);
    for (const json::issue& each : issues.first(told)) {
        const std::string place = json::to_string(each.path);
        if (!made.message.empty()) made.message += "; ";
        made.message += place.empty() ? each.message : place + ": " + each.message;
    }
    if (told < issues.size())
        made.message += "; and " + std::to_string(issues.size() - told) + " more";
    if (issues.empty()) return made;
    made.param = json::to_string(issues.front().path);
    made.code = issues.front().type;
    return made;
}

problem unknown_model(const std::string& name) {
    return {.status = 404,
            .message = "there is no model '" + name +
                       "': GET /v1/models lists those that this key may use",
            .param = "model",
            .code = "model_not_found"};
}

}  // namespace tessera::server::cortex
