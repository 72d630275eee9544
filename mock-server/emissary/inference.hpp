#pragma once
// What base models and deployments answer.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/refusal.hpp"
#include "chat/sampling.hpp"
#include "emissary/service.hpp"
#include "tessera/emissary/chat.hpp"
#include "tessera/emissary/classification.hpp"
#include "tessera/emissary/completions.hpp"
#include "tessera/emissary/embeddings.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

/// /v1/completions, /v1/chat/completions, /v1/embeddings, /v1/classification.
std::vector<route> inference_routes(service& with);

// The handlers, of the exchange's thread.
void create_completion(service& with, const exchange_ptr& asked,
                       tessera::emissary::completion_request request);
void create_chat_completion(service& with, const exchange_ptr& asked,
                            tessera::emissary::chat_request request);
void create_embedding(service& with, const exchange_ptr& asked,
                      tessera::emissary::embedding_request request);
void create_classification(service& with, const exchange_ptr& asked,
                           tessera::emissary::classification_request request);

/// Of completions and chats, which spell it alike but for the number of tokens.
template <class Request>
sampling sampling_of(const Request& request, std::string_view most_name,
                     const std::optional<std::int64_t>& most, issue_list& issues) {
    const auto in_range = [&](const char* name, const std::optional<double>& value, double high) {
        if (value && !(*value >= 0 && *value <= high))
            wrong(issues, {name}, "out_of_range",
                  "must be from 0 to " + std::to_string(static_cast<int>(high)));
    };
    const auto positive = [&](std::string_view name, const std::optional<std::int64_t>& value) {
        if (value && *value < 1)
            wrong(issues, {std::string(name)}, "out_of_range", "must be at least 1");
    };
    in_range("temperature", request.temperature, 2);
    in_range("top_p", request.top_p, 1);
    positive("top_k", request.top_k);
    positive(most_name, most);
    sampling made{.temperature = request.temperature,
                  .top_p = request.top_p,
                  .top_k = request.top_k,
                  .max_tokens = most.value_or(-1)};
    return made;
}

/// 400 with what is wrong, if anything is.
bool refuse_issues(exchange& asked, const issue_list& issues);

/// Unix seconds.
std::int64_t seconds_now(const service& with);

}  // namespace tessera::server::emissary
