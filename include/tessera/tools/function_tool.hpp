#pragma once
// Functions that models call.
//
//     auto weather = tessera::tool("get_weather", "The weather in a city.",
//                                  [](const weather_query& query) -> weather { ... });
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/strict_schema.hpp"

namespace tessera::tools {

/// The coroutines of tools.
template <class T>
using tool_task = asio::awaitable<T, asio::any_io_executor>;

/// What a model is told of a call.
struct tool_answer {
    tool_answer() = default;
    /// A text, of a call that succeeded unless it is said.
    tool_answer(std::string said, bool is_failure = false)
        : text(std::move(said)), failed(is_failure) {}

    std::string text{};   ///< the result, or why there is none
    bool failed = false;  ///< there is none
};

/// A function with its description, for models of any dialect. From the JSON text of a call's
/// arguments to what the model is told. Made by tessera::tool; copies share the function.
struct function_tool {
    /// Runs on the thread that calls it.
    using plain = std::function<tool_answer(std::string_view arguments, const std::stop_token&)>;
    /// Runs as a coroutine.
    using awaitable =
        std::function<tool_task<tool_answer>(std::string arguments, std::stop_token stop)>;

    std::string name;                         ///< by which the model calls it
    std::string description;                  ///< what it does, for the model
    json::value parameters;                   ///< a strict JSON Schema of the arguments
    std::variant<plain, awaitable> function;  ///< what is run
};

namespace detail {

struct no_arguments {};
template <std::same_as<no_arguments> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("NoArguments", json::closed);
}

// Of a function's parameters: the described struct, and whether it is told of stop requests.
template <class... Parameters>
struct tool_parameters;
template <>
struct tool_parameters<> {
    using arguments = no_arguments;
    static constexpr bool takes_arguments = false, takes_stop = false;
};
template <>
struct tool_parameters<std::stop_token> {
    using arguments = no_arguments;
    static constexpr bool takes_arguments = false, takes_stop = true;
};
template <json::described_object Arguments>
struct tool_parameters<Arguments> {
    using arguments = Arguments;
    static constexpr bool takes_arguments = true, takes_stop = false;
};
template <json::described_object Arguments>
struct tool_parameters<Arguments, std::stop_token> {
    using arguments = Arguments;
    static constexpr bool takes_arguments = true, takes_stop = true;
};

template <class>
struct tool_signature;
template <class R, class... A>
struct tool_signature<std::function<R(A...)>> : tool_parameters<std::remove_cvref_t<A>...> {
    using returned = R;
};
template <class Function>
using signature_of = tool_signature<decltype(std::function(std::declval<Function>()))>;

template <class R>
inline constexpr bool is_task = false;
template <class R>
inline constexpr bool is_task<tool_task<R>> = true;
template <class R>
inline constexpr bool is_result = false;
template <class R>
inline constexpr bool is_result<result<R>> = true;

// What a model is told of a failure.
inline tool_answer tool_failure(std::string_view why) {
    json::value said = json::value::object();
    said["error"] = why;
    return {json::encode(said), true};
}
inline tool_answer tool_failure(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failed) {
        return tool_failure(std::string_view(failed.what()));
    } catch (...) {
        return tool_failure("the tool failed");
    }
}

template <class R>
tool_answer told(const R& returned) {
    if constexpr (is_result<R>) {
        if (!returned) return tool_failure(returned.error().message);
        if constexpr (std::is_void_v<typename R::value_type>)
            return std::string("null");
        else
            return told(*returned);
    } else if constexpr (std::convertible_to<const R&, std::string_view> &&
                         !std::same_as<R, json::value>) {
        return std::string(std::string_view(returned));
    } else {
        return json::encode(returned);
    }
}

// Models write nothing at all for a function without arguments.
template <class Arguments>
result<Arguments> read_arguments(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) text = "{}";
    std::vector<json::issue> issues;
    if (auto read = json::decode_text<Arguments>(text, json::mode::generated, issues))
        return *std::move(read);
    return json::detail::to_error("the arguments do not fit", issues);
}

template <class Signature, class Function>
decltype(auto) apply_tool(const Function& function, const typename Signature::arguments& arguments,
                          const std::stop_token& stop) {
    if constexpr (Signature::takes_arguments && Signature::takes_stop)
        return function(arguments, stop);
    else if constexpr (Signature::takes_arguments)
        return function(arguments);
    else if constexpr (Signature::takes_stop)
        return function(stop);
    else
        return function();
}

template <class Function>
tool_answer run_tool(const Function& function, std::string_view text, const std::stop_token& stop) {
    using signature = signature_of<Function>;
    const auto arguments = read_arguments<typename signature::arguments>(text);
    if (!arguments) return tool_failure(arguments.error().message);
    if constexpr (std::is_void_v<typename signature::returned>) {
        apply_tool<signature>(function, *arguments, stop);
        return std::string("null");
    } else {
        return told(apply_tool<signature>(function, *arguments, stop));
    }
}

template <class Function>
tool_task<tool_answer> await_tool(std::shared_ptr<const Function> function, std::string text,
                                  std::stop_token stop) {
    using signature = signature_of<Function>;
    const auto arguments = read_arguments<typename signature::arguments>(text);
    if (!arguments) co_return tool_failure(arguments.error().message);
    if constexpr (std::is_same_v<typename signature::returned, tool_task<void>>) {
        co_await apply_tool<signature>(*function, *arguments, stop);
        co_return std::string("null");
    } else {
        const auto returned = co_await apply_tool<signature>(*function, *arguments, stop);
        co_return told(returned);
    }
}

}  // namespace detail
}  // namespace tessera::tools

namespace tessera {

/// A function as a tool: R(Arguments), R(Arguments, std::stop_token), R(std::stop_token) or R().
/// Arguments is a struct with describe(); its strict schema becomes the tool's parameters, and
/// json::note says what a member means. R is a string, anything that JSON can say, void, a
/// result<R>, or an asio::awaitable<R>. The stop token says that nobody waits for the result any
/// more. A function must be callable as const, since several calls may run at a time.
/// Throws invalid_argument_error for a name that is not 1 to 64 letters, digits, "_" and "-".
template <class Function>
tools::function_tool tool(std::string name, std::string description, Function function) {
    using signature = tools::detail::signature_of<Function>;
    if (name.empty() || name != json::schema_name(name))
        throw_error(error{error_kind::invalid_argument,
                          "a tool cannot be named '" + name +
                              "': 1 to 64 letters, digits, '_' and '-' are allowed"});
    tools::function_tool made;
    made.name = std::move(name);
    made.description = std::move(description);
    made.parameters = json::strict_schema<typename signature::arguments>();
    const auto shared = std::make_shared<const Function>(std::move(function));
    if constexpr (tools::detail::is_task<typename signature::returned>)
        made.function.emplace<tools::function_tool::awaitable>(
            [shared](std::string arguments, std::stop_token stop) {
                return tools::detail::await_tool(shared, std::move(arguments), std::move(stop));
            });
    else
        made.function.emplace<tools::function_tool::plain>(
            [shared](std::string_view arguments, const std::stop_token& stop) {
                return tools::detail::run_tool(*shared, arguments, stop);
            });
    return made;
}

}  // namespace tessera
