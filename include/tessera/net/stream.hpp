#pragma once

#ifdef _WIN32
#include <winsock2.h>
#else
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tessera/core/result.hpp"
#include "tessera/net/task.hpp"
#include "tessera/net/tls.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

// A connection between two calls: it belongs to no executor.
class parked_stream {
  public:
    using handle_type = asio::ip::tcp::socket::native_handle_type;

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
        if (handle_ == nothing) return;
#ifdef _WIN32
        ::closesocket(handle_);
#else
        ::close(handle_);
#endif
    }

  private:
    template <class Lazy>
    friend class basic_stream;
    static constexpr auto nothing = static_cast<handle_type>(-1);
    handle_type handle_;
    asio::ip::tcp protocol_;
    std::unique_ptr<tls_session> tls_;
};

// A TCP connection, with TLS or without. For use on one executor that runs one handler at a time;
// every operation ends when the watch is stopped. Destroying it closes it at once.
template <class Lazy>
class basic_stream {
  public:
    explicit basic_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}
    // Throws std::system_error when the executor's context cannot take the socket.
    basic_stream(const executor& io, parked_stream&& from) : socket_(io), reused_(true) {
        // Where the socket does not take it, the handle stays with its owner, who closes it.
        socket_.assign(from.protocol_, from.handle_);
        from.handle_ = parked_stream::nothing;
        tls_ = std::move(from.tls_);
    }
    basic_stream(const basic_stream&) = delete;
    basic_stream& operator=(const basic_stream&) = delete;

    // Was used by an earlier call.
    bool reused() const { return reused_; }

    // Closes the connection to the peer and to what waits on it.
    void close() noexcept {
        std::error_code ignored;
        socket_.close(ignored);
    }

    // At least one byte, or an error: asio::error::eof after the peer's orderly end.
    struct transfer {
        std::error_code code;
        std::size_t bytes = 0;
    };
    task<transfer> read_some(char* data, std::size_t size, watch& on) {
        if (!tls_) {
            const transfer read = co_await read_raw(data, size, on);
            co_return read;
        }
        transfer now;
        for (;;) {
            const auto status = tls_->read(data, size, now.bytes);
            now.code = co_await settle(status, on);
            if (status == tls_session::status::done) co_return transfer{{}, now.bytes};
            if (now.code) co_return now;
        }
    }

    // All of it. The watch notes progress with every part that is sent.
    task<std::error_code> write(std::string_view data, watch& on) {
        std::error_code code;
        if (!tls_) {
            code = co_await write_raw(data, on);
            co_return code;
        }
        // Piece by piece, so that a long text is not held twice.
        constexpr std::size_t piece = 64 * 1024;
        while (!data.empty() && !code) {
            // Until the peer has done its part of a handshake that is under way, nothing is taken,
            // and the same has to be written again.
            const auto status = tls_->write(data.substr(0, piece));
            if (status == tls_session::status::done)
                data.remove_prefix(std::min(piece, data.size()));
            code = co_await settle(status, on);
        }
        co_return code;
    }

    // Begins TLS as the client of `host`.
    task<result<void>> start_tls(std::shared_ptr<const tls_context> context, std::string host,
                                 watch& on) {
        auto session = tls_session::client(*context, host);
        if (!session) co_return std::move(session.error());
        tls_ = *std::move(session);
        for (;;) {
            const auto status = tls_->handshake();
            const std::error_code code = co_await settle(status, on);
            if (status == tls_session::status::failed)
                co_return detail::tls_failure(tls_->error_text());
            if (status == tls_session::status::done && !code) co_return result<void>();
            if (code)
                co_return error{error_kind::connection,
                                "the TLS handshake broke off: " + code.message()};
        }
    }

    // Says that a connection at rest can still be used: nothing came meanwhile, the end included.
    bool is_quiet() {
        std::error_code code;
        socket_.non_blocking(true, code);
        if (code) return false;
        // What a peer sends into the rest is held in memory, so there is an end to it.
        constexpr std::size_t most = 64 * 1024;
        for (std::size_t seen = 0;;) {
            std::array<char, 4096> bytes;
            const std::size_t size = socket_.receive(asio::buffer(bytes), 0, code);
            if (code == asio::error::would_block || code == asio::error::try_again) break;
            if (code || !tls_ || (seen += size) > most) return false;
            tls_->feed(bytes.data(), size);
        }
        // Session tickets and key updates may have come, but nothing for us.
        char byte = 0;
        std::size_t size = 0;
        return !tls_ || tls_->read(&byte, 1, size) == tls_session::status::needs_input;
    }

    // Takes the connection off its executor. Nothing may be under way.
    std::optional<parked_stream> park() {
        std::error_code code;
        const auto local = socket_.local_endpoint(code);
        if (code) return std::nullopt;
        const auto handle = socket_.release(code);
        if (code) return std::nullopt;
        return parked_stream(handle, local.protocol(), std::move(tls_));
    }

    // The reason of a failure in TLS; empty for others.
    std::string tls_error() const { return tls_ ? tls_->error_text() : std::string(); }

  private:
    static std::error_code code_of(tls_session::status status) {
        if (status == tls_session::status::closed) return asio::error::eof;
        if (status == tls_session::status::failed)
            return std::make_error_code(std::errc::protocol_error);
        return {};
    }
    task<transfer> read_raw(char* data, std::size_t size, watch& on) {
        transfer now;
        if (on.stopped()) {
            now.code = asio::error::operation_aborted;
            co_return now;
        }
        watch::waiting waiting(on, [this] { interrupt(); });
        now.bytes =
            co_await socket_.async_read_some(asio::buffer(data, size), into<Lazy>(now.code));
        if (!now.code) on.progress();
        co_return now;
    }
    task<std::error_code> write_raw(std::string_view data, watch& on) {
        std::error_code code;
        while (!data.empty() && !code) {
            if (on.stopped()) co_return asio::error::operation_aborted;
            watch::waiting waiting(on, [this] { interrupt(); });
            const std::size_t bytes = co_await socket_.async_write_some(
                asio::buffer(data.data(), data.size()), into<Lazy>(code));
            data.remove_prefix(bytes);
            if (!code) on.progress();
        }
        co_return code;
    }
    task<std::error_code> flush(watch& on) {
        const std::string bytes = tls_->take_output();
        const std::error_code code = co_await write_raw(bytes, on);
        co_return code;
    }
    // Does what TLS waits for after an attempt with this outcome.
    task<std::error_code> settle(tls_session::status status, watch& on) {
        std::error_code code = co_await flush(on);
        if (!code) code = code_of(status);
        if (!code && status == tls_session::status::needs_input) code = co_await receive(on);
        co_return code;
    }
    // More bytes for TLS. An end without TLS's own is no end: anybody on the way may have made it.
    task<std::error_code> receive(watch& on) {
        std::array<char, 16384> bytes;
        const transfer read = co_await read_raw(bytes.data(), bytes.size(), on);
        if (read.code == asio::error::eof) co_return asio::error::connection_aborted;
        if (!read.code) tls_->feed(bytes.data(), read.bytes);
        co_return read.code;
    }
    void interrupt() {
        std::error_code ignored;
        socket_.cancel(ignored);
    }

    asio::ip::tcp::socket socket_;
    std::unique_ptr<tls_session> tls_;
    bool reused_ = false;
};

using stream = basic_stream<void>;

}  // namespace tessera::net
