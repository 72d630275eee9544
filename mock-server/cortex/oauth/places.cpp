#include "cortex/oauth/places.hpp"

#include <algorithm>

#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"
#include "web/application.hpp"

namespace tessera::server::cortex {
namespace {

bool names(const std::vector<std::string>& hosts, const std::string& host) {
    return std::any_of(hosts.begin(), hosts.end(),
                       [&](const std::string& each) { return http::equal_nocase(each, host); });
}

}  // namespace

oauth_places places_of(const oauth_provider_settings& settings, const std::string& own_url) {
    if (!settings.is_bundled())
        return {settings.authorize_url.value_or(std::string()),
                settings.token_url.value_or(std::string()),
                settings.device_url.value_or(std::string()),
                {}};
    const std::string issuer = own_url + "/identity";
    return {issuer + "/authorize", issuer + "/token", issuer + "/device", issuer};
}

std::optional<std::string> origin_of(const request& asked, const std::string& listens_on,
                                     const std::vector<std::string>& hosts) {
    const std::string host(asked.header("host"));
    // Of a proxy on this machine that takes TLS off.
    const bool is_secure = asked.from_loopback && asked.header("x-forwarded-proto") == "https";
    const auto url = http::parse_url((is_secure ? "https://" : "http://") + host);
    if (!url || !url->userinfo.empty() || url->target() != "/" ||
        !http::equal_nocase(url->authority(), host))
        return std::nullopt;
    if (!is_local_host(host) && !http::equal_nocase(url->host, listens_on) &&
        !names(hosts, url->host))
        return std::nullopt;
    return url->origin();
}

bool may_end_at(std::string_view text, const std::string& own_origin,
                const std::vector<std::string>& hosts) {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7f' && c != '\\' && c != '"' && c != '<' && c != '>';
    });
    const auto url = http::parse_url(text);
    if (!is_plain || text.size() > 2048 || !url || !url->userinfo.empty()) return false;
    return url->origin() == own_origin || is_local_host(url->authority()) ||
           names(hosts, url->host);
}

std::string with_query(std::string url,
                       const std::vector<std::pair<std::string, std::string>>& parameters) {
    url += url.find('?') == url.npos ? '?' : '&';
    return url + http::encode_query(parameters);
}

}  // namespace tessera::server::cortex
