#include "core/aes_gcm.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace tessera::server {
namespace {

struct free_cipher {
    void operator()(EVP_CIPHER_CTX* used) const { EVP_CIPHER_CTX_free(used); }
};
using cipher = std::unique_ptr<EVP_CIPHER_CTX, free_cipher>;

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot encrypt with AES-256-GCM");
}

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Ready for the text, with the associated data taken in.
cipher begin(const secret& key, std::string_view nonce, std::string_view associated,
             bool encrypts) {
    require(key.reveal().size() == aes_key_bytes && nonce.size() == aes_nonce_bytes);
    cipher made(EVP_CIPHER_CTX_new());
    require(made != nullptr);
    require(EVP_CipherInit_ex(made.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()),
                              bytes(nonce), encrypts ? 1 : 0) == 1);
    int taken = 0;
    if (!associated.empty())
        require(EVP_CipherUpdate(made.get(), nullptr, &taken, bytes(associated),
                                 static_cast<int>(associated.size())) == 1);
    return made;
}

}  // namespace

std::string encrypt_aes_gcm(const secret& key, std::string_view nonce, std::string_view associated,
                            std::string_view plain) {
    const cipher with = begin(key, nonce, associated, true);
    std::string made(plain.size() + aes_tag_bytes, '\0');
    int size = 0;
    if (!plain.empty())
        require(EVP_CipherUpdate(with.get(), bytes(made), &size, bytes(plain),
                                 static_cast<int>(plain.size())) == 1);
    int rest = 0;
    require(EVP_CipherFinal_ex(with.get(), bytes(made) + size, &rest) == 1);
    require(EVP_CIPHER_CTX_ctrl(with.get(), EVP_CTRL_GCM_GET_TAG, aes_tag_bytes,
                                bytes(made) + plain.size()) == 1);
    return made;
}

std::optional<std::string> decrypt_aes_gcm(const secret& key, std::string_view nonce,
                                           std::string_view associated, std::string_view sealed) {
    if (sealed.size() < aes_tag_bytes) return std::nullopt;
    const std::string_view text = sealed.substr(0, sealed.size() - aes_tag_bytes);
    std::string tag(sealed.substr(text.size()));
    const cipher with = begin(key, nonce, associated, false);
    // One byte more: data() of an empty string is a place to write to as well.
    std::string made(text.size() + 1, '\0');
    int size = 0;
    if (!text.empty())
        require(EVP_CipherUpdate(with.get(), bytes(made), &size, bytes(text),
                                 static_cast<int>(text.size())) == 1);
    require(EVP_CIPHER_CTX_ctrl(with.get(), EVP_CTRL_GCM_SET_TAG, aes_tag_bytes, tag.data()) == 1);
    int rest = 0;
    if (EVP_CipherFinal_ex(with.get(), bytes(made) + size, &rest) != 1) return std::nullopt;
    made.resize(text.size());
    return made;
}

}  // namespace tessera::server
