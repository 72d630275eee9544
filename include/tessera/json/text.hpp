#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

// Scalars as JSON text, and sentences for people.
namespace tessera::json::detail {

/// The length of the well-formed UTF-8 sequence at the front of `bytes` (Unicode table 3-7), or
/// minus the length of the ill-formed part that U+FFFD stands for (its "maximal subpart").
TESSERA_DECL int utf8_sequence(std::string_view bytes);
TESSERA_DECL std::size_t code_points(std::string_view text);
/// How many bytes at the front are ASCII that a JSON string has as it is: neither a quote, a
/// backslash nor a control character.
TESSERA_DECL std::size_t plain_ascii(std::string_view text);

/// Quoted and escaped; what is no UTF-8 becomes U+FFFD.
TESSERA_DECL void write_string(std::string& out, std::string_view text);
TESSERA_DECL void write_integer(std::string& out, std::int64_t number);
TESSERA_DECL void write_unsigned(std::string& out, std::uint64_t number);
/// The shortest text that reads back as the same number, always with a fraction or an exponent so
/// that it stays a floating-point number; null for what JSON cannot say.
TESSERA_DECL void write_real(std::string& out, double number);
TESSERA_DECL void write_real(std::string& out, float number);

/// A number between texts.
TESSERA_COLD_DECL std::string sentence(std::string_view before, std::size_t number,
                                       std::string_view after);
/// `before` and 'text'.
TESSERA_COLD_DECL std::string in_quotes(std::string_view before, std::string_view text);

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/text_impl.hpp"
#endif
