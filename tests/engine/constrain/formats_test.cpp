#include "constrain/formats.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tessera::engine {
namespace {

struct format_sample {
    const char* format;
    std::vector<std::string> right;
    std::vector<std::string> wrong;
};

TEST(formats, hold_what_their_documents_say) {
    const std::string a64(64, 'a');
    const format_sample samples[] = {
        {"date",
         {"2024-02-29", "2000-02-29", "1999-12-31", "0000-02-29", "2023-04-30", "0001-01-01"},
         {"2023-02-29", "1900-02-29", "2100-02-29", "2024-02-30", "2024-04-31", "2024-13-01",
          "2024-00-10", "2024-01-00", "2024-1-1", "24-01-01", "2024-01-01Z", "", " 2024-01-01",
          "2024-01-32", "2024-06-31", "2024-09-31", "2024-11-31"}},
        {"time",
         {"00:00:00Z", "23:59:59.123456+23:59", "08:30:06z", "12:00:00-08:00", "23:59:60Z",
          "23:59:60+00:00", "01:29:60+01:30", "23:29:60+23:30", "15:59:60-08:00", "00:29:60-23:30",
          "23:59:60.5Z"},
         {"24:00:00Z", "12:60:00Z", "12:00:61Z", "12:00:00", "12:00Z", "12:00:00.Z",
          "12:00:00+24:00", "12:00:00+1:00", "22:59:60Z", "23:58:60Z", "23:59:60+01:00",
          "23:59:60-00:30", "12:00:00+00:60", "12:00:00 Z"}},
        {"date-time",
         {"1963-06-19T08:30:06.283185Z", "1985-04-12t23:20:50.52z", "1990-12-31T23:59:60Z",
          "1998-12-31T15:59:60.123-08:00", "2024-02-29T00:00:00+00:00"},
         {"1998-12-31T23:59:61Z", "1998-12-31T23:58:60Z", "1990-02-31T15:59:59Z",
          "2023-02-29T00:00:00Z", "2013-350T01:01:01", "1963-06-19 08:30:06Z", "2024-01-01",
          "1963-06-1T00:00:00Z"}},
        {"uuid",
         {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"},
         {"2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380",
          "2eb8aa08-aa98-11ea-b4ga-73b441d16380", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
          "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}"}},
        {"ipv4",
         {"0.0.0.0", "255.255.255.255", "192.168.0.1", "1.20.199.249"},
         {"256.0.0.0", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "1.2.3.4/24", "0x7f.0.0.1",
          "1..2.3"}},
        {"ipv6",
         {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::8",
          "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2::7:8", "abcd:EF01::1.2.3.4", "1::3:4:5:6:7:8",
          "::1.2.3.4"},
         {":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
          "1:2:3:4:5:6:7:8::", "::1.2.3", "::256.0.0.1", ":1::", "1::2:", "1:2:3:4:5:6:7:1.2.3.4",
          "fe80::1%eth0", "1.2.3.4::", "1:2:3:4:5:6:7::8:9", "::1/64", "1:2:3:4:5:1.2.3.4"}},
        {"uri",
         {"http://example.com", "https://user:pw@example.com:8080/a/b?x=1#top", "urn:isbn:1",
          "mailto:John.Doe@example.com", "http://[::1]/", "http://[2001:db8::7]:80/c=GB?a?b",
          "file:///etc/hosts", "a:", "tel:+1-816-555-1212", "http://1.2.3.4", "http:///a",
          "ftp://ftp.is.co.za/rfc%20x", "http://[v7.a:b]/", "x:/a//b", "x:a:b/c"},
         {"", "example.com", "//example.com", "/abs", "1a:b", "http://a b", "http://a/%zz",
          "http://[::1", "http://[1]/", "http://a/\\", "http://a/#b#c", "http://\u00e9",
          "http://a:port/", ":a", "#frag", "http://a/<>", "http://a/[x]"}},
        {"hostname",
         {"a", "example.com", "xn--4gbwdl.xn--wgbh1c", "1host", "a-b.c", std::string(63, 'a')},
         {"", "-a", "a-", "a..b", ".a", "a.", "a_b", std::string(64, 'a'), "\u00e9", "a b"}},
        {"email",
         {"joe.bloggs@example.com", "a@b", "te~st@example.com", "x+y@a-b.co", a64 + "@x"},
         {"2962", "a@", "@b", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b@c", "a@-b", "\"a b\"@c",
          "a@b..c"}},
    };
    for (const format_sample& each : samples) {
        const language* l = format_language(each.format);
        ASSERT_NE(l, nullptr) << each.format;
        for (const auto& text : each.right)
            EXPECT_TRUE(l->contains(text)) << each.format << ": " << text;
        for (const auto& text : each.wrong)
            EXPECT_FALSE(l->contains(text)) << each.format << ": " << text;
        EXPECT_LT(l->states(), 1500U) << each.format;
    }
}

TEST(formats, are_known_by_name_only) {
    EXPECT_EQ(format_language("colour"), nullptr);
    EXPECT_EQ(format_language(""), nullptr);
    EXPECT_EQ(format_language("Date"), nullptr);
    EXPECT_EQ(format_language("uuid"), format_language("uuid"));
}

}  // namespace
}  // namespace tessera::engine
