#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tessera/call/codec.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::call::detail {

template <class... P>
struct parameters {};

template <const auto& Op>
using operation_type = std::remove_cvref_t<decltype(Op)>;

// Path parameters, then the request, then the query.
template <const auto& Op, class Query, class... P>
constexpr auto parameters_after(parameters<P...>) {
    using request = typename operation_type<Op>::request;
    if constexpr (std::is_void_v<request> && std::is_void_v<Query>)
        return parameters<P...>{};
    else if constexpr (std::is_void_v<request>)
        return parameters<P..., const Query&>{};
    else if constexpr (std::is_void_v<Query>)
        return parameters<P..., const request&>{};
    else
        return parameters<P..., const request&, const Query&>{};
}

template <std::size_t>
using path_parameter = std::string_view;

template <const auto& Op>
constexpr std::size_t count_path_parameters() {
    std::size_t count = 0;
    for (const char c : Op.path) count += c == '{';
    return count;
}

template <const auto& Op, class Query, std::size_t... I>
constexpr auto list_parameters(std::index_sequence<I...>) {
    return parameters_after<Op, Query>(parameters<path_parameter<I>...>{});
}

template <const auto& Op, class Query = void>
using parameters_of = decltype(list_parameters<Op, Query>(
    std::make_index_sequence<count_path_parameters<Op>()>{}));

template <class P>
using temporary =
    std::conditional_t<std::is_reference_v<P>, std::remove_cvref_t<P>&&, P>;
template <class... P>
inline constexpr bool has_aggregate = (std::is_reference_v<P> || ...);

// A parameter that would change the path's structure makes the request one that must not be sent.
inline std::string make_path(std::string_view pattern, std::initializer_list<std::string_view> values,
                             std::optional<error>& defect) {
    for (const std::string_view value : values)
        if (value.empty() || value == "." || value == "..")
            defect = error{error_kind::invalid_argument, "a parameter of the path " + std::string(pattern) +
                                                             " must not be \"" + std::string(value) + "\""};
    return http::expand_path(pattern, values);
}

// Members of a described struct become name=value: null members are left out, arrays repeat the name.
template <class Lazy = void>
void add_query(spec& request, const json::value& members) {
    const auto text = [](const json::value& v) { return v.is_string() ? v.get<std::string>() : json::encode(v); };
    for (const auto& [name, member] : members.items()) {
        if (member.is_null()) continue;
        if (!member.is_array()) {
            request.query.emplace_back(name, text(member));
            continue;
        }
        for (const json::value& element : member) request.query.emplace_back(name, text(element));
    }
}

template <class Body>
void set_stream_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (requires(Body copy) { copy.stream = true; }) {
        if (body.stream == true) return set_body(request, body, extra);
        Body streamed = body;
        streamed.stream = true;
        set_body(request, streamed, extra);
    } else {
        json::value more = extra.is_object() ? extra : json::value::object();
        more["stream"] = true;
        set_body(request, body, more);
    }
}

template <class Body>
void set_whole_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (requires(Body copy) { copy.stream = true; })
        if (body.stream == true)
            request.defect = error{error_kind::invalid_argument,
                                   "the request asks for a stream: use stream(), or leave its member "
                                   "stream out"};
    set_body(request, body, extra);
}

template <const auto& Op, bool Streams, class... P>
spec make_spec(const call_options& options, const P&... arguments) {
    using request_type = typename operation_type<Op>::request;
    using response_type = typename operation_type<Op>::response;
    spec made;
    made.method = Op.method;
    made.authentication = Op.authentication;
    if constexpr (Streams)
        made.headers.add("accept", "text/event-stream");
    else if constexpr (!std::is_same_v<response_type, std::string>)
        made.headers.add("accept", "application/json");
    const auto put = [&](const auto& argument) {
        using type = std::remove_cvref_t<decltype(argument)>;
        if constexpr (!std::is_same_v<type, request_type>)
            add_query(made, json::to_value(argument));
        else if constexpr (Streams)
            set_stream_body(made, argument, options.extra_body);
        else
            set_whole_body(made, argument, options.extra_body);
    };
    constexpr std::size_t in_path = count_path_parameters<Op>();
    const std::tuple<const P&...> all(arguments...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        made.target_path = make_path(Op.path, {std::get<I>(all)...}, made.defect);
    }(std::make_index_sequence<in_path>());
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (put(std::get<in_path + I>(all)), ...);
    }(std::make_index_sequence<sizeof...(P) - in_path>());
    return made;
}

}  // namespace tessera::call::detail
