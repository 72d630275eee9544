#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/detail/authority.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::http {

/// An absolute http or https URL (RFC 3986). Path and query are kept as they are written.
struct url {
    std::string scheme;            ///< "http" or "https"
    std::string host;              ///< lower case, without brackets
    std::string path = "/";        ///< begins with "/"
    std::string query;             ///< without "?"
    std::uint16_t port = 0;        ///< the scheme's own where none was said
    bool is_ipv6_literal = false;  ///< the host was in brackets
    std::string userinfo;          ///< "user:password" as written; in none of the texts below

    /// Whether it is https.
    bool secure() const { return scheme == "https"; }
    /// The scheme's own port.
    std::uint16_t default_port() const { return secure() ? 443 : 80; }
    /// What Host carries: the port only where it is not the scheme's own.
    TESSERA_COLD_DECL std::string authority() const;
    /// Equal texts are the same origin (RFC 6454).
    TESSERA_COLD_DECL std::string origin() const;
    /// The origin form of a request target.
    TESSERA_COLD_DECL std::string target() const;

    friend bool operator==(const url&, const url&) = default;
};

namespace detail {

constexpr bool is_unreserved(char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace detail

/// The URL without its fragment; invalid_argument for another scheme, a missing or malformed host,
/// and for characters that must be percent-encoded.
TESSERA_COLD_DECL result<url> parse_url(std::string_view text);

/// What `reference` (of a Location, say) means on a page at `base`: RFC 3986 section 5.2.
TESSERA_COLD_DECL result<url> resolve(const url& base, std::string_view reference);

/// For a path segment or a query's name or value: everything but unreserved characters is encoded.
TESSERA_COLD_DECL std::string percent_encode(std::string_view text);

/// "+" stays a plus. invalid_argument for a "%" without two hexadecimal digits.
TESSERA_COLD_DECL result<std::string> percent_decode(std::string_view text);

/// Names and values of a query, in their order.
using query_pairs = std::vector<std::pair<std::string, std::string>>;

/// application/x-www-form-urlencoded after WHATWG URL: "+" is a space, a malformed "%" stands for
/// itself, a name without "=" has an empty value.
TESSERA_COLD_DECL query_pairs parse_query(std::string_view query);

/// The text of a query, percent-encoded.
TESSERA_COLD_DECL std::string encode_query(
    std::span<const std::pair<std::string, std::string>> pairs);

}  // namespace tessera::http

#ifdef TESSERA_DEFINITIONS
#include "tessera/http/detail/url_impl.hpp"
#endif
