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

template <std::same_as<function_definition> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "FunctionObject", json::field("description", &T::description, json::or_null),
        json::field("name", &T::name), json::field("parameters", &T::parameters, json::or_null),
        json::field("strict", &T::strict, json::defaults(false)), json::rest(&T::extra));
}

/// What a request offers. tessera::tool() makes one of a C++ function.
struct tool {
    std::string type = "function";  ///< the kind of tool
    function_definition function;   ///< what can be called
    json::value extra{};            ///< members that have no name here
};

template <std::same_as<tool> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Tool", json::field("type", &T::type),
                           json::field("function", &T::function), json::rest(&T::extra));
}

/// Whether a model calls tools.
enum class tool_choice_mode {
    none,       ///< never
    automatic,  ///< `auto`: as it likes
    required    ///< at least one
};

template <std::same_as<tool_choice_mode> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ToolChoice", json::enumerator("none", T::none),
                                json::enumerator("auto", T::automatic),
                                json::enumerator("required", T::required));
}

/// A function by its name.
struct chosen_function {
    std::string name;     ///< the function's
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<chosen_function> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChoiceObjectFunction", json::field("name", &T::name),
                           json::rest(&T::extra));
}

/// The one tool that a model must call.
struct chosen_tool {
    std::string type = "function";  ///< the kind of tool
    chosen_function function;       ///< which one
    json::value extra{};            ///< members that have no name here
};

template <std::same_as<chosen_tool> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChoiceObject", json::field("type", &T::type),
                           json::field("function", &T::function), json::rest(&T::extra));
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

template <std::same_as<called_function> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AssistantToolCallFunction", json::field("name", &T::name),
                           json::field("arguments", &T::arguments), json::rest(&T::extra));
}

/// What a model calls.
struct tool_call {
    std::string id;  ///< which the result names
    std::string
        type{};  ///< "function"; a kind that is newer than this client has no function, but `extra`
    called_function function;  ///< which, and with what
    json::value extra{};       ///< members that have no name here
};

template <std::same_as<tool_call> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AssistantToolCall", json::field("id", &T::id),
                           json::field("type", &T::type, json::constant("function")),
                           json::field("function", &T::function, json::of_known_kinds),
                           json::rest(&T::extra));
}

/// A piece of a function and its arguments.
struct called_function_delta {
    std::optional<std::string> name{};       ///< more of the function's name
    std::optional<std::string> arguments{};  ///< more of the JSON text
    json::value extra{};                     ///< members that have no name here
};

template <std::same_as<called_function_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ChunkAssistantToolCallFunction", json::field("name", &T::name, json::or_null),
        json::field("arguments", &T::arguments, json::or_null), json::rest(&T::extra));
}

/// A piece of a call: pieces with the same `index` belong together, their arguments concatenate.
struct tool_call_delta {
    called_function_delta function;       ///< more of it
    std::string type{};                   ///< in the first piece
    std::optional<std::string> id{};      ///< in the first piece
    std::optional<std::int64_t> index{};  ///< which call of the message
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<tool_call_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChunkAssistantToolCall",
                           json::field("function", &T::function, json::of_known_kinds),
                           json::field("type", &T::type, json::constant("function")),
                           json::field("id", &T::id, json::or_null),
                           json::field("index", &T::index, json::or_null), json::rest(&T::extra));
}

}  // namespace tessera::openai
