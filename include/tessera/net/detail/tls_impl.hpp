#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <initializer_list>

#include "tessera/core/base64.hpp"
#include "tessera/net/tls.hpp"

namespace tessera::net {

namespace detail {

// The oldest error that OpenSSL noted on this thread; all of them are forgotten.
TESSERA_COLD_DECL
std::string openssl_reason() {
    const unsigned long code = ERR_get_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason != nullptr ? reason : "unknown TLS error";
}

TESSERA_COLD_DECL
tessera::detail::boxed_error tls_failure(std::initializer_list<std::string_view> message) {
    return tessera::detail::failed(error_kind::tls, message);
}

TESSERA_COLD_DECL
tessera::detail::boxed_error unusable(const char* what, const std::string& name) {
    return tls_failure({"the ", what, " ", name, " cannot be used: ", openssl_reason()});
}

// Where distributions keep the certificates they trust. OpenSSL's own default holds for the machine
// it was built for, which need not be this one.
TESSERA_COLD_DECL
bool load_system_store(SSL_CTX* context) {
    if (std::getenv("SSL_CERT_FILE") != nullptr || std::getenv("SSL_CERT_DIR") != nullptr)
        return SSL_CTX_set_default_verify_paths(context) == 1;
    static constexpr std::array files = {
        "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch, Gentoo
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
        "/etc/pki/tls/certs/ca-bundle.crt",                   // older ones
        "/etc/ssl/ca-bundle.pem",                             // openSUSE
        "/etc/ssl/cert.pem",                                  // Alpine, macOS, BSD
        "/usr/local/share/certs/ca-root-nss.crt",             // FreeBSD
    };
    bool loaded = false;
    for (const char* file : files) {
        if (loaded) break;
        loaded = SSL_CTX_load_verify_file(context, file) == 1;
    }
    ERR_clear_error();
    return SSL_CTX_set_default_verify_paths(context) == 1 || loaded;
}

}  // namespace detail

TESSERA_DEF
result<std::shared_ptr<const tls_context>> tls_context::make(const tls_options& options) {
    ERR_clear_error();
    std::shared_ptr<tls_context> made(new tls_context);
    made->options_ = options;
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = made->native();
    if (context == nullptr)
        return detail::tls_failure({"TLS cannot be used: ", detail::openssl_reason()});
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    static constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols);

    if (!options.ca_file.empty() && SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1)
        return detail::unusable("CA file", options.ca_file);
    if (!options.ca_directory.empty() &&
        SSL_CTX_load_verify_dir(context, options.ca_directory.c_str()) != 1)
        return detail::unusable("CA directory", options.ca_directory);
    if (options.verify && options.ca_file.empty() && options.ca_directory.empty() &&
        !detail::load_system_store(context))
        return detail::tls_failure({"the system's certificates were not found; set tls.ca_file"});
    if (!options.certificate.empty()) {
        const std::string& key =
            options.private_key.empty() ? options.certificate : options.private_key;
        if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
            return detail::unusable("client certificate", options.certificate);
        if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
            return detail::unusable("private key", key);
    }
    ERR_clear_error();
    return std::shared_ptr<const tls_context>(std::move(made));
}

TESSERA_DEF
tls_session::status tls_session::handshake() {
    ERR_clear_error();
    const status now = outcome_of(SSL_do_handshake(ssl_.get()));
    if (now != status::done || pins_.empty()) return now;
    if (shows_pinned_key()) return now;
    error_ = "the server's public key is not one of those pinned";
    return status::failed;
}

TESSERA_DEF
tls_session::status tls_session::read(char* data, std::size_t size, std::size_t& bytes) {
    ERR_clear_error();
    return outcome_of(SSL_read_ex(ssl_.get(), data, size, &bytes));
}

TESSERA_DEF
tls_session::status tls_session::write(std::string_view data) {
    ERR_clear_error();
    std::size_t bytes = 0;
    return data.empty() ? status::done
                        : outcome_of(SSL_write_ex(ssl_.get(), data.data(), data.size(), &bytes));
}

TESSERA_DEF
void tls_session::feed(const char* data, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
        const int now = BIO_write(in_, data + done,
                                  static_cast<int>(std::min<std::size_t>(size - done, INT_MAX)));
        if (now <= 0) return;
        done += static_cast<std::size_t>(now);
    }
}

TESSERA_DEF
std::string tls_session::take_output() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

TESSERA_DEF
tls_session::status tls_session::outcome_of(int answer) {
    if (answer == 1) return status::done;
    // Output goes to memory, which always has room: WANT_WRITE is a failure like any other.
    switch (SSL_get_error(ssl_.get(), answer)) {
        case SSL_ERROR_WANT_READ:
            return status::needs_input;
        case SSL_ERROR_ZERO_RETURN:
            return status::closed;
        default:
            break;
    }
    const long verdict = SSL_get_verify_result(ssl_.get());
    error_ = verdict != X509_V_OK && (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0
                 ? std::string("the server's certificate was refused: ") +
                       X509_verify_cert_error_string(verdict)
                 : detail::openssl_reason();
    ERR_clear_error();
    return status::failed;
}

TESSERA_DEF
bool tls_session::shows_pinned_key() const {
    const detail::openssl_ptr<X509, X509_free> shown(SSL_get1_peer_certificate(ssl_.get()));
    if (!shown) return false;
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(shown.get()), &encoded);
    if (size <= 0) return false;
    std::array<unsigned char, 32> digest{};
    EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(),
               nullptr);
    OPENSSL_free(encoded);
    const std::string text =
        encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
    for (const std::string& pin : pins_)
        if (pin == text) return true;
    return false;
}

TESSERA_DEF
result<std::unique_ptr<tls_session>> tls_session::client(const tls_context& context,
                                                         const std::string& host) {
    ERR_clear_error();
    std::unique_ptr<tls_session> made(new tls_session(SSL_new(context.native())));
    SSL* const ssl = made->ssl_.get();
    if (ssl == nullptr)
        return detail::tls_failure({"TLS cannot be used: ", detail::openssl_reason()});
    made->in_ = BIO_new(BIO_s_mem());
    made->out_ = BIO_new(BIO_s_mem());
    // An empty input is "not yet", never the end: that is for the socket to say.
    BIO_set_mem_eof_return(made->in_, -1);
    BIO_set_mem_eof_return(made->out_, -1);
    SSL_set_bio(ssl, made->in_, made->out_);
    SSL_set_connect_state(ssl);
    made->pins_ = context.options().pinned_keys;

    const std::string& name =
        context.options().server_name.empty() ? host : context.options().server_name;
    X509_VERIFY_PARAM* const check = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(
        check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    bool named = true;
    if (X509_VERIFY_PARAM_set1_ip_asc(check, name.c_str()) != 1) {
        ERR_clear_error();
        // RFC 6066 section 3: a name goes without its final dot, and no address is sent.
        const std::string bare = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
        named = X509_VERIFY_PARAM_set1_host(check, bare.c_str(), bare.size()) == 1 &&
                SSL_set_tlsext_host_name(ssl, bare.c_str()) == 1;
    }
    if (!named)
        return detail::tls_failure(
            {"the host name cannot be used with TLS: ", detail::openssl_reason()});
    return made;
}

}  // namespace tessera::net
