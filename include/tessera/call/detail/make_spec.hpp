#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/call/codec.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/url.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::call::detail {

template <class... P>
struct parameters {};

template <const auto& Op>
using operation_type = std::remove_cvref_t<decltype(Op)>;

template <const auto& Op>
constexpr std::size_t count_path_parameters() {
    std::size_t count = 0;
    for (const char c : Op.path_pattern()) count += c == '{';
    return count;
}

template <std::size_t>
using path_parameter = std::string_view;

template <class T, class... P>
constexpr auto with_parameter(parameters<P...> before) {
    if constexpr (std::is_void_v<T>)
        return before;
    else
        return parameters<P..., const T&>{};
}

// How many of a path's first parameters a resource has itself.
template <class Self>
inline constexpr std::size_t bound_parameters = 0;

// The lists of arguments that a verb of the operation takes: the path's parameters, the request,
// the query. The query may be left out, and the request where the operation says so.
template <const auto& Op, std::size_t... I>
constexpr auto list_parameters(std::index_sequence<I...>) {
    using request = typename operation_type<Op>::request;
    using query = typename operation_type<Op>::query;
    constexpr parameters<path_parameter<I>...> path;
    constexpr auto asked = with_parameter<request>(path);
    const auto with_query = [](auto... before) {
        if constexpr (std::is_void_v<query>)
            return std::tuple(before...);
        else
            return std::tuple(before..., with_parameter<query>(before)...);
    };
    if constexpr (!std::is_void_v<request> && Op.body.optional)
        return with_query(asked, path);
    else
        return with_query(asked);
}

template <const auto& Op, std::size_t Bound>
using parameter_lists =
    decltype(list_parameters<Op>(std::make_index_sequence<count_path_parameters<Op>() - Bound>{}));

template <class P>
using temporary = std::conditional_t<std::is_reference_v<P>, std::remove_cvref_t<P>&&, P>;
template <class... P>
inline constexpr bool has_aggregate = (std::is_reference_v<P> || ...);

// An operation, as far as no type is concerned.
struct operation_facts {
    std::string_view method, path_pattern, accept;
    http::auth authentication;
    int status;
    bool replayable, binary;
    http::stream_end end;
    http::stream_error errors;
};

// A parameter that would change the path's structure makes the request one that must not be sent.
TESSERA_COLD_DECL spec begin_spec(const operation_facts& facts,
                                  std::initializer_list<std::string_view> in_path);
TESSERA_COLD_DECL void add_query(spec& request, std::vector<json::named_text>&& texts);
TESSERA_COLD_DECL void finish_spec(spec& request, const json::value& extra);
TESSERA_COLD_DECL void refuse_stream(spec& request);

template <const auto& Op, class Body>
void set_stream_body(spec& request, const Body& body, const json::value& extra) {
    constexpr bool takes_json = Op.takes == http::media::json;
    const auto set_json = [&](std::string_view asking, bool replaces) {
        constexpr auto how = json::detail::use::writing;
        set_json_stream_body(request, json::detail::node_of<Body, how>(), &body, extra, asking,
                             replaces);
    };
    if constexpr (requires(Body copy) { copy.stream = true; }) {
        if (body.stream == true) return set_body<Op.takes>(request, body, extra);
        if constexpr (takes_json && requires { body.stream.has_value(); }) {
            set_json("stream", body.stream.has_value());
        } else {
            Body streamed = body;
            streamed.stream = true;
            set_body<Op.takes>(request, streamed, extra);
        }
    } else if constexpr (Op.stream.member.empty() || !takes_json) {
        set_body<Op.takes>(request, body, extra);
    } else {
        // What is free may have the member already.
        set_json(Op.stream.member, true);
    }
}

template <const auto& Op, class Body>
void set_whole_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (requires(Body copy) { copy.stream = true; })
        if (body.stream == true) refuse_stream(request);
    set_body<Op.takes>(request, body, extra);
}

constexpr std::string_view accept_of(http::media gives) {
    if (gives == http::media::json) return "application/json";
    if (gives == http::media::text) return "text/plain";
    return "*/*";
}

template <const auto& Op, bool Streams>
inline constexpr operation_facts facts_of{
    Op.method,
    Op.path_pattern(),
    Streams ? "text/event-stream" : accept_of(Op.gives),
    Op.authentication,
    Op.status,
    Op.is_replayable(),
    !Streams && std::is_same_v<typename operation_type<Op>::response, std::string>,
    Op.stream.end,
    Op.stream.error};

template <const auto& Op, bool Streams, class... P>
spec make_spec(const call_options& options, const P&... arguments) {
    using request_type = typename operation_type<Op>::request;
    constexpr std::size_t in_path = count_path_parameters<Op>();
    const std::tuple<const P&...> all(arguments...);
    spec made = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return begin_spec(facts_of<Op, Streams>, {std::get<I>(all)...});
    }
    (std::make_index_sequence<in_path>());
    if constexpr (!Op.fixed_query().empty()) made.query = http::parse_query(Op.fixed_query());
    const auto put = [&](const auto& argument) {
        using type = std::remove_cvref_t<decltype(argument)>;
        if constexpr (!std::is_same_v<type, request_type>)
            add_query(made, json::encode_texts(argument));
        else if constexpr (Streams)
            set_stream_body<Op>(made, argument, options.extra_body);
        else
            set_whole_body<Op>(made, argument, options.extra_body);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) { (put(std::get<in_path + I>(all)), ...); }
    (std::make_index_sequence<sizeof...(P) - in_path>());
    finish_spec(made, options.extra_body);
    return made;
}

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/make_spec_impl.hpp"
#endif
