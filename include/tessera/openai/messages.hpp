#pragma once
// A conversation: what each role may say.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/openai/content.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

struct system_message {
    openai::content content;
    std::optional<std::string> name{};
    json::fixed<"system"> role{};
    json::value extra{};
};

struct developer_message {
    openai::content content;
    std::optional<std::string> name{};
    json::fixed<"developer"> role{};
    json::value extra{};
};

struct user_message {
    openai::content content;
    std::optional<std::string> name{};
    json::fixed<"user"> role{};
    json::value extra{};
};

struct assistant_message {
    std::optional<text_only_content> content{};
    std::optional<std::string> name{};
    std::optional<text_only_content> reasoning{};
    json::fixed<"assistant"> role{};
    std::optional<std::vector<tool_call>> tool_calls{};
    json::value extra{};
};

/// What a tool answered to the call `tool_call_id`.
struct tool_message {
    text_only_content content;
    std::optional<std::string> name{};
    json::fixed<"tool"> role{};
    std::string tool_call_id;
    json::value extra{};
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

using message =
    std::variant<system_message, developer_message, user_message, assistant_message, tool_message>;

enum class role { assistant, user, system, tool };

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
inline openai::developer_message developer(std::string text) {
    return {.content = std::move(text)};
}
inline openai::user_message user(std::string text) { return {.content = std::move(text)}; }
inline openai::assistant_message assistant(std::string text) {
    openai::assistant_message message;
    message.content = openai::text_only_content(std::move(text));
    return message;
}
inline openai::tool_message tool_result(std::string tool_call_id, std::string text) {
    openai::tool_message message;
    message.content = std::move(text);
    message.tool_call_id = std::move(tool_call_id);
    return message;
}

}  // namespace tessera
