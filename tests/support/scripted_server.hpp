#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/certificates.hpp"
#include "tessera/http/request_reader.hpp"

namespace tessera::test {

struct received_request {
    http::request_head head;
    std::string body;
    std::string header(std::string_view name) const {
        return std::string(head.headers.find(name).value_or(std::string_view()));
    }
};

// One accepted connection, as a script sees it: blocking, byte by byte under its control.
class session {
  public:
    session(int fd, SSL_CTX* tls) : fd_(fd) {
        if (tls == nullptr) return;
        ssl_.reset(SSL_new(tls));
        SSL_set_fd(ssl_.get(), fd_);
        secure_ = SSL_accept(ssl_.get()) == 1;
    }
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session() { ::close(fd_); }

    bool handshake_failed() const { return ssl_ && !secure_; }
    std::string server_name() const {
        const char* name =
            ssl_ ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
        return name != nullptr ? name : "";
    }
    bool showed_certificate() const {
        const std::unique_ptr<X509, decltype(&X509_free)> shown(
            SSL_get1_peer_certificate(ssl_.get()), X509_free);
        return shown != nullptr;
    }

    // The next request; nothing when the client has closed.
    std::optional<received_request> read_request() {
        received_request request;
        for (;;) {
            const http::reader_step step = reader_.next(pending_);
            if (step.event == http::reader_event::body) request.body.append(step.data);
            pending_.erase(0, step.consumed);
            switch (step.event) {
                case http::reader_event::head:
                    request.head = reader_.head();
                    break;
                case http::reader_event::complete:
                    return request;
                case http::reader_event::failed:
                    return std::nullopt;
                case http::reader_event::need_more:
                    if (!receive()) return std::nullopt;
                    break;
                default:
                    break;
            }
        }
    }
    // False when the client is gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto now =
                ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                     : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (now <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(now));
        }
        return true;
    }
    bool answer(int status, std::string_view body, std::string_view headers = "") {
        return send("HTTP/1.1 " + std::to_string(status) +
                    " x\r\nContent-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
                    std::string(body));
    }
    bool begin_stream(std::string_view headers = "") {
        return send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n" +
            std::string(headers) + "\r\n");
    }
    bool event(std::string_view data) { return chunk("data: " + std::string(data) + "\n\n"); }
    bool chunk(std::string_view bytes) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
        return send(size + std::string(bytes) + "\r\n");
    }
    bool end_stream() { return send("0\r\n\r\n"); }
    // A whole stream, cut in two where the caller says; the pieces go out as they are.
    bool stream_in_two(std::string_view text, std::size_t split) {
        const int at_once = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        return begin_stream() && chunk(text.substr(0, split)) && chunk(text.substr(split)) &&
               end_stream();
    }
    // Until the client closes.
    void wait_for_close() {
        while (receive()) {
        }
    }
    // With a reset instead of an orderly end.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    void shut_down() { ::shutdown(fd_, SHUT_RDWR); }
    int native() const { return fd_; }

  private:
    bool receive() {
        char bytes[4096];
        const auto now =
            ssl_ ? SSL_read(ssl_.get(), bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
        if (now > 0) pending_.append(bytes, static_cast<std::size_t>(now));
        return now > 0;
    }

    struct free_ssl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    int fd_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    bool secure_ = false;
    std::string pending_;
    http::request_reader reader_;
};

// Listens on a free port of a loopback address and runs the script on a thread for each connection.
class scripted_server {
  public:
    using script = std::function<void(session&)>;

    explicit scripted_server(script each, const identity* tls = nullptr,
                             const identity* client_ca = nullptr, const char* address = "127.0.0.1")
        : each_(std::move(each)), address_(address) {
        std::signal(SIGPIPE, SIG_IGN);
        if (tls != nullptr) make_tls(*tls, client_ca);
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &at.sin_addr);
        socklen_t size = sizeof at;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
            ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
            throw std::runtime_error("the test server cannot listen");
        port_ = ntohs(at.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;
    ~scripted_server() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
        }
        for (std::thread& each : threads_) each.join();
    }

    std::uint16_t port() const { return port_; }
    std::string authority() const { return std::string(address_) + ":" + std::to_string(port_); }
    std::string url() const { return (tls_ ? "https://" : "http://") + authority(); }
    int connections() const { return connections_; }

  private:
    void accept_all() {
        for (;;) {
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0) return;
            if (stopping_) {
                ::close(fd);
                return;
            }
            ++connections_;
            const std::lock_guard lock(mutex_);
            const auto place = open_.insert(open_.end(), fd);
            threads_.emplace_back([this, fd, place] {
                const auto one = std::make_unique<session>(fd, tls_.get());
                each_(*one);
                const std::lock_guard erase(mutex_);
                open_.erase(place);
            });
        }
    }
    void make_tls(const identity& own, const identity* client_ca) {
        tls_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        SSL_CTX_use_certificate(tls_.get(), own.certificate());
        SSL_CTX_use_PrivateKey(tls_.get(), own.key());
        if (client_ca == nullptr) return;
        X509_STORE_add_cert(SSL_CTX_get_cert_store(tls_.get()), client_ca->certificate());
        SSL_CTX_set_verify(tls_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }

    script each_;
    const char* address_;
    std::shared_ptr<SSL_CTX> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::list<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// A script that answers every request of every connection by one function of the request and of its
// number, counted from 1 over the whole server.
inline scripted_server::script for_each_request(
    std::function<void(session&, const received_request&, int)> answer) {
    return
        [answer = std::move(answer), count = std::make_shared<std::atomic<int>>(0)](session& on) {
            while (const auto request = on.read_request()) answer(on, *request, ++*count);
        };
}

// A flag that threads wait for.
class gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return open_; });
    }
    bool wait_for(std::chrono::milliseconds longest) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, longest, [this] { return open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

}  // namespace tessera::test
