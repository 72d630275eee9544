#pragma once
// Function tools: what a request offers, what an answer calls, and how a stream spells a call.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// A JSON object whose members the specification leaves open.
using json_object = std::map<std::string, json::value>;

/// A function that a model may call.
struct function_definition {
    std::optional<std::string> description{};  ///< what it does, for the model
    std::string name;                          ///< 1 to 64 letters, digits, "_" and "-"
    /// A JSON Schema of the arguments.
    std::optional<json_object> parameters{};
    std::optional<bool> strict{};  ///< whether arguments must be valid for the schema
    json::value extra{};           ///< members that have no name here
};

constexpr auto describe(json::type<function_definition>) {
    return json::object<function_definition>(
        "FunctionObject",
        json::field("description", &function_definition::description, json::or_null),
        json::field("name", &function_definition::name),
        json::field("parameters", &function_definition::parameters, json::or_null),
        json::field("strict", &function_definition::strict, json::defaults(false)),
        json::rest(&function_definition::extra));
}

/// What a request offers. tessera::tool() makes one of a C++ function.
struct tool {
    std::string type = "function";  ///< the kind of tool
    function_definition function;   ///< what can be called
    json::value extra{};            ///< members that have no name here
};

constexpr auto describe(json::type<tool>) {
    return json::object<tool>("Tool", json::field("type", &tool::type),
                              json::field("function", &tool::function), json::rest(&tool::extra));
}

/// Whether a model calls tools.
enum class tool_choice_mode {
    none,       ///< never
    automatic,  ///< `auto`: as it likes
    required    ///< at least one
};

constexpr auto describe(json::type<tool_choice_mode>) {
    return json::enumeration<tool_choice_mode>(
        "ToolChoice", json::enumerator("none", tool_choice_mode::none),
        json::enumerator("auto", tool_choice_mode::automatic),
        json::enumerator("required", tool_choice_mode::required));
}

/// A function by its name.
struct chosen_function {
    std::string name;     ///< the function's
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<chosen_function>) {
    return json::object<chosen_function>("ChoiceObjectFunction",
                                         json::field("name", &chosen_function::name),
                                         json::rest(&chosen_function::extra));
}

/// The one tool that a model must call.
struct chosen_tool {
    std::string type = "function";  ///< the kind of tool
    chosen_function function;       ///< which one
    json::value extra{};            ///< members that have no name here
};

constexpr auto describe(json::type<chosen_tool>) {
    return json::object<chosen_tool>("ChoiceObject", json::field("type", &chosen_tool::type),
                                     json::field("function", &chosen_tool::function),
                                     json::rest(&chosen_tool::extra));
}

/// Whether a model calls tools, or which one it must call.
using tool_choice = std::variant<json::open_enum<tool_choice_mode>, chosen_tool>;

/// A function and its arguments.
struct called_function {
    std::string name;  ///< the function's
    /// JSON text as the model wrote it: valid JSON is likely, not certain.
    std::string arguments;
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<called_function>) {
    return json::object<called_function>(
        "AssistantToolCallFunction", json::field("name", &called_function::name),
        json::field("arguments", &called_function::arguments), json::rest(&called_function::extra));
}

/// What a model calls.
struct tool_call {
    std::string id;  ///< which the result names
    std::string
        type{};  ///< "function"; a kind that is newer than this client has no function, but `extra`
    called_function function;  ///< which, and with what
    json::value extra{};       ///< members that have no name here
};

constexpr auto describe(json::type<tool_call>) {
    return json::object<tool_call>(
        "AssistantToolCall", json::field("id", &tool_call::id),
        json::field("type", &tool_call::type, json::constant("function")),
        json::field("function", &tool_call::function, json::of_known_kinds),
        json::rest(&tool_call::extra));
}

/// A piece of a function and its arguments.
struct called_function_delta {
    std::optional<std::string> name{};       ///< more of the function's name
    std::optional<std::string> arguments{};  ///< more of the JSON text
    json::value extra{};                     ///< members that have no name here
};

constexpr auto describe(json::type<called_function_delta>) {
    return json::object<called_function_delta>(
        "ChunkAssistantToolCallFunction",
        json::field("name", &called_function_delta::name, json::or_null),
        json::field("arguments", &called_function_delta::arguments, json::or_null),
        json::rest(&called_function_delta::extra));
}

/// A piece of a call: pieces with the same `index` belong together, their arguments concatenate.
struct tool_call_delta {
    called_function_delta function;       ///< more of it
    std::string type{};                   ///< in the first piece
    std::optional<std::string> id{};      ///< in the first piece
    std::optional<std::int64_t> index{};  ///< which call of the message
    json::value extra{};                  ///< members that have no name here
};

constexpr auto describe(json::type<tool_call_delta>) {
    return json::object<tool_call_delta>(
        "ChunkAssistantToolCall",
        json::field("function", &tool_call_delta::function, json::of_known_kinds),
        json::field("type", &tool_call_delta::type, json::constant("function")),
        json::field("id", &tool_call_delta::id, json::or_null),
        json::field("index", &tool_call_delta::index, json::or_null),
        json::rest(&tool_call_delta::extra));
}

}  // namespace tessera::openai
