#pragma once
// POST /v1/chat/completions: the request. Answers and chunks are OpenAI's own.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/emissary/describe.hpp"
#include "tessera/openai/chat.hpp"
#include "tessera/openai/request_parts.hpp"

namespace tessera::emissary {

/// Who speaks.
enum class chat_role {
    system,    ///< who set the conversation up
    user,      ///< the user
    assistant  ///< the model
};

template <std::same_as<chat_role> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ChatRole", json::enumerator("system", T::system),
                                json::enumerator("user", T::user),
                                json::enumerator("assistant", T::assistant));
}

/// One turn of a conversation.
struct chat_message {
    chat_role role{};     ///< who speaks
    std::string content;  ///< what is said
};

template <std::same_as<chat_message> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatMessage", json::field("role", &T::role),
                           json::field("content", &T::content));
}

/// Messages in one word: `{.messages = {emissary::user("Hello.")}}`.
inline chat_message user(std::string text) { return {chat_role::user, std::move(text)}; }
/// What holds for the whole conversation.
inline chat_message system(std::string text) { return {chat_role::system, std::move(text)}; }
/// What the model said before.
inline chat_message assistant(std::string text) { return {chat_role::assistant, std::move(text)}; }

/// A conversation to be answered.
struct chat_request {
    std::string model;                         ///< a deployment's or a serverless base model's name
    std::vector<chat_message> messages;        ///< the conversation so far
    std::optional<double> temperature{};       ///< 0 always takes the likeliest token
    std::optional<std::int64_t> max_tokens{};  ///< of the answer at most
    std::optional<double> top_p{};             ///< only the likeliest tokens that make this share
    std::optional<std::int64_t> top_k{};       ///< only so many of the likeliest tokens
    /// Set by the client: `create` asks for one answer, `stream` for chunks.
    std::optional<bool> stream{};
    std::optional<openai::stream_options>
        stream_options{};  ///< what a stream tells beside its text
};

template <std::same_as<chat_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ChatCompletionRequest", json::field("model", &T::model),
        json::field("messages", &T::messages), json::field("temperature", &T::temperature),
        json::field("max_tokens", &T::max_tokens), json::field("top_p", &T::top_p),
        json::field("top_k", &T::top_k), json::field("stream", &T::stream),
        json::field("stream_options", &T::stream_options));
}

}  // namespace tessera::emissary
