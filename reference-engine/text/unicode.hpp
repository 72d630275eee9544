#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::engine::unicode {

constexpr char32_t replacement = 0xfffd;

struct decoded {
    char32_t point = 0;
    std::uint8_t size = 0;  // bytes taken; 1 for a byte that starts no character
    bool valid = true;      // else point is U+FFFD
};

/// The character at `at`, which must be inside the text. Strict: no overlong forms, no surrogates.
decoded decode(std::string_view text, std::size_t at);
void append(std::string& out, char32_t point);
std::size_t count(std::string_view text);

bool is_valid(std::string_view text);
/// Each maximal part of an ill-formed sequence becomes one U+FFFD, as Unicode recommends.
std::string repair(std::string_view text);

bool is_letter(char32_t point);  // \p{L}
bool is_number(char32_t point);  // \p{N}
bool is_space(char32_t point);   // \s: the property White_Space
bool is_word(char32_t point);    // \w: letters, marks, decimal digits, connectors
bool is_printable(char32_t point);

// Python's str.isdecimal() and its kin, of one character.
bool is_decimal(char32_t point);
int decimal_value(char32_t point);  // of a decimal
bool is_digit(char32_t point);
bool is_numeric(char32_t point);
bool is_lower(char32_t point);
bool is_upper(char32_t point);
bool is_title(char32_t point);
inline bool is_cased(char32_t point) {
    return is_lower(point) || is_upper(point) || is_title(point);
}

// The full mappings of the Unicode standard (section 3.13): one character may become three.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_title(std::string_view text);  // each word
std::string capitalized(std::string_view text);
std::string case_swapped(std::string_view text);
std::string case_folded(std::string_view text);

/// Normalisation form C of valid UTF-8.
std::string nfc(std::string_view text);

}  // namespace tessera::engine::unicode
