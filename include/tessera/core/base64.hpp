#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"

// Bytes as text after RFC 4648.
namespace tessera {

/// Base64 with its padding.
TESSERA_DECL std::string encode_base64(std::string_view bytes);
/// The alphabet of URLs and file names, without padding, as tokens have it.
TESSERA_DECL std::string encode_base64url(std::string_view bytes);

/// The bytes; nothing for any text that encode_base64() does not write.
TESSERA_DECL std::optional<std::string> decode_base64(std::string_view text);
/// The bytes; nothing for any text that encode_base64url() does not write.
TESSERA_DECL std::optional<std::string> decode_base64url(std::string_view text);

/// Two lower case hexadecimal digits for each byte.
TESSERA_DECL std::string encode_hex(std::string_view bytes);

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/core/detail/base64_impl.hpp"
#endif
