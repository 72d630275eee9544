#include "tessera/net/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <asio/io_context.hpp>
#include <asio/write.hpp>

#include "support/certificates.hpp"
#include "tessera/core/clock.hpp"

namespace tessera::net {
namespace {

using asio::ip::tcp;

// The other end of a stream, moved by hand in the test's own thread: every byte comes when the test
// says so.
class tls_peer {
  public:
    tls_peer(tcp::socket socket, const test::identity& own, int version)
        : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_server_method())) {
        SSL_CTX_use_certificate(context_.get(), own.certificate());
        SSL_CTX_use_PrivateKey(context_.get(), own.key());
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        ssl_.reset(SSL_new(context_.get()));
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        BIO_set_mem_eof_return(in_, -1);
        BIO_set_mem_eof_return(out_, -1);
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
        socket_.non_blocking(true);
    }
    SSL* ssl() { return ssl_.get(); }

    // Reads what has come, answers what TLS has to answer, and keeps the data in received().
    void pump() {
        char bytes[65536];
        std::error_code code;
        while (const std::size_t size = socket_.receive(asio::buffer(bytes), 0, code))
            BIO_write(in_, bytes, static_cast<int>(size));
        while (const int size = SSL_read(ssl(), bytes, sizeof bytes)) {
            if (size < 0) break;
            received_.append(bytes, static_cast<std::size_t>(size));
        }
        flush();
    }
    void flush() {
        std::string bytes(BIO_ctrl_pending(out_), '\0');
        if (bytes.empty()) return;
        BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
        asio::write(socket_, asio::buffer(bytes));
        // Until it lies in the other end's queue.
        for (int unsent = 1; unsent > 0;)
            ASSERT_EQ(::ioctl(socket_.native_handle(), SIOCOUTQ, &unsent), 0);
    }
    const std::string& received() const { return received_; }

  private:
    tcp::socket socket_;
    detail::openssl_ptr<SSL_CTX, SSL_CTX_free> context_;
    detail::openssl_ptr<SSL, SSL_free> ssl_;
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
    std::string received_;
};

class Stream : public testing::Test {
  protected:
    // After the handshake.
    void secure(int version) {
        tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
        tcp::socket socket(context_);
        socket.connect(acceptor.local_endpoint());
        peer_.emplace(acceptor.accept(), own_, version);
        stream_.emplace(std::move(socket));
        bool done = false;
        const auto begin = [&]() -> task<result<void>> {
            tls_options options;
            options.verify = false;
            const auto secured =
                co_await stream_->start_tls(*tls_context::make(options), "peer.test", *watch_);
            EXPECT_TRUE(secured.has_value());
            done = true;
            co_return result<void>();
        };
        fiber::start(context_.get_executor(), begin(), {});
        run_until(done);
    }
    // Runs all that can run without the peer.
    void run() {
        context_.restart();
        while (context_.poll() > 0) {
        }
    }
    void run_until(const bool& done) {
        for (int i = 0; i < 100'000 && !done; ++i) {
            run();
            peer_->pump();
        }
        ASSERT_TRUE(done);
    }

    const test::identity own_{{.common_name = "peer.test"}};
    asio::io_context context_;
    std::shared_ptr<watch> watch_ =
        std::make_shared<watch>(context_.get_executor(), clock::system());
    std::optional<tls_peer> peer_;
    std::optional<stream> stream_;
};

// RFC 5246 section 7.4.1.1: the server may ask for a handshake at any time. What is written
// meanwhile waits for its end.
TEST_F(Stream, WritesWaitForAHandshakeThatThePeerBegan) {
    secure(TLS1_2_VERSION);
    ASSERT_EQ(SSL_renegotiate(peer_->ssl()), 1);
    ASSERT_EQ(SSL_do_handshake(peer_->ssl()), 1);
    peer_->flush();
    EXPECT_TRUE(stream_->is_quiet());
    const std::string text = std::string(100'000, 'a') + "z";
    bool written = false;
    const auto write = [&]() -> task<result<void>> {
        EXPECT_FALSE(co_await stream_->write(text, *watch_));
        written = true;
        co_return result<void>();
    };
    fiber::start(context_.get_executor(), write(), {});
    run();
    EXPECT_FALSE(written);
    run_until(written);
    peer_->pump();
    EXPECT_EQ(peer_->received().size(), text.size());
    EXPECT_TRUE(peer_->received() == text);
}

TEST_F(Stream, KeyUpdatesLoseNothing) {
    secure(TLS1_3_VERSION);
    ASSERT_EQ(SSL_key_update(peer_->ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(peer_->ssl()), 1);
    peer_->flush();
    EXPECT_TRUE(stream_->is_quiet());
    bool written = false;
    const auto write = [&]() -> task<result<void>> {
        EXPECT_FALSE(co_await stream_->write("question", *watch_));
        written = true;
        co_return result<void>();
    };
    fiber::start(context_.get_executor(), write(), {});
    run_until(written);
    peer_->pump();
    EXPECT_EQ(peer_->received(), "question");
}

TEST_F(Stream, WhatComesIntoARestIsBounded) {
    secure(TLS1_3_VERSION);
    const auto send_tickets = [&](int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(SSL_new_session_ticket(peer_->ssl()), 1);
            ASSERT_EQ(SSL_do_handshake(peer_->ssl()), 1);
        }
        ASSERT_NO_FATAL_FAILURE(peer_->flush());
    };
    send_tickets(2);
    EXPECT_TRUE(stream_->is_quiet());
    send_tickets(400);
    EXPECT_FALSE(stream_->is_quiet());
}

TEST_F(Stream, AHandleThatNoSocketTakesIsClosed) {
    // A context takes a descriptor once.
    tcp::socket first(context_, tcp::v4());
    const auto handle = first.native_handle();
    EXPECT_THROW(stream(context_.get_executor(), parked_stream(handle, tcp::v4(), nullptr)),
                 std::system_error);
    EXPECT_EQ(::fcntl(handle, F_GETFD), -1);
}

TEST_F(Stream, MovesBetweenContexts) {
    secure(TLS1_3_VERSION);
    parked_stream parked = stream_->park();
    ASSERT_TRUE(parked);
    asio::io_context other;
    stream moved(other.get_executor(), std::move(parked));
    EXPECT_TRUE(moved.reused());
    EXPECT_TRUE(moved.is_quiet());
    ASSERT_EQ(SSL_write(peer_->ssl(), "x", 1), 1);
    peer_->flush();
    EXPECT_FALSE(moved.is_quiet());
}

}  // namespace
}  // namespace tessera::net
