#include "tessera/http/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tessera::http {
namespace {

url parsed(std::string_view text) { return parse_url(text).value(); }

TEST(Url, IsTakenApart) {
    const url plain = parsed("HTTP://Example.COM");
    EXPECT_EQ(plain.scheme, "http");
    EXPECT_EQ(plain.host, "example.com");
    EXPECT_EQ(plain.port, 80);
    EXPECT_EQ(plain.target(), "/");
    EXPECT_EQ(plain.authority(), "example.com");
    EXPECT_EQ(plain.origin(), "http://example.com");
    const url full = parsed("https://user:pw@h:8443/a/b?c=d?e#f");
    EXPECT_EQ(full.port, 8443);
    EXPECT_EQ(full.path, "/a/b");
    EXPECT_EQ(full.query, "c=d?e");
    EXPECT_EQ(full.target(), "/a/b?c=d?e");
    EXPECT_EQ(full.userinfo, "user:pw");
    EXPECT_EQ(full.origin(), "https://h:8443");
    EXPECT_TRUE(full.secure());
    EXPECT_EQ(parsed("https://h:443/").authority(), "h");
    EXPECT_EQ(parsed("https://h:").port, 443);
    EXPECT_EQ(parsed("http://h?q").target(), "/?q");
}

TEST(Url, KnowsAddresses) {
    const url six = parsed("http://[2001:DB8::1]:8080/x");
    EXPECT_TRUE(six.is_ipv6_literal);
    EXPECT_EQ(six.host, "2001:db8::1");
    EXPECT_EQ(six.authority(), "[2001:db8::1]:8080");
    for (const std::string_view good :
         {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
          "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "fe80::1"})
        EXPECT_TRUE(detail::is_ipv6(good)) << good;
    for (const std::string_view bad :
         {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
          "12345::", "g::", "1:2:3:4:5:6:7:8::", ":1::", "1:", "::1:", "::1.2.3", "::1.2.3.256",
          "::1.2.3.04", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%25eth0"})
        EXPECT_FALSE(detail::is_ipv6(bad)) << bad;
}

TEST(Url, RefusesOthersWithAReason) {
    for (const std::string text : {"",
                                   "h",
                                   "//h",
                                   "ftp://h",
                                   "http:/h",
                                   "http://",
                                   "http:///x",
                                   "http://:80",
                                   "http://h:65536",
                                   "http://h:x",
                                   "http://h:0",
                                   "http://a b/",
                                   "http://h/a b",
                                   "http://h/\xc3\xa4",
                                   "http://\xc3\xa4/",
                                   "http://h\r\n",
                                   "http://h/\n",
                                   "http://[::1",
                                   "http://[h]",
                                   "http://h]",
                                   "http://h%20/",
                                   "http://a@b@c:1x/"}) {
        const result<url> refused = parse_url(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().kind, error_kind::invalid_argument);
        EXPECT_TRUE(refused.error().message.starts_with("the URL ")) << refused.error().message;
    }
}

// RFC 3986 sections 5.4.1 and 5.4.2.
TEST(Url, ResolvesReferences) {
    const url base = parsed("http://a/b/c/d;p?q");
    const auto resolved = [&](std::string_view reference) {
        const url found = resolve(base, reference).value();
        return found.origin() + found.target();
    };
    EXPECT_EQ(resolved("g"), "http://a/b/c/g");
    EXPECT_EQ(resolved("./g"), "http://a/b/c/g");
    EXPECT_EQ(resolved("g/"), "http://a/b/c/g/");
    EXPECT_EQ(resolved("/g"), "http://a/g");
    EXPECT_EQ(resolved("//g"), "http://g/");
    EXPECT_EQ(resolved("?y"), "http://a/b/c/d;p?y");
    EXPECT_EQ(resolved("g?y"), "http://a/b/c/g?y");
    EXPECT_EQ(resolved("#s"), "http://a/b/c/d;p?q");
    EXPECT_EQ(resolved("g?y#s"), "http://a/b/c/g?y");
    EXPECT_EQ(resolved(";x"), "http://a/b/c/;x");
    EXPECT_EQ(resolved(""), "http://a/b/c/d;p?q");
    EXPECT_EQ(resolved("."), "http://a/b/c/");
    EXPECT_EQ(resolved(".."), "http://a/b/");
    EXPECT_EQ(resolved("../.."), "http://a/");
    EXPECT_EQ(resolved("../../g"), "http://a/g");
    EXPECT_EQ(resolved("../../../g"), "http://a/g");
    EXPECT_EQ(resolved("/./g"), "http://a/g");
    EXPECT_EQ(resolved("g."), "http://a/b/c/g.");
    EXPECT_EQ(resolved("..g"), "http://a/b/c/..g");
    EXPECT_EQ(resolved("./g/."), "http://a/b/c/g/");
    EXPECT_EQ(resolved("g/../h"), "http://a/b/c/h");
    EXPECT_EQ(resolved("g?y/../x"), "http://a/b/c/g?y/../x");
    EXPECT_EQ(resolved("https://x/y:z"), "https://x/y:z");
    EXPECT_FALSE(resolve(base, "ftp://x"));
    EXPECT_FALSE(resolve(base, "a b"));
}

TEST(PercentCoding, KeepsUnreservedCharactersOnly) {
    EXPECT_EQ(percent_encode("aZ9-._~/ +\xc3\xa4%"), "aZ9-._~%2F%20%2B%C3%A4%25");
    EXPECT_EQ(percent_decode("a%2Fb+%c3%A4").value(), "a/b+\xc3\xa4");
    for (const std::string_view bad : {"%", "%2", "a%2g", "%%41"})
        EXPECT_FALSE(percent_decode(bad)) << bad;
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(percent_decode(percent_encode(all)).value(), all);
}

TEST(Query, IsReadAsBrowsersWriteIt) {
    EXPECT_EQ(
        parse_query("a=1&b=x+y%2B&&c&=d&e=f=g&h=%zz"),
        (query_pairs{{"a", "1"}, {"b", "x y+"}, {"c", ""}, {"", "d"}, {"e", "f=g"}, {"h", "%zz"}}));
    EXPECT_EQ(parse_query(""), query_pairs{});
    const query_pairs pairs{{"a b", "c&d=e"}, {"+", "%"}};
    EXPECT_EQ(encode_query(pairs), "a%20b=c%26d%3De&%2B=%25");
    EXPECT_EQ(parse_query(encode_query(pairs)), pairs);
}

}  // namespace
}  // namespace tessera::http
