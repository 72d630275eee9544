#pragma once
// What an API brings to the server: its routes and its manners. A new API is a folder with a class
// derived from `api`, and a line in apis.cpp.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/call/form.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json.hpp"
#include "tessera/json/texts.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// Adds the named types to the definitions of an OpenAPI document; returns the schema that uses
/// them.
using schema_function = json::value (*)(json::value& definitions);

/// An answer that is not the operation's success: the schema of its body, or null where it has none.
/// Status 0 stands for all that are not named.
struct error_schema {
    int status = 0;
    schema_function schema = nullptr;
    http::media gives = http::media::json;
};

template <class T>
json::value component_schema(json::value& definitions) {
    return json::add_schema<T>(definitions, "#/components/schemas/");
}

/// An operation as the server sees it.
struct route {
    std::string_view id;
    std::string_view method;
    std::string_view path;  // "/v1/models/{model_id}"; {} takes one segment that is not empty
    http::auth authentication = http::auth::none;
    std::function<void(const exchange_ptr&)> handle;
    schema_function request_schema = nullptr;  // null: takes no body
    schema_function response_schema = nullptr;
    schema_function chunk_schema = nullptr;    // of a streamed answer
    schema_function query_schema = nullptr;    // an object whose members are the parameters
    schema_function headers_schema = nullptr;  // likewise
    std::string_view query{};  // what the query has to hold: tells routes of one path apart
    int status = 200;          // of success
    bool documented = true;    // it is in the OpenAPI document
    http::media takes = http::media::json;
    http::media gives = http::media::json;
    http::stream_rules stream{};
    http::body_rules body{};
};

/// All members but the constructors may be called on any I/O thread.
class api {
  public:
    api() = default;
    api(const api&) = delete;
    api& operator=(const api&) = delete;
    virtual ~api() = default;

    /// Its folder in URLs, and the value of --api.
    virtual std::string_view name() const = 0;
    /// Whether it is a vendor's, and not a part that the server has beside those.
    virtual bool is_of_a_vendor() const { return true; }
    virtual std::span<const route> routes() const = 0;
    /// What is kept of a request to a known route, from before admit() on.
    virtual std::shared_ptr<request_state> begin(const request&) { return nullptr; }
    /// How bodies are read; relayed, by those that hand on what they do not know.
    virtual json::mode reading() const { return json::mode::strict; }
    /// Asked before the body is read, for known routes: authentication, quotas.
    virtual std::optional<problem> admit(const request&) { return std::nullopt; }
    /// An error in this API's form. `asked` is null where there is no readable request.
    virtual answer explain(const request* asked, const problem& reason) const;
    /// A part of the request ("body", "query", "header") that breaks the route's schema, in this
    /// API's form. `issues` is never empty.
    virtual answer invalid(const request& asked, std::string_view where,
                           std::span<const json::issue> issues) const;
    /// The answers that a route has beside success, for the OpenAPI document.
    virtual std::span<const error_schema> errors(const route&) const { return {}; }
    /// Adds this API's headers to any answer below its paths.
    virtual void decorate(const request&, http::fields&) {}
    /// What /_tessera/credentials says; null for an API without keys.
    virtual json::value credential() const { return nullptr; }
    /// What may be looked into at /_tessera/NAME/..., from this machine only.
    virtual std::span<const route> inspection() const { return {}; }
    /// The server stops: all connections are closed, models are there still. Ends what the API has
    /// running. Called once or not at all.
    virtual void stop() {}
};

namespace detail {

template <class T>
constexpr schema_function schema_of() {
    if constexpr (std::is_void_v<T>)
        return nullptr;
    else if constexpr (std::is_same_v<T, http::sse_event>)
        return &component_schema<std::string>;
    else
        return &component_schema<T>;
}

template <class T>
json::value members_schema(json::value& definitions) {
    return json::inline_schema<T>(definitions, "#/components/schemas/");
}

template <class T>
constexpr schema_function members_schema_of() {
    if constexpr (std::is_void_v<T>)
        return nullptr;
    else
        return &members_schema<T>;
}

// The JSON of a body; nothing when an issue says why, or when there is none and need not be.
std::optional<json::value> parse_body(const request& asked, std::vector<json::issue>& issues);
std::vector<std::pair<std::string, std::string>> query_of(const request& asked);
std::vector<std::pair<std::string, std::string>> headers_of(const request& asked);

template <class T>
std::optional<T> decode_body(request& asked, std::vector<json::issue>& issues) {
    if constexpr (std::is_same_v<T, std::string>) {
        return std::optional(std::move(asked.body));
    } else {
        const json::mode how = asked.api->reading();
        if (asked.form) return call::decode_form<T>(*asked.form, how, issues);
        const std::optional<json::value> parsed = parse_body(asked, issues);
        if (parsed) return json::decode<T>(*parsed, how, issues);
        // An absent body is that of an object without members, so that defaults hold.
        if (issues.empty()) return json::decode<T>(json::value::object(), how, issues);
        return std::nullopt;
    }
}

// The parts of a request that an operation describes, decoded one after the other and handed to the
// handler in this order: body, query, headers. The first that is invalid is the answer. A handler
// may leave the headers out, which mostly have no effect.
template <class... Left>
struct parts;

template <>
struct parts<> {
    template <class Handler, class... Decoded>
    static void hand(const exchange_ptr& asked, Handler& handler, Decoded&&... decoded) {
        handler(asked, std::forward<Decoded>(decoded)...);
    }
};

template <class Part, class... Left>
struct parts<Part, Left...> {
    template <class Handler, class... Decoded>
    static void hand(const exchange_ptr& asked, Handler& handler, Decoded&&... decoded) {
        if constexpr (std::is_void_v<typename Part::type>) {
            parts<Left...>::hand(asked, handler, std::forward<Decoded>(decoded)...);
        } else {
            std::vector<json::issue> issues;
            auto made = Part::decode(asked->request(), issues);
            if (!made || !issues.empty())
                return asked->respond(
                    asked->request().api->invalid(asked->request(), Part::where, issues));
            if constexpr (sizeof...(Left) > 0 ||
                          std::is_invocable_v<Handler&, const exchange_ptr&, Decoded...,
                                              typename Part::type>)
                parts<Left...>::hand(asked, handler, std::forward<Decoded>(decoded)...,
                                     std::move(*made));
            else
                parts<>::hand(asked, handler, std::forward<Decoded>(decoded)...);
        }
    }
};

template <class T>
struct body_part {
    using type = T;
    static constexpr std::string_view where = "body";
    static auto decode(request& asked, std::vector<json::issue>& issues) {
        return decode_body<T>(asked, issues);
    }
};

template <class T>
struct query_part {
    using type = T;
    static constexpr std::string_view where = "query";
    static auto decode(const request& asked, std::vector<json::issue>& issues) {
        return json::decode_texts<T>(query_of(asked), json::mode::strict, issues);
    }
};

template <class T>
struct headers_part {
    using type = T;
    static constexpr std::string_view where = "header";
    static auto decode(const request& asked, std::vector<json::issue>& issues) {
        return json::decode_texts<T>(headers_of(asked), json::mode::strict, issues,
                                     json::names::without_case);
    }
};

}  // namespace detail

/// A route of a described operation. `handler` takes the exchange and, of the operation's body,
/// query and headers, those that it has, decoded strictly; it may leave the headers out.
template <class Request, class Response, class Chunk, class Query, class Headers, class Handler>
route make_route(const http::operation<Request, Response, Chunk, Query, Headers>& described,
                 Handler handler) {
    route made{.id = described.id,
               .method = described.method,
               .path = described.path_pattern(),
               .authentication = described.authentication,
               .handle = {},
               .request_schema = detail::schema_of<Request>(),
               .response_schema = detail::schema_of<Response>(),
               .chunk_schema = detail::schema_of<Chunk>(),
               .query_schema = detail::members_schema_of<Query>(),
               .headers_schema = detail::members_schema_of<Headers>(),
               .query = described.fixed_query(),
               .status = described.status,
               .takes = described.takes,
               .gives = described.gives,
               .stream = described.stream,
               .body = described.body};
    made.handle = [handler = std::move(handler)](const exchange_ptr& asked) mutable {
        detail::parts<detail::body_part<Request>, detail::query_part<Query>,
                      detail::headers_part<Headers>>::hand(asked, handler);
    };
    return made;
}

/// Whether the request asks for its route's stream; `by_member` says what its body holds.
bool wants_stream(const request& asked, bool by_member);

/// Answers with the operation's success: its status, and `value` as JSON.
template <class T>
void succeed(exchange& asked, const T& value) {
    asked.respond(json_answer(asked.request().route->status, json::encode(value)));
}
/// The same without a body, or with one that is no JSON.
void succeed(exchange& asked);
void succeed(exchange& asked, std::string_view content_type, std::string body);

}  // namespace tessera::server
