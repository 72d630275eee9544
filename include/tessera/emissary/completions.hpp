#pragma once
// POST /v1/completions: text that goes on.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// The body of client.completions.create().
struct completion_request {
    std::string model;                    ///< a deployment's or a serverless base model's name
    std::string prompt;                   ///< the text that goes on
    std::optional<double> temperature{};  ///< 0 always takes the likeliest token
    std::optional<std::int64_t> max_completion_tokens{};  ///< of the answer at most
    std::optional<double> top_p{};        ///< only the likeliest tokens that make this share
    std::optional<std::int64_t> top_k{};  ///< only so many of the likeliest tokens
};

template <std::same_as<completion_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("CompletionRequest", json::field("model", &T::model),
                           json::field("prompt", &T::prompt),
                           json::field("temperature", &T::temperature),
                           json::field("max_completion_tokens", &T::max_completion_tokens),
                           json::field("top_p", &T::top_p), json::field("top_k", &T::top_k));
}

/// One of the completions.
struct completion_choice {
    std::int64_t index{};                          ///< its number
    std::string text{};                            ///< what goes on
    std::optional<std::string> logprobs{};         ///< of the tokens, as the service writes them
    std::optional<std::string> prompt_logprobs{};  ///< of the prompt's, as the service writes them
    std::optional<std::string> stop_reason{};      ///< what ended it, where that was no end token
    std::optional<std::string> finish_reason{};    ///< why it ended: "stop", "length"
    json::value extra{};                           ///< members that have no name here
};

template <std::same_as<completion_choice> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("CompletionChoice", json::field("index", &T::index),
                           json::field("text", &T::text),
                           json::field("logprobs", &T::logprobs, json::or_null),
                           json::field("prompt_logprobs", &T::prompt_logprobs, json::or_null),
                           json::field("stop_reason", &T::stop_reason, json::or_null),
                           json::field("finish_reason", &T::finish_reason), json::rest(&T::extra));
}

/// Tokens that were read and written.
struct completion_usage {
    std::optional<std::int64_t> prompt_tokens{};         ///< read
    std::optional<std::int64_t> completion_tokens{};     ///< written
    std::optional<std::int64_t> total_tokens{};          ///< both
    std::optional<std::string> prompt_tokens_details{};  ///< as the service writes them
    json::value extra{};                                 ///< members that have no name here
};

template <std::same_as<completion_usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CompletionUsage", json::field("prompt_tokens", &T::prompt_tokens),
        json::field("completion_tokens", &T::completion_tokens),
        json::field("total_tokens", &T::total_tokens),
        json::field("prompt_tokens_details", &T::prompt_tokens_details, json::or_null),
        json::rest(&T::extra));
}

/// The answer of client.completions.create().
struct completion {
    std::string id;                                     ///< of the answer
    std::string object{};                               ///< "text_completion"
    std::optional<std::chrono::sys_seconds> created{};  ///< when
    std::optional<std::string> model{};                 ///< the model's name
    std::vector<completion_choice> choices;             ///< one
    std::optional<completion_usage> usage{};            ///< tokens
    json::value extra{};                                ///< members that have no name here

    /// The text of the first choice; empty when it has none.
    std::string_view text() const {
        return choices.empty() ? std::string_view() : std::string_view(choices.front().text);
    }
};

template <std::same_as<completion> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("CompletionObject", json::field("id", &T::id),
                           json::field("object", &T::object, json::constant("text_completion")),
                           json::field("created", &T::created), json::field("model", &T::model),
                           json::field("choices", &T::choices), json::field("usage", &T::usage),
                           json::rest(&T::extra));
}

}  // namespace tessera::emissary
