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

constexpr auto describe(json::type<top_logprob>) {
    return json::object<top_logprob>("TopLogProbs", json::field("token", &top_logprob::token),
                                     json::field("logprob", &top_logprob::logprob),
                                     json::field("bytes", &top_logprob::bytes, json::or_null),
                                     json::rest(&top_logprob::extra));
}

/// A token that was generated.
struct token_logprob {
    std::string token;                        ///< its text
    double logprob;                           ///< its log probability
    std::optional<std::vector<int>> bytes{};  ///< as in top_logprob
    std::vector<top_logprob> top_logprobs;    ///< the likeliest tokens in its place
    json::value extra{};                      ///< members that have no name here
};

constexpr auto describe(json::type<token_logprob>) {
    return json::object<token_logprob>("LogProbsContent",
                                       json::field("token", &token_logprob::token),
                                       json::field("logprob", &token_logprob::logprob),
                                       json::field("bytes", &token_logprob::bytes, json::or_null),
                                       json::field("top_logprobs", &token_logprob::top_logprobs),
                                       json::rest(&token_logprob::extra));
}

/// The log probabilities of a message.
struct chat_logprobs {
    std::optional<std::vector<token_logprob>> content{};  ///< of its text, token by token
    std::optional<std::vector<token_logprob>> refusal{};  ///< of its refusal
    json::value extra{};                                  ///< members that have no name here
};

constexpr auto describe(json::type<chat_logprobs>) {
    return json::object<chat_logprobs>(
        "ChatCompletionLogProbs", json::field("content", &chat_logprobs::content, json::or_null),
        json::field("refusal", &chat_logprobs::refusal, json::or_null),
        json::rest(&chat_logprobs::extra));
}

}  // namespace tessera::openai
