#pragma once
// Keys that requests carry.
#include <optional>
#include <string_view>

#include "tessera/http/operation.hpp"
#include "web/message.hpp"

namespace tessera::server {

/// What the request shows in the way that the operation asks for; nothing if it shows nothing.
std::optional<std::string_view> credential_of(const request& asked, const http::auth& way);

/// Holds what the request shows against the one key there is; nothing if it is right, or if the
/// route needs none.
std::optional<problem> check_key(const request& asked, std::string_view key);

}  // namespace tessera::server
