#pragma once
// What an answer cost, in tokens.
#include <cstdint>
#include <optional>

#include "tessera/core/counts.hpp"
#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// How the tokens of a prompt were come by.
struct prompt_tokens_details {
    std::optional<std::int64_t> cached_tokens{};  ///< read from the cache
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<prompt_tokens_details> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("PromptTokensDetails", json::field("cached_tokens", &T::cached_tokens),
                           json::rest(&T::extra));
}

/// How the tokens of an answer were come by.
struct completion_tokens_details {
    std::optional<std::int64_t> accepted_prediction_tokens{};  ///< of the prediction, and right
    std::optional<std::int64_t> rejected_prediction_tokens{};  ///< of the prediction, and wrong
    std::optional<std::int64_t> reasoning_tokens{};            ///< of thoughts
    json::value extra{};                                       ///< members that have no name here
};

template <std::same_as<completion_tokens_details> T>
constexpr auto describe(json::type<T>) {
    using details = T;
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
        return total_tokens.value_or(
            add_counts(prompt_tokens.value_or(0), completion_tokens.value_or(0)));
    }
};

template <std::same_as<usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Usage", json::field("prompt_tokens", &T::prompt_tokens),
                           json::field("completion_tokens", &T::completion_tokens),
                           json::field("total_tokens", &T::total_tokens),
                           json::field("prompt_tokens_details", &T::prompt_tokens_details),
                           json::field("completion_tokens_details", &T::completion_tokens_details),
                           json::rest(&T::extra));
}

}  // namespace tessera::openai
