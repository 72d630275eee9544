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

constexpr auto describe(json::type<system_message>) {
    return detail::describe_prompt_message<system_message>("SystemMessageRequest", "system");
}
constexpr auto describe(json::type<developer_message>) {
    return detail::describe_prompt_message<developer_message>("DeveloperMessageRequest",
                                                              "developer");
}
constexpr auto describe(json::type<user_message>) {
    return detail::describe_prompt_message<user_message>("UserMessageRequest", "user");
}
constexpr auto describe(json::type<assistant_message>) {
    return json::object<assistant_message>(
        "AssistantMessageRequest",
        json::field("content", &assistant_message::content, json::or_null),
        json::field("name", &assistant_message::name, json::or_null),
        json::field("reasoning", &assistant_message::reasoning, json::or_null),
        json::field("role", &assistant_message::role, json::defaults("assistant")),
        json::field("tool_calls", &assistant_message::tool_calls, json::or_null),
        json::rest(&assistant_message::extra));
}
constexpr auto describe(json::type<tool_message>) {
    return json::object<tool_message>(
        "ToolMessageRequest", json::field("content", &tool_message::content),
        json::field("name", &tool_message::name, json::or_null),
        json::field("role", &tool_message::role, json::defaults("tool")),
        json::field("tool_call_id", &tool_message::tool_call_id), json::rest(&tool_message::extra));
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

constexpr auto describe(json::type<role>) {
    return json::enumeration<role>("Role", json::enumerator("assistant", role::assistant),
                                   json::enumerator("user", role::user),
                                   json::enumerator("system", role::system),
                                   json::enumerator("tool", role::tool));
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
