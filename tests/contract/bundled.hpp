#pragma once
// The model that comes with the project, which thinks and calls tools; and a server so small that
// requests wait for each other. Both for the member tests of members.hpp.
#include "contract/members.hpp"
#include "text/tokenizer.hpp"

namespace tessera::contract {

inline running_server& bundled_server() {
    static running_server server([] {
        auto settings = tiny_options();
        settings.models = {};
        return settings;
    }());
    return server;
}

/// One request at a time, and a cache of 2,048 tokens.
inline running_server& small_server() {
    static running_server server([] {
        auto settings = tiny_options();
        settings.max_sequences = 1;
        return settings;
    }());
    return server;
}

template <running_server& (*Server)(), class Api>
struct served_by : Api {
    static const auto& resource() {
        static const cerebras::client own(options_to(Server()));
        if constexpr (std::is_same_v<Api, chat>)
            return own.chat.completions;
        else
            return own.completions;
    }
};

/// The number of a token of the bundled model.
inline int bundled_token(std::string_view text) {
    static const auto tokens = engine::tokenizer::load(server::bundled_model().value());
    return tokens.id_of(text).value();
}

using bundled_chat = served_by<&bundled_server, chat>;
using bundled_completion = served_by<&bundled_server, completion>;

/// A question with one certain answer.
inline cerebras::chat_request asking(std::string question = "What is the capital of France?") {
    cerebras::chat_request made{.model = "llama3.1-8b", .messages = {user(std::move(question))}};
    made.temperature = 0;
    return made;
}

/// The message of the first choice. Throws.
inline cerebras::chat_response_message message_of(const cerebras::chat_request& given) {
    return ask<bundled_chat>(given).choices.at(0).message;
}

inline std::int64_t thought_tokens_of(const openai::usage& usage) {
    return usage.completion_tokens_details.value().reasoning_tokens.value();
}

/// The tokens that log probabilities are of, joined.
inline std::string text_of(const std::optional<openai::chat_logprobs>& of) {
    std::string text;
    for (const openai::token_logprob& each : *of.value().content) text += each.token;
    return text;
}

/// A prompt whose key is given stays in the cache while others come and go.
template <class Api>
void prompt_cache_key() {
    using small = served_by<&small_server, Api>;
    const auto cached_after_others = [](const char* key) {
        auto mine = small::saying(std::string(200, *key));
        mine.*Api::max_tokens = 2;
        mine.prompt_cache_key = key;
        const auto first = ask<small>(mine);
        for (int i = 0; i < 5; ++i) {
            auto other = small::saying(std::to_string(i) + key + std::string(1000, 'x'));
            other.*Api::max_tokens = 2;
            ask<small>(other);
        }
        const auto again = ask<small>(mine);
        EXPECT_EQ(Api::text_of(again.choices.at(0)), Api::text_of(first.choices.at(0)));
        return Api::usage_of(again).prompt_tokens_details.value().cached_tokens.value();
    };
    EXPECT_GT(cached_after_others("k"), 150);
    EXPECT_LT(cached_after_others(""), 50);
    auto request = plain<Api>();
    request.prompt_cache_key = std::string(1025, 'k');
    EXPECT_EQ(issues<Api>(request).count("body.prompt_cache_key"), 1U);
}

}  // namespace tessera::contract
