#include "tessera/core/base64.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tessera {
namespace {

// RFC 4648 section 10.
TEST(base64, says_what_the_standard_says) {
    const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encode_base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
        const std::string unpadded = text.substr(0, text.find('='));
        EXPECT_EQ(encode_base64url(bytes), unpadded);
        EXPECT_EQ(decode_base64url(unpadded), bytes);
    }
    EXPECT_EQ(encode_base64("\xfb\xff\xfe"), "+//+");
    EXPECT_EQ(encode_base64url("\xfb\xff\xfe"), "-__-");
}

TEST(base64, every_byte_comes_back) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes += static_cast<char>(byte);
        EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
        EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes);
    }
}

TEST(base64, has_one_text_for_bytes) {
    for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v",
                             "Zm9v\n", "Zm9-", "Zg==Zg=="})
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "Zm9v.", "Zm9+", "Zm9vZ"})
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
}

TEST(base64, is_decoded_in_place) {
    for (const std::string bytes : {"", "f", "fo", "foo", "foob"}) {
        const std::string text = encode_base64(bytes);
        ASSERT_EQ(decoded_base64_size(text), bytes.size());
        std::string into(bytes.size(), '?');
        EXPECT_TRUE(decode_base64_into(text, into.data(), into.size()));
        EXPECT_EQ(into, bytes);
        std::string other(bytes.size() + 1, '?');
        EXPECT_FALSE(decode_base64_into(text, other.data(), other.size()));
    }
    for (const char* text : {"Zg", "=", "====", "Zh==", "Zm 9"}) {
        std::string into(decoded_base64_size(text), '?');
        EXPECT_FALSE(decode_base64_into(text, into.data(), into.size())) << text;
    }
}

TEST(hexadecimal, has_two_digits_for_a_byte) {
    EXPECT_EQ(encode_hex(""), "");
    EXPECT_EQ(encode_hex(std::string("\0\x0f\xa0\xff", 4)), "000fa0ff");
}

}  // namespace
}  // namespace tessera
