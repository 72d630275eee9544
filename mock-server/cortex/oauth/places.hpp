#pragma once
// Where things of a flow are: of the provider, and of the gateway as the browser sees it.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/cortex_options.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// A provider's URLs; empty where it has none.
struct oauth_places {
    std::string authorize;
    std::string token;
    std::string device;
    std::string issuer;  // known of the bundled identity provider alone
};

/// `own_url` is where this server reaches itself.
oauth_places places_of(const oauth_provider_settings& settings, const std::string& own_url);

/// The gateway's origin as the request's browser sees it, "http://localhost:8090". Nothing for a
/// Host that is neither this machine, nor the one that the server listens on, nor configured: codes
/// would be sent to whoever made the link.
std::optional<std::string> origin_of(const request& asked, const std::string& listens_on,
                                     const std::vector<std::string>& hosts);

/// Whether a browser may be sent there: http or https, at `own_origin`, on this machine or on one of
/// `hosts`, in a form that browsers read as this server does.
bool may_end_at(std::string_view url, const std::string& own_origin,
                const std::vector<std::string>& hosts);

/// `url` with these parameters behind those that it has.
std::string with_query(std::string url,
                       const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace tessera::server::cortex
