#pragma once
// What an answer cost, in tokens.
#include <cstdint>
#include <optional>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// How the tokens of a prompt were come by.
struct prompt_tokens_details {
    std::optional<std::int64_t> cached_tokens{};  ///< read from the cache
    json::value extra{};                          ///< members that have no name here
};

constexpr auto describe(json::type<prompt_tokens_details>) {
    return json::object<prompt_tokens_details>(
        "PromptTokensDetails", json::field("cached_tokens", &prompt_tokens_details::cached_tokens),
        json::rest(&prompt_tokens_details::extra));
}

/// How the tokens of an answer were come by.
struct completion_tokens_details {
    std::optional<std::int64_t> accepted_prediction_tokens{};  ///< of the prediction, and right
    std::optional<std::int64_t> rejected_prediction_tokens{};  ///< of the prediction, and wrong
    std::optional<std::int64_t> reasoning_tokens{};            ///< of thoughts
    json::value extra{};                                       ///< members that have no name here
};

constexpr auto describe(json::type<completion_tokens_details>) {
    using details = completion_tokens_details;
    return json::object<details>(
        "CompletionTokensDetails",
        json::field("accepted_prediction_tokens", &details::accepted_prediction_tokens),
        json::field("rejected_prediction_tokens", &details::rejected_prediction_tokens),
        json::field("reasoning_tokens", &details::reasoning_tokens), json::rest(&details::extra));
}

/// Tokens that were read and written.
struct usage {
    std::optional<std::int64_t> prompt_tokens{};      ///< of the prompt
    std::optional<std::int64_t> completion_tokens{};  ///< of all choices, thoughts included
    std::optional<std::int64_t> total_tokens{};       ///< both
    /// Of those of the prompt.
    std::optional<openai::prompt_tokens_details> prompt_tokens_details{};
    /// Of those of the choices.
    std::optional<openai::completion_tokens_details> completion_tokens_details{};
    json::value extra{};  ///< members that have no name here

    /// Tokens of prompt and answer: their sum where the service names no total, 0 where it counts
    /// none.
    std::int64_t total() const {
        return total_tokens.value_or(prompt_tokens.value_or(0) + completion_tokens.value_or(0));
    }
};

constexpr auto describe(json::type<usage>) {
    return json::object<usage>(
        "Usage", json::field("prompt_tokens", &usage::prompt_tokens),
        json::field("completion_tokens", &usage::completion_tokens),
        json::field("total_tokens", &usage::total_tokens),
        json::field("prompt_tokens_details", &usage::prompt_tokens_details),
        json::field("completion_tokens_details", &usage::completion_tokens_details),
        json::rest(&usage::extra));
}

}  // namespace tessera::openai
