#include "emissary/inference.hpp"

#include <utility>

#include "emissary/routes.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {

std::vector<route> inference_routes(service& with) {
    namespace operations = tessera::emissary::operations;
    route_list made(with);
    made.add(operations::create_completion, &create_completion);
    made.add(operations::create_chat_completion, &create_chat_completion);
    made.add(operations::create_embedding, &create_embedding);
    made.add(operations::create_classification, &create_classification);
    return std::move(made).take();
}

bool refuse_issues(exchange& asked, const issue_list& issues) {
    if (issues.empty()) return false;
    asked.respond(asked.request().api->invalid(asked.request(), "body", issues));
    return true;
}

std::int64_t seconds_now(const service& with) { return with.now().time_since_epoch().count(); }

}  // namespace tessera::server::emissary
