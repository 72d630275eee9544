#pragma once
// What a request offers to call.
#include <optional>
#include <string>

#include "tessera/anthropic/common.hpp"

namespace tessera::anthropic {

/// A tool that the model may call. Of the service's own tools `type` and `extra` say what they are.
struct tool {
    std::optional<std::string> type{};                        ///< "custom" when absent
    std::string name;                                         ///< 1 to 64 letters, digits, "_", "-"
    std::optional<std::string> description{};                 ///< what it does, for the model
    std::optional<json_object> input_schema{};                ///< a JSON Schema of the input
    std::optional<anthropic::cache_control> cache_control{};  ///< ends what is to be kept
    std::optional<bool> strict{};  ///< whether inputs must be valid for the schema
    json::value extra{};           ///< members that have no name here
};

template <std::same_as<tool> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicTool", json::field("type", &T::type, json::or_null),
                           json::field("name", &T::name),
                           json::field("description", &T::description),
                           json::field("input_schema", &T::input_schema),
                           json::field("cache_control", &T::cache_control, json::or_null),
                           json::field("strict", &T::strict), json::rest(&T::extra));
}

/// Whether a model calls tools.
enum class tool_choice_type {
    automatic,  ///< `auto`: as it likes
    any,        ///< at least one
    tool,       ///< the one that is named
    none        ///< never
};

template <std::same_as<tool_choice_type> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("AnthropicToolChoiceType", json::enumerator("auto", T::automatic),
                                json::enumerator("any", T::any), json::enumerator("tool", T::tool),
                                json::enumerator("none", T::none));
}

/// Whether a model calls tools, and which.
struct tool_choice {
    json::open_enum<tool_choice_type> type;           ///< whether it does
    std::optional<std::string> name{};                ///< of the tool, for the type `tool`
    std::optional<bool> disable_parallel_tool_use{};  ///< true: one call at most
    json::value extra{};                              ///< members that have no name here
};

template <std::same_as<tool_choice> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicToolChoice", json::field("type", &T::type),
                           json::field("name", &T::name),
                           json::field("disable_parallel_tool_use", &T::disable_parallel_tool_use),
                           json::rest(&T::extra));
}

}  // namespace tessera::anthropic
