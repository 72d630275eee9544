#include "web/credentials.hpp"

#include "tessera/core/secret.hpp"
#include "tessera/http/grammar.hpp"
#include "web/api.hpp"

namespace tessera::server {
namespace {

// With a scheme, the value is "SCHEME CREDENTIAL" (RFC 9110 section 11.4).
std::optional<std::string_view> credential_in(const request& asked, std::string_view header,
                                              std::string_view scheme) {
    std::string_view value = http::trim(asked.header(header));
    if (!scheme.empty()) {
        if (value.size() <= scheme.size() || value[scheme.size()] != ' ' ||
            !http::equal_nocase(value.substr(0, scheme.size()), scheme))
            return std::nullopt;
        value = http::trim(value.substr(scheme.size()));
    }
    if (value.empty()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::string_view> credential_of(const request& asked, const http::auth& way) {
    if (way == http::auth::none) return std::nullopt;
    return credential_in(asked, way.header, way.scheme);
}

std::optional<problem> check_key(const request& asked, std::string_view key) {
    const http::auth& way = asked.route->authentication;
    if (way == http::auth::none) return std::nullopt;
    const auto shown = credential_of(asked, way);
    if (shown && same_secret(*shown, key)) return std::nullopt;
    const std::string form = std::string(way.header) + ": " +
                             (way.scheme.empty() ? "" : std::string(way.scheme) + " ") + "KEY";
    return problem{
        .status = 401,
        .message = shown ? "the API key is wrong" : "send the API key as \"" + form + "\"",
        .param = "api_key",
        .code = shown ? "wrong_api_key" : "missing_api_key"};
}

}  // namespace tessera::server
