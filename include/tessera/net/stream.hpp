#pragma once

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/net/task.hpp"
#include "tessera/net/tls.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

// A connection between two calls: it belongs to no executor. Empty where there is none.
class parked_stream {
  public:
    using handle_type = asio::ip::tcp::socket::native_handle_type;

    parked_stream() = default;
    parked_stream(handle_type handle, asio::ip::tcp protocol, std::unique_ptr<tls_session> tls)
        : handle_(handle), protocol_(protocol), tls_(std::move(tls)) {}
    parked_stream(parked_stream&& other) noexcept
        : handle_(std::exchange(other.handle_, nothing)),
          protocol_(other.protocol_),
          tls_(std::move(other.tls_)) {}
    parked_stream& operator=(parked_stream&& other) noexcept {
        std::swap(handle_, other.handle_);
        std::swap(protocol_, other.protocol_);
        std::swap(tls_, other.tls_);
        return *this;
    }
    ~parked_stream() {
        if (*this) close(handle_);
    }

    explicit operator bool() const noexcept { return handle_ != nothing; }

  private:
    friend class stream;
    TESSERA_COLD_DECL static void close(handle_type handle) noexcept;

    static constexpr auto nothing = static_cast<handle_type>(-1);
    handle_type handle_ = nothing;
    asio::ip::tcp protocol_ = asio::ip::tcp::v4();
    std::unique_ptr<tls_session> tls_;
};

// A TCP connection, with TLS or without. For use on one executor that runs one handler at a time;
// every operation ends when the watch is stopped. Destroying it closes it at once.
class stream final : public interruptible {
  public:
    // Not connected yet.
    TESSERA_COLD_DECL explicit stream(const executor& io);
    // Both throw std::system_error for a socket that cannot be used here.
    TESSERA_COLD_DECL explicit stream(asio::ip::tcp::socket socket);
    TESSERA_COLD_DECL stream(const executor& io, parked_stream&& from);
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    // Was used by an earlier call.
    bool reused() const { return reused_; }

    // Begins to connect; without an error `done` hears of the end, and connected() says what it is.
    TESSERA_COLD_DECL std::error_code connect(const asio::ip::tcp::endpoint& to, handler done);
    TESSERA_COLD_DECL std::error_code connected();

    // Closes the connection to the peer and to what waits on it.
    TESSERA_COLD_DECL void close() noexcept;

    // At least one byte at `data`, counted in `bytes`, or an error: asio::error::eof after the
    // peer's orderly end.
    TESSERA_COLD_DECL task<std::error_code> read_some(char* data, std::size_t size,
                                                      std::size_t& bytes, watch& on);
    // All of it. The watch notes progress with every part that is sent.
    TESSERA_COLD_DECL task<std::error_code> write(std::string_view data, watch& on);

    // Begins TLS as the client of `host`.
    TESSERA_COLD_DECL task<result<void>> start_tls(std::shared_ptr<const tls_context> context,
                                                   std::string host, watch& on);

    // Says that a connection at rest can still be used: nothing came meanwhile, the end included.
    TESSERA_COLD_DECL bool is_quiet();

    // Takes the connection off its executor; nothing where that cannot be. Nothing may be under way.
    TESSERA_COLD_DECL parked_stream park();

    // The reason of a failure in TLS; empty for others.
    std::string tls_error() const { return tls_ ? tls_->error_text() : std::string(); }

  private:
    // What TLS is asked for.
    struct wish {
        enum { handshake, read, write } what = handshake;
        char* data = nullptr;
        std::size_t size = 0;
        std::size_t* bytes = nullptr;
        std::string_view text{};
    };

    TESSERA_COLD_DECL static void interrupt_stream(interruptible& self) noexcept;
    TESSERA_COLD_DECL static void await_input(interruptible& self, handler done);
    TESSERA_COLD_DECL static void await_room(interruptible& self, handler done);
    // Lets others on the executor have their turn.
    TESSERA_COLD_DECL static void await_turn(interruptible& self, handler done);
    TESSERA_COLD_DECL task<std::error_code> receive(char* data, std::size_t size,
                                                    std::size_t& bytes, watch& on);
    TESSERA_COLD_DECL task<std::error_code> send(std::string_view data, watch& on);
    TESSERA_COLD_DECL task<std::error_code> through_tls(wish asked, watch& on);
    TESSERA_COLD_DECL tls_session::status try_now(wish& asked);

    asio::ip::tcp::socket socket_;
    std::unique_ptr<tls_session> tls_;
    std::string sealed_;  // what came for TLS
    bool reused_ = false;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/stream_impl.hpp"
#endif
