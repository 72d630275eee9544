#pragma once
// Authenticated encryption: AES-256-GCM (NIST SP 800-38D).
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/secret.hpp"

namespace tessera::server {

inline constexpr std::size_t aes_key_bytes = 32;
inline constexpr std::size_t aes_nonce_bytes = 12;
inline constexpr std::size_t aes_tag_bytes = 16;

/// The ciphertext, and its tag of aes_tag_bytes behind it. A nonce is good for one text under one
/// key. Key and nonce have their sizes. Throws std::runtime_error where OpenSSL fails.
std::string encrypt_aes_gcm(const secret& key, std::string_view nonce, std::string_view associated,
                            std::string_view plain);
/// What was encrypted under all of these; nothing where a bit of them is another.
std::optional<std::string> decrypt_aes_gcm(const secret& key, std::string_view nonce,
                                           std::string_view associated, std::string_view sealed);

}  // namespace tessera::server
