#pragma once

#ifdef _WIN32
#include <winsock2.h>
#else
#include <sys/socket.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include "tessera/net/stream.hpp"

namespace tessera::net {

namespace detail {

inline bool would_block(std::error_code code) {
    return code == asio::error::would_block || code == asio::error::try_again;
}

inline std::error_code last_error() {
#ifdef _WIN32
    return {::WSAGetLastError(), asio::error::get_system_category()};
#else
    return {errno, asio::error::get_system_category()};
#endif
}

}  // namespace detail

TESSERA_DEF
void parked_stream::close(handle_type handle) noexcept {
#ifdef _WIN32
    ::closesocket(handle);
#else
    ::close(handle);
#endif
}

TESSERA_DEF
void stream::interrupt_stream(interruptible& self) noexcept {
    std::error_code ignored;
    static_cast<stream&>(self).socket_.cancel(ignored);
}

TESSERA_DEF
void stream::await_input(interruptible& self, handler done) {
    static_cast<stream&>(self).socket_.async_wait(asio::ip::tcp::socket::wait_read,
                                                  std::move(done));
}

TESSERA_DEF
void stream::await_room(interruptible& self, handler done) {
    static_cast<stream&>(self).socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                                  std::move(done));
}

TESSERA_DEF
void stream::await_turn(interruptible& self, handler done) {
    asio::post(static_cast<stream&>(self).socket_.get_executor(), std::move(done));
}

TESSERA_DEF
stream::stream(const executor& io)
    : interruptible([](interruptible& self) noexcept { interrupt_stream(self); }), socket_(io) {}

TESSERA_DEF
stream::stream(asio::ip::tcp::socket socket)
    : interruptible([](interruptible& self) noexcept { interrupt_stream(self); }),
      socket_(std::move(socket)) {
    socket_.non_blocking(true);
}

TESSERA_DEF
stream::stream(const executor& io, parked_stream&& from) : stream(io) {
    reused_ = true;
    // Where the socket does not take it, the handle stays with its owner, who closes it.
    socket_.assign(from.protocol_, from.handle_);
    from.handle_ = parked_stream::nothing;
    socket_.non_blocking(true);
    tls_ = std::move(from.tls_);
}

TESSERA_DEF
std::error_code stream::connect(const asio::ip::tcp::endpoint& to, handler done) {
    std::error_code code;
    socket_.open(to.protocol(), code);
    if (!code) socket_.non_blocking(true, code);
    if (code) return code;
    std::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    // Asio's own way to connect would be one more operation for programs to compile.
    if (::connect(socket_.native_handle(), to.data(), static_cast<socklen_t>(to.size())) != 0) {
        code = detail::last_error();
        if (code != asio::error::in_progress && !detail::would_block(code)) return code;
    }
    await_room(*this, std::move(done));
    return {};
}

TESSERA_DEF
std::error_code stream::connected() {
    int number = 0;
    socklen_t size = sizeof number;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR,
                     reinterpret_cast<char*>(&number), &size) != 0)
        return detail::last_error();
    return {number, asio::error::get_system_category()};
}

TESSERA_DEF
void stream::close() noexcept {
    std::error_code ignored;
    socket_.close(ignored);
}

TESSERA_DEF
task<std::error_code> stream::read_some(char* data, std::size_t size, std::size_t& bytes,
                                        watch& on) {
    if (!tls_) return receive(data, size, bytes, on);
    const wish asked{wish::read, data, size, &bytes, {}};
    return through_tls(asked, on);
}

TESSERA_DEF
task<std::error_code> stream::write(std::string_view data, watch& on) {
    if (!tls_) return send(data, on);
    const wish asked{wish::write, nullptr, 0, nullptr, data};
    return through_tls(asked, on);
}

TESSERA_DEF
task<result<void>> stream::start_tls(std::shared_ptr<const tls_context> context, std::string host,
                                     watch& on) {
    auto session = tls_session::client(*context, host);
    if (!session) co_return std::move(session).failure();
    tls_ = *std::move(session);
    const wish asked{};
    const std::error_code code = co_await through_tls(asked, on);
    if (!tls_->error_text().empty()) co_return detail::tls_failure({tls_->error_text()});
    if (code)
        co_return tessera::detail::failed(error_kind::connection,
                                          {"the TLS handshake broke off: ", code.message()});
    co_return result<void>();
}

TESSERA_DEF
bool stream::is_quiet() {
    std::error_code code;
    // What a peer sends into the rest is held in memory, so there is an end to it.
    constexpr std::size_t most = 64 * 1024;
    for (std::size_t seen = 0;;) {
        std::array<char, 4096> bytes;
        const std::size_t size = socket_.receive(asio::buffer(bytes), 0, code);
        if (detail::would_block(code)) break;
        if (code || !tls_ || (seen += size) > most) return false;
        tls_->feed(bytes.data(), size);
    }
    // Session tickets and key updates may have come, but nothing for us.
    char byte = 0;
    std::size_t size = 0;
    return !tls_ || tls_->read(&byte, 1, size) == tls_session::status::needs_input;
}

TESSERA_DEF
parked_stream stream::park() {
    std::error_code code;
    const auto local = socket_.local_endpoint(code);
    if (code) return {};
    const auto handle = socket_.release(code);
    if (code) return {};
    return {handle, local.protocol(), std::move(tls_)};
}

// Both try first and wait where there is nothing to do, so that one operation of Asio serves them. A
// stream that could go on without end gives way to others all the same.
TESSERA_DEF
task<std::error_code> stream::receive(char* data, std::size_t size, std::size_t& bytes, watch& on) {
    for (;;) {
        bytes = 0;
        if (on.stopped()) co_return asio::error::operation_aborted;
        std::error_code code;
        bytes = socket_.receive(asio::buffer(data, size), 0, code);
        if (!detail::would_block(code)) {
            co_await on.wait(*this, await_turn);
            if (!code) on.progress();
            co_return code;
        }
        code = co_await on.wait(*this, await_input);
        if (code) co_return code;
    }
}

TESSERA_DEF
task<std::error_code> stream::send(std::string_view data, watch& on) {
    while (!data.empty()) {
        if (on.stopped()) co_return asio::error::operation_aborted;
        std::error_code code;
        data.remove_prefix(socket_.send(asio::buffer(data.data(), data.size()), 0, code));
        if (detail::would_block(code)) {
            code = co_await on.wait(*this, await_room);
        } else {
            co_await on.wait(*this, await_turn);
            if (!code) on.progress();
        }
        if (code) co_return code;
    }
    co_return std::error_code();
}

// Until the peer has done its part of a handshake that is under way, no text is taken, and the same
// has to be written again.
TESSERA_DEF
tls_session::status stream::try_now(wish& asked) {
    if (asked.what == wish::handshake) return tls_->handshake();
    if (asked.what == wish::read) return tls_->read(asked.data, asked.size, *asked.bytes);
    // Piece by piece, so that a long text is not held twice.
    const std::string_view piece = asked.text.substr(0, 64 * 1024);
    const auto status = tls_->write(piece);
    if (status == tls_session::status::done) asked.text.remove_prefix(piece.size());
    return status;
}

// Does what TLS waits for until it has done what it is asked for. The peer's end without TLS's own is
// no end: anybody on the way may have made it.
TESSERA_DEF
task<std::error_code> stream::through_tls(wish asked, watch& on) {
    using status = tls_session::status;
    for (;;) {
        const status now = try_now(asked);
        const std::string out = tls_->take_output();
        std::error_code code = co_await send(out, on);
        if (now == status::done && asked.what == wish::read) co_return std::error_code();
        if (!code && now == status::closed) code = asio::error::eof;
        if (!code && now == status::failed) code = std::make_error_code(std::errc::protocol_error);
        if (!code && now == status::needs_input) {
            sealed_.resize(16 * 1024);
            std::size_t size = 0;
            code = co_await receive(sealed_.data(), sealed_.size(), size, on);
            if (code == asio::error::eof) code = asio::error::connection_aborted;
            if (!code) tls_->feed(sealed_.data(), size);
        }
        if (code || (now == status::done && asked.text.empty())) co_return code;
    }
}

}  // namespace tessera::net
