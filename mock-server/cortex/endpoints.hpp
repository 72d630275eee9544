#pragma once
// Which part of the gateway a path belongs to.
#include <string_view>

#include "core/cortex_options.hpp"

namespace tessera::server::cortex {

/// Whose manners a path has.
enum class family { openai, anthropic, oauth, management };

/// `path` is below the API's own folder.
constexpr family family_of(std::string_view path) {
    if (path.starts_with("/v1/") || path == "/v1") return family::openai;
    if (path.starts_with("/anthropic/") || path == "/anthropic") return family::anthropic;
    if (path.starts_with("/oauth/")) return family::oauth;
    return family::management;
}

/// What a key has to open.
constexpr endpoint_group group_of(std::string_view path) {
    switch (family_of(path)) {
        case family::openai:
            return endpoint_group::openai;
        case family::anthropic:
            return endpoint_group::anthropic;
        case family::oauth:
            return endpoint_group::oauth;
        case family::management:
            break;
    }
    if (path.starts_with("/api/providers/")) return endpoint_group::providers;
    if (path.starts_with("/api/config/")) return endpoint_group::config;
    if (path.starts_with("/usage")) return endpoint_group::usage;
    return endpoint_group::admin;
}

}  // namespace tessera::server::cortex
