#include "tickets.hpp"

#include <utility>

namespace json = tessera::json;

namespace tickets {

constexpr auto describe(json::type<topic>) {
    return json::enumeration<topic>("Topic", json::enumerator("billing", topic::billing),
                                    json::enumerator("fault", topic::fault),
                                    json::enumerator("question", topic::question));
}

constexpr auto describe(json::type<verdict>) {
    return json::object<verdict>("Verdict", json::field("about", &verdict::about),
                                 json::field("urgent", &verdict::urgent));
}

sorter::sorter(tessera::client_options provider) : client_(std::move(provider)) {}

verdict sorter::sort(const std::string& ticket) const {
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b",
        .messages = {tessera::system("What is this ticket about? Is it urgent?"),
                     tessera::user(ticket)},
        .temperature = 0};
    auto reply = client_.chat.completions.try_parse<verdict>(request);
    if (reply) return reply->value;

    const tessera::error& failed = reply.error();
    switch (failed.kind) {
        case tessera::error_kind::rate_limit:
            throw busy(std::chrono::ceil<std::chrono::seconds>(
                failed.retry_after.value_or(std::chrono::minutes(1))));
        case tessera::error_kind::authentication:
        case tessera::error_kind::not_found:
            throw misconfigured(failed.message);
        default:
            throw unavailable(failed.message);
    }
}

}  // namespace tickets
