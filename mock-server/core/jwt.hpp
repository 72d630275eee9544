#pragma once
// JSON Web Tokens signed with HMAC-SHA256: RFC 7515, 7519, 8725.
#include <chrono>
#include <string>
#include <string_view>

#include "tessera/core/result.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server {

constexpr std::size_t longest_jwt = 8 * 1024;

std::string sign_jwt(const json::value& claims, std::string_view key);

/// The claims of a token that is signed with the key and is valid now. The error, of kind
/// authentication, says why it is refused. A header may name the algorithm, which must be HS256,
/// and the type JWT, and nothing beside them: it cannot choose how, or with what, it is checked.
result<json::value> verify_jwt(std::string_view token, std::string_view key,
                               std::chrono::system_clock::time_point now);

}  // namespace tessera::server
