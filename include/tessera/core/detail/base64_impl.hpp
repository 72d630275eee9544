#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tessera/core/base64.hpp"

namespace tessera {

namespace detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What a digit stands for; 64 and more for what is none.
constexpr std::array<std::uint8_t, 256> values_of_digits(std::string_view digits) {
    std::array<std::uint8_t, 256> values;
    values.fill(255);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}
inline constexpr auto base64_values = values_of_digits(base64_digits);
inline constexpr auto base64url_values = values_of_digits(base64url_digits);

TESSERA_DECL
std::string encode_base64_digits(std::string_view bytes, std::string_view digits) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (held += 8; held >= 6; held -= 6) text += digits[bits >> (held - 6) & 63];
    }
    if (held > 0) text += digits[bits << (6 - held) & 63];
    return text;
}

constexpr std::size_t bytes_of_digits(std::size_t digits) {
    return digits / 4 * 3 + digits % 4 * 3 / 4;
}

// Writes bytes_of_digits() bytes, or a part of them before it finds that the text is none.
TESSERA_DECL
bool decode_base64_digits(std::string_view text, const std::array<std::uint8_t, 256>& values,
                          char* to) {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char digit : text) {
        const std::uint32_t value = values[static_cast<unsigned char>(digit)];
        if (value >= 64) return false;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        *to++ = static_cast<char>(bits >> held & 255);
    }
    // A single digit is no byte, and bits that no byte has are zero.
    return held != 6 && (bits & ((1U << held) - 1)) == 0;
}

TESSERA_DECL
std::optional<std::string> decode_base64_digits(std::string_view text,
                                                const std::array<std::uint8_t, 256>& values) {
    std::string bytes(bytes_of_digits(text.size()), '\0');
    if (!decode_base64_digits(text, values, bytes.data())) return std::nullopt;
    return bytes;
}

// Without its padding; nothing for a text that has another.
constexpr std::optional<std::string_view> base64_without_padding(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return text;
}

}  // namespace detail

TESSERA_DEF
std::string encode_base64(std::string_view bytes) {
    std::string text = detail::encode_base64_digits(bytes, detail::base64_digits);
    while (text.size() % 4 != 0) text += '=';
    return text;
}

TESSERA_DEF
std::string encode_base64url(std::string_view bytes) {
    return detail::encode_base64_digits(bytes, detail::base64url_digits);
}

TESSERA_DEF
std::optional<std::string> decode_base64(std::string_view text) {
    const auto digits = detail::base64_without_padding(text);
    return digits ? detail::decode_base64_digits(*digits, detail::base64_values) : std::nullopt;
}

TESSERA_DEF
bool decode_base64_into(std::string_view text, void* to, std::size_t size) {
    const auto digits = detail::base64_without_padding(text);
    return digits && detail::bytes_of_digits(digits->size()) == size &&
           detail::decode_base64_digits(*digits, detail::base64_values, static_cast<char*>(to));
}

TESSERA_DEF
std::optional<std::string> decode_base64url(std::string_view text) {
    return detail::decode_base64_digits(text, detail::base64url_values);
}

TESSERA_DEF
std::string encode_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value >> 4];
        text += digits[value & 15];
    }
    return text;
}

}  // namespace tessera
