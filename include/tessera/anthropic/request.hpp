#pragma once
// POST /v1/messages: the request.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/anthropic/common.hpp"
#include "tessera/anthropic/content.hpp"
#include "tessera/anthropic/tools.hpp"

namespace tessera::anthropic {

/// Who speaks.
enum class role {
    user,      ///< the user; results of tools are the user's to say
    assistant  ///< the model
};

template <std::same_as<role> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("AnthropicRole", json::enumerator("user", T::user),
                                json::enumerator("assistant", T::assistant));
}

/// One turn of a conversation.
struct input_message {
    json::open_enum<anthropic::role> role;  ///< who speaks
    anthropic::content content;             ///< what is said
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<input_message> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicInputMessage", json::field("role", &T::role),
                           json::field("content", &T::content), json::rest(&T::extra));
}

/// Messages in one word: `{.messages = {anthropic::user("Hello.")}}`.
inline input_message user(std::string text) {
    return {.role = role::user, .content = std::move(text)};
}
/// What the user says, in blocks.
inline input_message user(std::vector<input_block> blocks) {
    return {.role = role::user, .content = std::move(blocks)};
}
/// What the model said, or how its answer is to begin where it comes last.
inline input_message assistant(std::string text) {
    return {.role = role::assistant, .content = std::move(text)};
}
/// What the model said, in blocks.
inline input_message assistant(std::vector<input_block> blocks) {
    return {.role = role::assistant, .content = std::move(blocks)};
}
/// What a tool answered to a call. The results of one answer's calls are the blocks of one message
/// of the user.
inline tool_result_block tool_result(std::string tool_use_id, std::string text) {
    return {.tool_use_id = std::move(tool_use_id), .content = std::move(text)};
}

/// Whether and how long the model thinks first.
struct thinking_config {
    std::string type = "enabled";                 ///< "enabled", "disabled", "adaptive"
    std::optional<std::int64_t> budget_tokens{};  ///< of thoughts; at least 1024, below max_tokens
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<thinking_config> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicThinkingConfig", json::field("type", &T::type),
                           json::field("budget_tokens", &T::budget_tokens, json::min(1)),
                           json::rest(&T::extra));
}

/// What is known of a request beside its words.
struct metadata {
    std::optional<std::string> user_id{};  ///< an identifier of your user, not a name
    json::value extra{};                   ///< members that have no name here
};

template <std::same_as<metadata> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMetadata", json::field("user_id", &T::user_id, json::or_null),
                           json::rest(&T::extra));
}

/// The body of POST /v1/messages.
struct message_request {
    std::string model;                    ///< an ID or an alias
    std::int64_t max_tokens;              ///< of the answer at most
    std::vector<input_message> messages;  ///< the conversation so far, at least one message
    /// What holds for the whole conversation.
    std::optional<std::variant<std::string, std::vector<text_block>>> system{};
    /// Set by the client: `create` asks for one answer, `stream` for events.
    std::optional<bool> stream{};
    std::optional<double> temperature{};  ///< 0 to 1; 1 when absent, 0 nearly always the likeliest
    std::optional<std::int64_t> top_k{};  ///< only so many of the likeliest tokens
    std::optional<double> top_p{};  ///< 0 to 1: only the likeliest tokens that make up this share
    std::optional<std::vector<std::string>> stop_sequences{};  ///< each ends the answer
    std::optional<std::vector<anthropic::tool>> tools{};       ///< what the model may call
    std::optional<anthropic::tool_choice> tool_choice{};       ///< whether it must, and which
    std::optional<anthropic::thinking_config> thinking{};      ///< whether it thinks first
    std::optional<anthropic::metadata> metadata{};             ///< for the service
    std::optional<std::string> service_tier{};                 ///< "auto", "standard_only"
    json::value extra{};                                       ///< members that have no name here
};

template <std::same_as<message_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicMessageRequest", json::field("model", &T::model, json::length(1)),
        json::field("max_tokens", &T::max_tokens, json::min(1)),
        json::field("messages", &T::messages, json::items(1)), json::field("system", &T::system),
        json::field("stream", &T::stream, json::defaults(false)),
        json::field("temperature", &T::temperature, json::range(0.0, 1.0)),
        json::field("top_k", &T::top_k, json::min(0)),
        json::field("top_p", &T::top_p, json::range(0.0, 1.0)),
        json::field("stop_sequences", &T::stop_sequences), json::field("tools", &T::tools),
        json::field("tool_choice", &T::tool_choice), json::field("thinking", &T::thinking),
        json::field("metadata", &T::metadata), json::field("service_tier", &T::service_tier),
        json::rest(&T::extra));
}

/// Headers of POST /v1/messages.
struct message_headers {
    std::optional<std::string> version{};  ///< anthropic-version, such as "2023-06-01"
};

template <std::same_as<message_headers> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMessageHeaders",
                           json::field("anthropic-version", &T::version));
}

}  // namespace tessera::anthropic
