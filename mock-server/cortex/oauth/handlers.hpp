#pragma once
// /oauth
#include <span>
#include <string_view>
#include <vector>

#include "cortex/oauth/service.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

/// `of` outlives them.
std::vector<route> oauth_routes(oauth_service& of);

/// An error below /oauth, in the form that the path has for it: plain text, or {"error": "..."}.
answer oauth_problem(std::string_view path, const problem& reason);

/// The same for the OpenAPI document: what a route answers beside its success.
std::span<const error_schema> oauth_errors(const route& of);

}  // namespace tessera::server::cortex
