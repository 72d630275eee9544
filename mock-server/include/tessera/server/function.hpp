#pragma once
// Functions of a program as functions of its server: tessera::server::local::deploy().
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/json.hpp"

namespace tessera::server {

/// One run of a function, as the function sees it: on its own thread, for as long as it runs.
class invocation {
  public:
    invocation() = default;
    virtual ~invocation() = default;
    invocation(const invocation&) = delete;
    invocation& operator=(const invocation&) = delete;

    /// As the answer tells it.
    virtual const std::string& run_id() const = 0;
    /// A stop is asked for when the client leaves and when the server stops.
    virtual std::stop_token stop() const = 0;
    /// Gives one of several values: any described type, number, text, list, json::value. Returns
    /// when the client has room for more. False when a stop was asked for: the value goes nowhere,
    /// and nor will others.
    template <class T>
    bool yield(const T& value) {
        if constexpr (std::convertible_to<const T&, std::string_view>)
            return give(json::value(std::string(std::string_view(value))));
        else
            return give(json::to_value(value));
    }

  private:
    virtual bool give(json::value value) = 0;
};

namespace detail {

// What a run does, once its parameters are read. It answers with nothing where all was yielded.
using bound_function = std::function<std::optional<json::value>(invocation&)>;

struct function_body {
    // Reads the parameters, an object. An issue says what is wrong with them.
    std::function<bound_function(const json::value& parameters, std::vector<json::issue>& issues)>
        bind;
    bool takes_stream = false;  // one of the parameters is called `stream`
};

inline void add_unknown(const std::string& name, std::vector<json::issue>& issues) {
    issues.push_back({{name}, "extra_forbidden", "is no parameter of this function"});
}

// How a type takes the parameters by their names.
template <class T>
struct parameters_of {
    static constexpr bool take_any = true;
    static constexpr bool take(std::string_view) { return true; }
};
template <json::described_object T>
struct parameters_of<T> {
    static constexpr bool take_any = [] {
        for (const json::part_info& each : json::description<T>.parts)
            if (each.is == json::part_info::role::rest) return true;
        return false;
    }();
    static constexpr bool take(std::string_view name) {
        for (const json::part_info& each : json::description<T>.parts)
            if (each.is == json::part_info::role::member && each.name == name) return true;
        return false;
    }
};

template <class T>
std::optional<T> read_parameters(const json::value& given, std::vector<json::issue>& issues) {
    if constexpr (std::same_as<T, json::value>) {
        return given;
    } else {
        std::optional<T> read = json::decode<T>(given, json::mode::strict, issues);
        for (const auto& [name, value] : given.items())
            if (!parameters_of<T>::take_any && !parameters_of<T>::take(name) &&
                std::none_of(issues.begin(), issues.end(), [&](const json::issue& each) {
                    return each.type == "extra_forbidden" && each.path == json::path_type{name};
                }))
                add_unknown(name, issues);
        return read;
    }
}

template <class Result>
std::optional<json::value> to_result(const Result& given) {
    if constexpr (std::convertible_to<const Result&, std::string_view>)
        return json::value(std::string(std::string_view(given)));
    else
        return json::to_value(given);
}

template <class Call>
std::optional<json::value> result_of(Call call) {
    if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return std::nullopt;
    } else {
        return to_result(call());
    }
}

template <class Function, class... Taken>
constexpr bool calls_with = std::is_invocable_v<const Function&, Taken...>;

template <class Function>
function_body body_without_parameters(Function function) {
    const auto bind = [function = std::move(function)](const json::value& given,
                                                       std::vector<json::issue>& issues) {
        for (const auto& [name, value] : given.items()) add_unknown(name, issues);
        return bound_function([function](invocation& run) {
            return result_of([&] {
                if constexpr (calls_with<Function, invocation&>)
                    return function(run);
                else
                    return function();
            });
        });
    };
    return {bind, false};
}

template <class Parameters, class Function>
function_body body_with(Function function) {
    const auto bind = [function = std::move(function)](
                          const json::value& given,
                          std::vector<json::issue>& issues) -> bound_function {
        std::optional<Parameters> read = read_parameters<Parameters>(given, issues);
        if (!read) return nullptr;
        return [function, read = *std::move(read)](invocation& run) {
            return result_of([&] {
                if constexpr (calls_with<Function, const Parameters&, invocation&>)
                    return function(read, run);
                else
                    return function(read);
            });
        };
    };
    const bool named = !parameters_of<Parameters>::take_any;
    return {bind, !named || parameters_of<Parameters>::take("stream")};
}

template <class Function, class Result, class... Taken>
function_body body_of(Function function, const std::function<Result(Taken...)>*) {
    using first = std::remove_cvref_t<std::tuple_element_t<0, std::tuple<Taken..., void>>>;
    if constexpr (sizeof...(Taken) == 0 || std::same_as<first, invocation>) {
        static_assert(sizeof...(Taken) <= 1,
                      "a function takes its parameters, then the invocation");
        return body_without_parameters(std::move(function));
    } else {
        static_assert(
            calls_with<Function, const first&> || calls_with<Function, const first&, invocation&>,
            "a function takes its parameters, by value or const&, then the invocation");
        return body_with<first>(std::move(function));
    }
}

template <class Function>
function_body body_of(Function function) {
    using signature = decltype(std::function(function));
    return body_of(std::move(function), static_cast<const signature*>(nullptr));
}

}  // namespace detail
}  // namespace tessera::server
