#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

#include "tessera/core/hmac.hpp"

namespace tessera {

TESSERA_DEF
std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::string code(32, '\0');
    unsigned size = 0;
    // OpenSSL takes null for no key at all.
    const char* const bytes = key.empty() ? "" : key.data();
    if (HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(message.data()), message.size(),
             reinterpret_cast<unsigned char*>(code.data()), &size) == nullptr)
        throw std::bad_alloc();
    return code;
}

}  // namespace tessera
