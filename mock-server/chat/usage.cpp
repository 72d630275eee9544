#include "chat/usage.hpp"

namespace tessera::server {

openai::usage usage_of(const totals& sum) {
    openai::usage made{.prompt_tokens = sum.prompt_tokens,
                       .completion_tokens = sum.completion_tokens};
    if (sum.prompt_tokens && sum.completion_tokens) made.total_tokens = tokens_of(sum);
    if (sum.cached_tokens)
        made.prompt_tokens_details =
            openai::prompt_tokens_details{.cached_tokens = sum.cached_tokens};
    if (sum.accepted_predicted_tokens || sum.rejected_predicted_tokens || sum.thought_tokens)
        made.completion_tokens_details = openai::completion_tokens_details{
            .accepted_prediction_tokens = sum.accepted_predicted_tokens,
            .rejected_prediction_tokens = sum.rejected_predicted_tokens,
            .reasoning_tokens = sum.thought_tokens};
    return made;
}

std::int64_t tokens_of(const totals& sum) {
    return add_counts(sum.prompt_tokens.value_or(0), sum.completion_tokens.value_or(0));
}

}  // namespace tessera::server
