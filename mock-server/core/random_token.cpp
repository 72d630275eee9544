#include "core/random_token.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "tessera/core/base64.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server {

std::string random_bytes(std::size_t count) {
    std::string made(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(made.data()), static_cast<int>(count)) != 1)
        throw std::runtime_error("the system has no random numbers for keys");
    return made;
}

std::string random_token() { return encode_base64url(random_bytes(32)); }

std::string sha256(std::string_view text) {
    std::string made(32, '\0');
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(made.data()), &size,
                   EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot hash with SHA-256");
    return made;
}

std::string pkce_challenge(std::string_view verifier) { return encode_base64url(sha256(verifier)); }

bool is_pkce_verifier(std::string_view text) {
    return text.size() >= 43 && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), http::detail::is_unreserved);
}

}  // namespace tessera::server
