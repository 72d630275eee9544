#include "cortex/keys.hpp"

#include <algorithm>
#include <string>

#include "tessera/core/secret.hpp"
#include "web/credentials.hpp"

namespace tessera::server::cortex {
namespace {

using patterns = std::optional<std::vector<std::string>>;

bool any_matches(const patterns& all, std::string_view text) {
    return !all || all->empty() || std::any_of(all->begin(), all->end(), [&](const auto& each) {
        return matches(each, text);
    });
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t star = pattern.npos;  // the last one, and how far it reaches
    std::size_t reached = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            reached = i;
        } else if (at < pattern.size() && pattern[at] == text[i]) {
            ++at, ++i;
        } else if (star != pattern.npos) {
            at = star + 1;
            i = ++reached;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == pattern.npos;
}

bool opens(const gateway_key_settings& key, endpoint_group group) {
    const auto& all = key.endpoints;
    return !all || all->empty() || std::find(all->begin(), all->end(), group) != all->end();
}

bool opens_provider(const gateway_key_settings& key, std::string_view provider) {
    return any_matches(key.providers, provider);
}

bool opens_model(const gateway_key_settings& key, std::string_view provider,
                 std::string_view model) {
    return opens_provider(key, provider) &&
           (any_matches(key.models, model) ||
            any_matches(key.models, std::string(provider).append(":").append(model)));
}

const gateway_key_settings* key_ring::find(std::string_view secret) const {
    const gateway_key_settings* found = nullptr;
    for (const gateway_key_settings& each : keys_)
        if (same_secret(secret, each.key) && each.enabled) found = &each;
    return found;
}

key_ring::shown key_ring::shown_by(const request& asked) const {
    shown made;
    for (const http::auth& way : {http::auth::bearer, http::auth::api_key_header}) {
        const auto secret = credential_of(asked, way);
        if (!secret) continue;
        made.any = true;
        made.key = find(*secret);
        if (made.key) break;
    }
    return made;
}

problem no_valid_key(const key_ring::shown& by) {
    return {.status = 401,
            .message = by.any ? "the API key is wrong, or is not enabled"
                              : "send the API key as \"authorization: Bearer KEY\" or as "
                                "\"x-api-key: KEY\"",
            .type = "authentication_error",
            .code = "invalid_api_key"};
}

problem not_opened(const gateway_key_settings& key, std::string_view what) {
    return {.status = 403,
            .message = "the key \"" + key.name + "\" does not open " + std::string(what),
            .type = "permission_error",
            .code = "permission_denied"};
}

}  // namespace tessera::server::cortex
