#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/call/codec.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/http/url.hpp"

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

// Fills the {parameters} of a path, one call each.
class path_writer {
  public:
    explicit path_writer(std::string_view pattern) : rest_(pattern) { copy(); }

    // What would change the path's structure is refused.
    void put(std::string_view value, std::optional<error>& defect) {
        const std::string_view name = rest_.substr(1, rest_.find('}') - 1);
        if (value.empty() || value == "." || value == "..")
            defect = error{error_kind::invalid_argument,
                           "the path parameter " + std::string(name) + " must not be \"" +
                               std::string(value) + "\""};
        out_ += http::percent_encode(value);
        rest_.remove_prefix(name.size() + 2);
        copy();
    }
    std::string take() { return std::move(out_); }

  private:
    void copy() {
        const std::string_view literal = rest_.substr(0, rest_.find('{'));
        out_ += literal;
        rest_.remove_prefix(literal.size());
    }
    std::string_view rest_;
    std::string out_;
};

// Members of a described struct become name=value: null members are left out, arrays repeat the name.
inline void add_query(spec& request, const json::value& members) {
    const auto text = [](const json::value& v) { return v.is_string() ? v.get<std::string>() : v.dump(); };
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
    path_writer path(Op.path);
    const auto put = [&](const auto& argument) {
        using type = std::remove_cvref_t<decltype(argument)>;
        if constexpr (std::is_same_v<type, std::string_view>)
            path.put(argument, made.defect);
        else if constexpr (!std::is_same_v<type, request_type>)
            add_query(made, json::to_value(argument));
        else if constexpr (Streams)
            set_stream_body(made, argument, options.extra_body);
        else
            set_whole_body(made, argument, options.extra_body);
    };
    (put(arguments), ...);
    made.target_path = path.take();
    return made;
}

}  // namespace tessera::call::detail
