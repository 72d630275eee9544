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

#include "tessera/http/operation.hpp"
#include "tessera/json.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// Adds the named types to the definitions of an OpenAPI document; returns the schema that uses
/// them.
using schema_function = json::value (*)(json::value& definitions);

template <class T>
json::value component_schema(json::value& definitions) {
    return json::add_schema<T>(definitions, "#/components/schemas/");
}

/// A query or header parameter, for the OpenAPI document; handlers read it themselves.
struct parameter {
    std::string_view name;
    std::string_view in;  // "query" or "header"
    schema_function schema;
};

struct route {
    std::string_view id;
    std::string_view method;
    std::string_view path;  // "/v1/models/{model_id}"; {} takes one segment that is not empty
    http::auth authentication = http::auth::none;
    std::function<void(const exchange_ptr&)> handle;
    schema_function request_schema = nullptr;  // null: takes no body
    schema_function response_schema = nullptr;
    schema_function chunk_schema = nullptr;  // of a streamed answer
    std::vector<parameter> parameters{};
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
    virtual std::span<const route> routes() const = 0;
    /// Asked before the body is read, for known routes: authentication, quotas.
    virtual std::optional<problem> admit(const request&) { return std::nullopt; }
    /// An error in this API's form.
    virtual answer explain(const problem& reason) const;
    /// A body that breaks the route's schema, in this API's form. Never empty.
    virtual answer invalid(std::span<const json::issue> issues) const;
    /// Adds this API's headers to any answer below its paths.
    virtual void decorate(http::fields&) {}
    /// What /_tessera/credentials says; null for an API without keys.
    virtual json::value credential() const { return nullptr; }
};

/// The body of a request as T; otherwise the exchange is answered, and nothing is returned.
template <class T>
std::optional<T> decode_body(exchange& asked) {
    const request& request = asked.request();
    std::vector<json::issue> issues;
    std::optional<T> decoded;
    if (request.body.empty()) {
        issues.push_back({{}, "missing", "the request has no body"});
    } else if (const auto parsed = json::parse(request.body); !parsed) {
        issues.push_back({{}, "json_invalid", parsed.error().message});
    } else {
        decoded = json::decode<T>(*parsed, json::mode::strict, issues);
        if (issues.empty() && decoded) return decoded;
    }
    asked.respond(request.api->invalid(issues));
    return std::nullopt;
}

namespace detail {
template <class T>
constexpr schema_function schema_of() {
    if constexpr (std::is_void_v<T>)
        return nullptr;
    else
        return &component_schema<T>;
}
}  // namespace detail

/// A route of a described operation. `handler` takes the exchange, and the decoded request where
/// the operation has one.
template <class Request, class Response, class Chunk, class Handler>
route make_route(const http::operation<Request, Response, Chunk>& described, Handler handler,
                 std::vector<parameter> parameters = {}) {
    route made{.id = described.id,
               .method = described.method,
               .path = described.path,
               .authentication = described.authentication,
               .handle = {},
               .request_schema = detail::schema_of<Request>(),
               .response_schema = detail::schema_of<Response>(),
               .chunk_schema = detail::schema_of<Chunk>(),
               .parameters = std::move(parameters)};
    if constexpr (std::is_void_v<Request>) {
        made.handle = std::move(handler);
    } else {
        made.handle = [handler = std::move(handler)](const exchange_ptr& asked) {
            if (auto decoded = decode_body<Request>(*asked)) handler(asked, std::move(*decoded));
        };
    }
    return made;
}

}  // namespace tessera::server
