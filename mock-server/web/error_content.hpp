#pragma once

#include <string>

#include "tessera/json/describe.hpp"
#include "web/message.hpp"

namespace tessera::server {

/// A problem as the APIs that follow OpenAI's write it, bare or as the member `error`.
struct error_content {
    std::string message;
    std::string type;
    json::nullable<std::string> param;
    json::nullable<std::string> code;
};

constexpr auto describe(json::type<error_content>) {
    using e = error_content;
    return json::object<e>("Error", json::field("message", &e::message),
                           json::field("type", &e::type), json::field("param", &e::param),
                           json::field("code", &e::code));
}

/// With the type of its status, where it has none of its own.
error_content content_of(const problem& reason);

}  // namespace tessera::server
