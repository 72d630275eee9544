#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/net/tls_options.hpp"

namespace tessera::net {

namespace detail {

template <auto Free>
struct openssl_deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_deleter<Free>>;

}  // namespace detail

// The settings of all TLS connections of a client. Thread-safe.
class tls_context {
  public:
    // error_kind::tls when a file cannot be used.
    TESSERA_COLD_DECL static result<std::shared_ptr<const tls_context>> make(
        const tls_options& options);

    SSL_CTX* native() const { return context_.get(); }
    const tls_options& options() const { return options_; }

  private:
    tls_context() = default;
    tls_options options_;
    detail::openssl_ptr<SSL_CTX, SSL_CTX_free> context_;
};

// One side of a TLS connection without any I/O: bytes of the network go in and out through feed() and
// take_output(). Not for use by several threads at once.
class tls_session {
  public:
    enum class status { done, needs_input, closed, failed };

    // A client of `host`, a name or the text of an IP address.
    TESSERA_COLD_DECL static result<std::unique_ptr<tls_session>> client(const tls_context& context,
                                                                         const std::string& host);

    // done: the peer is who it has to be.
    TESSERA_COLD_DECL status handshake();
    TESSERA_COLD_DECL status read(char* data, std::size_t size, std::size_t& bytes);
    // done: all of it was taken, else nothing was.
    TESSERA_COLD_DECL status write(std::string_view data);

    TESSERA_COLD_DECL void feed(const char* data, std::size_t size);
    TESSERA_COLD_DECL std::string take_output();
    // After `failed`: one sentence for people.
    const std::string& error_text() const { return error_; }

  private:
    explicit tls_session(SSL* ssl) : ssl_(ssl) {}
    TESSERA_COLD_DECL status outcome_of(int answer);
    TESSERA_COLD_DECL bool shows_pinned_key() const;

    detail::openssl_ptr<SSL, SSL_free> ssl_;
    BIO* in_ = nullptr;  // both belong to ssl_
    BIO* out_ = nullptr;
    std::vector<std::string> pins_;
    std::string error_;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/tls_impl.hpp"
#endif
