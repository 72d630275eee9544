#pragma once
// A conversation: what each role may say.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/openai/content.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// What holds for the whole conversation.
struct system_message {
    openai::content content;            ///< what it says
    std::optional<std::string> name{};  ///< tells speakers of one role apart
    json::fixed<"system"> role{};       ///< always "system"
    json::value extra{};                ///< members that have no name here
};

/// The same, as newer models call it.
struct developer_message {
    openai::content content;            ///< what it says
    std::optional<std::string> name{};  ///< tells speakers of one role apart
    json::fixed<"developer"> role{};    ///< always "developer"
    json::value extra{};                ///< members that have no name here
};

/// What the user says.
struct user_message {
    openai::content content;            ///< what it says
    std::optional<std::string> name{};  ///< tells speakers of one role apart
    json::fixed<"user"> role{};         ///< always "user"
    json::value extra{};                ///< members that have no name here
};

/// What the model said before.
struct assistant_message {
    std::optional<text_only_content> content{};          ///< its text
    std::optional<std::string> name{};                   ///< tells speakers of one role apart
    std::optional<text_only_content> reasoning{};        ///< its thoughts
    json::fixed<"assistant"> role{};                     ///< always "assistant"
    std::optional<std::vector<tool_call>> tool_calls{};  ///< what it called
    json::value extra{};                                 ///< members that have no name here
};

/// What a tool answered to the call `tool_call_id`.
struct tool_message {
    text_only_content content;          ///< the result
    std::optional<std::string> name{};  ///< the tool's
    json::fixed<"tool"> role{};         ///< always "tool"
    std::string tool_call_id;           ///< of the call
    json::value extra{};                ///< members that have no name here
};

namespace detail {
// System, developer and user messages have the same members; only the role differs.
template <class Message>
constexpr auto describe_prompt_message(const char* schema_name, const char* role) {
    return json::object<Message>(schema_name, json::field("content", &Message::content),
                                 json::field("name", &Message::name, json::or_null),
                                 json::field("role", &Message::role, json::defaults(role)),
                                 json::rest(&Message::extra));
}
}  // namespace detail

template <std::same_as<system_message> T>
constexpr auto describe(json::type<T>) {
    return detail::describe_prompt_message<T>("SystemMessageRequest", "system");
}
template <std::same_as<developer_message> T>
constexpr auto describe(json::type<T>) {
    return detail::describe_prompt_message<T>("DeveloperMessageRequest", "developer");
}
template <std::same_as<user_message> T>
constexpr auto describe(json::type<T>) {
    return detail::describe_prompt_message<T>("UserMessageRequest", "user");
}
template <std::same_as<assistant_message> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AssistantMessageRequest", json::field("content", &T::content, json::or_null),
        json::field("name", &T::name, json::or_null),
        json::field("reasoning", &T::reasoning, json::or_null),
        json::field("role", &T::role, json::defaults("assistant")),
        json::field("tool_calls", &T::tool_calls, json::or_null), json::rest(&T::extra));
}
template <std::same_as<tool_message> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ToolMessageRequest", json::field("content", &T::content),
                           json::field("name", &T::name, json::or_null),
                           json::field("role", &T::role, json::defaults("tool")),
                           json::field("tool_call_id", &T::tool_call_id), json::rest(&T::extra));
}

/// One turn of a conversation.
using message =
    std::variant<system_message, developer_message, user_message, assistant_message, tool_message>;

/// Who speaks.
enum class role {
    assistant,  ///< the model
    user,       ///< the user
    system,     ///< who set the conversation up
    tool        ///< a function that was called
};

template <std::same_as<role> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "Role", json::enumerator("assistant", T::assistant), json::enumerator("user", T::user),
        json::enumerator("system", T::system), json::enumerator("tool", T::tool));
}

}  // namespace tessera::openai

namespace tessera {

/// Messages in one word: `{.messages = {system("Be brief."), user("Hello.")}}`.
inline openai::system_message system(std::string text) { return {.content = std::move(text)}; }
/// A developer_message of plain text.
inline openai::developer_message developer(std::string text) {
    return {.content = std::move(text)};
}
/// A user_message of plain text.
inline openai::user_message user(std::string text) { return {.content = std::move(text)}; }
/// An assistant_message of plain text.
inline openai::assistant_message assistant(std::string text) {
    openai::assistant_message message;
    message.content = openai::text_only_content(std::move(text));
    return message;
}
/// What a tool answered to a call.
inline openai::tool_message tool_result(std::string tool_call_id, std::string text) {
    openai::tool_message message;
    message.content = std::move(text);
    message.tool_call_id = std::move(tool_call_id);
    return message;
}

}  // namespace tessera
