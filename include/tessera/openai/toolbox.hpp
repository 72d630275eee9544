#pragma once
// Functions that models call.
//
//     auto weather = tessera::tool("get_weather", "The weather in a city.",
//                                  [](const weather_query& query) -> weather { ... });
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/strict_schema.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/parse.hpp"
#include "tessera/openai/strict_schema.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// The coroutines of tools.
template <class T>
using tool_task = asio::awaitable<T, asio::any_io_executor>;

/// A function with its description. From the JSON text of a call's arguments to the text that the
/// model is told. Made by tessera::tool; copies share the function.
struct function_tool {
    /// Runs on the thread that calls it.
    using plain = std::function<std::string(std::string_view arguments, const std::stop_token&)>;
    /// Runs as a coroutine.
    using awaitable =
        std::function<tool_task<std::string>(std::string arguments, std::stop_token stop)>;

    openai::tool definition;                  ///< what the model is offered
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

inline std::string tool_failure(std::string_view why) {
    json::value said = json::value::object();
    said["error"] = why;
    return json::encode(said);
}

// What a model is told of an exception.
inline std::string tool_failure(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& failed) {
        return tool_failure(std::string_view(failed.what()));
    } catch (...) {
        return tool_failure("the tool failed");
    }
}

template <class R>
std::string told(const R& returned) {
    if constexpr (is_result<R>) {
        if (!returned) return tool_failure(returned.error().message);
        if constexpr (std::is_void_v<typename R::value_type>)
            return "null";
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
std::string run_tool(const Function& function, std::string_view text, const std::stop_token& stop) {
    using signature = signature_of<Function>;
    const auto arguments = read_arguments<typename signature::arguments>(text);
    if (!arguments) return tool_failure(arguments.error().message);
    if constexpr (std::is_void_v<typename signature::returned>) {
        apply_tool<signature>(function, *arguments, stop);
        return "null";
    } else {
        return told(apply_tool<signature>(function, *arguments, stop));
    }
}

template <class Function>
tool_task<std::string> await_tool(std::shared_ptr<const Function> function, std::string text,
                                  std::stop_token stop) {
    using signature = signature_of<Function>;
    const auto arguments = read_arguments<typename signature::arguments>(text);
    if (!arguments) co_return tool_failure(arguments.error().message);
    if constexpr (std::is_same_v<typename signature::returned, tool_task<void>>) {
        co_await apply_tool<signature>(*function, *arguments, stop);
        co_return "null";
    } else {
        const auto returned = co_await apply_tool<signature>(*function, *arguments, stop);
        co_return told(returned);
    }
}

}  // namespace detail

/// Tools by name. Calling is thread-safe.
class toolbox {
  public:
    toolbox() = default;
    /// Throws invalid_argument_error for two tools of one name.
    toolbox(std::initializer_list<function_tool> tools) {
        for (const function_tool& each : tools) add(each);
    }

    /// Throws invalid_argument_error for a name that is taken.
    void add(function_tool tool) {
        const std::string& name = tool.definition.function.name;
        if (find(name))
            throw_error(error{error_kind::invalid_argument, "two tools are named '" + name + "'"});
        tools_.push_back(std::move(tool));
    }

    /// What a request offers to the model.
    std::vector<tool> definitions() const {
        std::vector<tool> all;
        for (const function_tool& each : tools_) all.push_back(each.definition);
        return all;
    }

    /// Runs the tool that `asked` names, an awaitable one to its end, and gives what the model is
    /// told: a string as it is, anything else as JSON; `{"error": "..."}` for a tool that is not
    /// here, for arguments that do not fit (every place is named), and for a tool that throws or
    /// gives an error: its message is the model's to read.
    TESSERA_DECL std::string call(const called_function& asked,
                                  const std::stop_token& stop = {}) const;

    /// The same for a coroutine; plain functions run in it. The toolbox and `asked` must outlive
    /// it.
    TESSERA_DECL tool_task<std::string> async_call(const called_function& asked,
                                                   std::stop_token stop) const;

  private:
    TESSERA_DECL const function_tool* find(std::string_view name) const;
    TESSERA_DECL std::string unknown(std::string_view name) const;
    TESSERA_DECL std::string run_to_end(const called_function& asked,
                                        const std::stop_token& stop) const;

    std::vector<function_tool> tools_;
};

}  // namespace tessera::openai

namespace tessera {

/// A function as a tool: R(Arguments), R(Arguments, std::stop_token), R(std::stop_token) or R().
/// Arguments is a struct with describe(); its strict schema becomes the tool's parameters, and
/// json::note says what a member means. R is a string, anything that JSON can say, void, a
/// result<R>, or an asio::awaitable<R>. The stop token says that nobody waits for the result any
/// more. A function must be callable as const, since several calls may run at a time.
/// Throws invalid_argument_error for a name that is not 1 to 64 letters, digits, "_" and "-".
template <class Function>
openai::function_tool tool(std::string name, std::string description, Function function) {
    using signature = openai::detail::signature_of<Function>;
    if (name.empty() || name != json::schema_name(name))
        throw_error(error{error_kind::invalid_argument,
                          "a tool cannot be named '" + name +
                              "': 1 to 64 letters, digits, '_' and '-' are allowed"});
    openai::function_tool made;
    made.definition.function.name = std::move(name);
    made.definition.function.description = std::move(description);
    made.definition.function.parameters =
        openai::detail::members_of(json::strict_schema<typename signature::arguments>());
    made.definition.function.strict = true;
    const auto shared = std::make_shared<const Function>(std::move(function));
    if constexpr (openai::detail::is_task<typename signature::returned>)
        made.function.emplace<openai::function_tool::awaitable>(
            [shared](std::string arguments, std::stop_token stop) {
                return openai::detail::await_tool(shared, std::move(arguments), std::move(stop));
            });
    else
        made.function.emplace<openai::function_tool::plain>(
            [shared](std::string_view arguments, const std::stop_token& stop) {
                return openai::detail::run_tool(*shared, arguments, stop);
            });
    return made;
}

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/openai/detail/toolbox_impl.hpp"
#endif
