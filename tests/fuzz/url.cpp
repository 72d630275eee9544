#include "tessera/http/url.hpp"

#include <arpa/inet.h>

#include "fuzz.hpp"
#include "tessera/http/date.hpp"

namespace tessera::fuzz {
namespace {

void check_address(const std::string& text) {
    if (text.find('\0') != text.npos) return;
    in6_addr six{};
    check(http::detail::is_ipv6(text) == (inet_pton(AF_INET6, text.c_str(), &six) == 1),
          "an IPv6 address is what the system takes for one");
    in_addr four{};
    check(http::detail::is_ipv4(text) == (inet_pton(AF_INET, text.c_str(), &four) == 1),
          "an IPv4 address is what the system takes for one");
}

void check_url(std::string_view text) {
    const result<http::url> parsed = http::parse_url(text);
    if (!parsed) return;
    http::url plain = *parsed;
    plain.userinfo.clear();
    check(http::parse_url(plain.origin() + plain.target()).value() == plain,
          "a URL survives its text");
    check(http::resolve(plain, "").value() == plain, "an empty reference is the page itself");
}

}  // namespace

void one_input(std::string_view input) {
    check_address(std::string(input));
    check_url(input);
    const http::url base = http::parse_url("https://example.com/a/b?c").value();
    if (const result<http::url> found = http::resolve(base, input))
        check(found->path.starts_with('/'), "a resolved path is absolute");
    check(http::percent_decode(http::percent_encode(input)).value() == input,
          "text survives percent-encoding");
    (void)http::percent_decode(input);
    http::query_pairs pairs = http::parse_query(input);
    // Nothing at all is not written as a pair.
    if (pairs.size() != 1 || pairs[0] != http::query_pairs::value_type{})
        check(http::parse_query(http::encode_query(pairs)) == pairs, "a query survives its text");
    if (const auto moment = http::parse_http_date(input))
        check(http::parse_http_date(http::http_date(*moment)) == moment,
              "a date survives its text");
}

}  // namespace tessera::fuzz
