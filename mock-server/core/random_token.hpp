#pragma once
// What nobody can guess, and what tells one such text without it.
#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::server {

/// Of the system's source for keys. Throws std::runtime_error where there is none.
std::string random_bytes(std::size_t count);
/// 32 random bytes in base64url: 43 characters.
std::string random_token();
/// 32 bytes.
std::string sha256(std::string_view text);

/// RFC 7636: the S256 challenge of a verifier.
std::string pkce_challenge(std::string_view verifier);
/// 43 to 128 unreserved characters, as RFC 7636 wants a verifier.
bool is_pkce_verifier(std::string_view text);

}  // namespace tessera::server
