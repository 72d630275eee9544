#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"

namespace tessera::http {

enum class auth { none, bearer, api_key_header };

// One operation of an API, described once for clients, server routes, OpenAPI documents and tests.
// Request is the type of the JSON body, void for none; Chunk is the type of a stream's events, void
// where there is no stream.
template <class Request, class Response, class Chunk = void>
struct operation {
    using request = Request;
    using response = Response;
    using chunk = Chunk;

    std::string_view id;
    std::string_view method;
    std::string_view path;  // with parameters in braces: "/v1/models/{model_id}"
    auth authentication = auth::bearer;
};

// Puts percent-encoded values in the place of a path's parameters, in order. Missing values leave
// their parameter empty, surplus ones are ignored.
inline std::string expand_path(std::string_view path,
                               std::initializer_list<std::string_view> values) {
    std::string expanded;
    auto value = values.begin();
    while (!path.empty()) {
        const std::size_t open = path.find('{');
        expanded.append(path.substr(0, open));
        if (open == path.npos) break;
        path.remove_prefix(open + 1);
        take_until(path, '}');
        if (value != values.end()) expanded.append(percent_encode(*value++));
    }
    return expanded;
}

}  // namespace tessera::http
