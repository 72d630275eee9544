#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

// Bytes as text after RFC 4648.
namespace tessera {

/// Base64 with its padding.
TESSERA_COLD_DECL std::string encode_base64(std::string_view bytes);
/// The alphabet of URLs and file names, without padding, as tokens have it.
TESSERA_COLD_DECL std::string encode_base64url(std::string_view bytes);

/// The bytes; nothing for any text that encode_base64() does not write.
TESSERA_COLD_DECL std::optional<std::string> decode_base64(std::string_view text);
/// The same, straight into `size` bytes at `to`; false as well where they are not as many.
TESSERA_COLD_DECL bool decode_base64_into(std::string_view text, void* to, std::size_t size);
/// How many bytes a text stands for, if it is base64; else any number.
constexpr std::size_t decoded_base64_size(std::string_view text) {
    if (text.size() % 4 != 0) return 0;
    return text.size() / 4 * 3 - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
}
/// The bytes; nothing for any text that encode_base64url() does not write.
TESSERA_COLD_DECL std::optional<std::string> decode_base64url(std::string_view text);

/// Two lower case hexadecimal digits for each byte.
TESSERA_COLD_DECL std::string encode_hex(std::string_view bytes);

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/core/detail/base64_impl.hpp"
#endif
