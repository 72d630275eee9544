#pragma once
// Log probabilities of generated tokens.
#include <optional>
#include <string>
#include <vector>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// A token that might have been.
struct top_logprob {
    std::string token;  ///< its text
    double logprob;     ///< its log probability
    /// The token's bytes: a token may be a part of a character.
    std::optional<std::vector<int>> bytes{};
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<top_logprob> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TopLogProbs", json::field("token", &T::token),
                           json::field("logprob", &T::logprob),
                           json::field("bytes", &T::bytes, json::or_null), json::rest(&T::extra));
}

/// A token that was generated.
struct token_logprob {
    std::string token;                        ///< its text
    double logprob;                           ///< its log probability
    std::optional<std::vector<int>> bytes{};  ///< as in top_logprob
    std::vector<top_logprob> top_logprobs;    ///< the likeliest tokens in its place
    json::value extra{};                      ///< members that have no name here
};

template <std::same_as<token_logprob> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("LogProbsContent", json::field("token", &T::token),
                           json::field("logprob", &T::logprob),
                           json::field("bytes", &T::bytes, json::or_null),
                           json::field("top_logprobs", &T::top_logprobs), json::rest(&T::extra));
}

/// The log probabilities of a message.
struct chat_logprobs {
    std::optional<std::vector<token_logprob>> content{};  ///< of its text, token by token
    std::optional<std::vector<token_logprob>> refusal{};  ///< of its refusal
    json::value extra{};                                  ///< members that have no name here
};

template <std::same_as<chat_logprobs> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ChatCompletionLogProbs", json::field("content", &T::content, json::or_null),
        json::field("refusal", &T::refusal, json::or_null), json::rest(&T::extra));
}

}  // namespace tessera::openai
