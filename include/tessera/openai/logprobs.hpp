#pragma once
// Log probabilities of generated tokens.
#include <optional>
#include <string>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::openai {

struct top_logprob {
    std::string token;
    double logprob;
    /// The token's bytes: a token may be a part of a character.
    std::optional<std::vector<int>> bytes{};
    json::value extra{};
};

constexpr auto describe(json::type<top_logprob>) {
    return json::object<top_logprob>("TopLogProbs", json::field("token", &top_logprob::token),
                                     json::field("logprob", &top_logprob::logprob),
                                     json::field("bytes", &top_logprob::bytes, json::or_null),
                                     json::rest(&top_logprob::extra));
}

struct token_logprob {
    std::string token;
    double logprob;
    std::optional<std::vector<int>> bytes{};
    std::vector<top_logprob> top_logprobs;
    json::value extra{};
};

constexpr auto describe(json::type<token_logprob>) {
    return json::object<token_logprob>("LogProbsContent",
                                       json::field("token", &token_logprob::token),
                                       json::field("logprob", &token_logprob::logprob),
                                       json::field("bytes", &token_logprob::bytes, json::or_null),
                                       json::field("top_logprobs", &token_logprob::top_logprobs),
                                       json::rest(&token_logprob::extra));
}

struct chat_logprobs {
    std::optional<std::vector<token_logprob>> content{};
    std::optional<std::vector<token_logprob>> refusal{};
    json::value extra{};
};

constexpr auto describe(json::type<chat_logprobs>) {
    return json::object<chat_logprobs>(
        "ChatCompletionLogProbs", json::field("content", &chat_logprobs::content, json::or_null),
        json::field("refusal", &chat_logprobs::refusal, json::or_null),
        json::rest(&chat_logprobs::extra));
}

}  // namespace tessera::openai
