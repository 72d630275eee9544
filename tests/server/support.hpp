#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/options.hpp"
#include "server.hpp"
#include "support/random_model.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json.hpp"

namespace tessera::server::testing {

struct raw_response {
    int status = 0;
    http::fields headers;
    std::string body;
    bool whole = false;      // it came to its end
    bool continued = false;  // a 100 came first

    std::string header(std::string_view name) const {
        return std::string(headers.find(name).value_or("(absent)"));
    }
    json::value json() const {
        const auto parsed = json::parse(body);
        EXPECT_TRUE(parsed) << body;
        return parsed ? *parsed : json::value();
    }
    /// The data of all events.
    std::vector<std::string> events() const {
        http::sse_reader reader;
        std::vector<std::string> all;
        std::string_view rest = body;
        for (;;) {
            const auto step = reader.next(rest);
            rest.remove_prefix(step.consumed);
            if (step.kind != http::sse_reader::step::event) return all;
            all.push_back(reader.event().data);
        }
    }
    /// The chunks of a stream, which must end with [DONE].
    std::vector<json::value> chunks() const {
        std::vector<json::value> all;
        std::vector<std::string> data = events();
        EXPECT_FALSE(data.empty());
        if (data.empty()) return all;
        EXPECT_EQ(data.back(), "[DONE]");
        data.pop_back();
        for (const std::string& each : data) {
            const auto parsed = json::parse(each);
            EXPECT_TRUE(parsed) << each;
            if (parsed) all.push_back(*parsed);
        }
        return all;
    }
};

/// A blocking connection that sends whatever bytes a test wants. A read that gets nothing for long
/// fails instead of hanging.
class raw_client {
  public:
    explicit raw_client(std::uint16_t port) : socket_(context_) {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        socket_.set_option(asio::ip::tcp::no_delay(true));
        const timeval longest{.tv_sec = 60, .tv_usec = 0};
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    }

    void send(std::string_view bytes) {
        std::error_code ignored;  // the server may have closed already
        asio::write(socket_, asio::buffer(bytes), ignored);
    }
    void send_end() {
        std::error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }
    void close() { socket_.close(); }
    asio::ip::tcp::socket& socket() { return socket_; }

    /// The next response, to a request of that method.
    raw_response receive(std::string_view method = "GET") {
        raw_response got;
        reader_.expect(method);
        for (;;) {
            const auto step = reader_.next(std::string_view(in_).substr(begin_));
            begin_ += step.consumed;
            switch (step.event) {
                case http::reader_event::informational:
                    got.continued = reader_.head().status == 100;
                    break;
                case http::reader_event::head:
                    got.status = reader_.head().status;
                    got.headers = reader_.head().headers;
                    break;
                case http::reader_event::body:
                    got.body += step.data;
                    break;
                case http::reader_event::complete:
                    got.whole = true;
                    return got;
                case http::reader_event::failed:
                    return got;
                case http::reader_event::need_more:
                    if (!more()) {
                        got.whole = reader_.finish().event == http::reader_event::complete;
                        return got;
                    }
            }
        }
    }

    /// The connection's end comes, perhaps after further bytes.
    bool ends() {
        while (more()) {
        }
        return ended_;
    }
    /// Everything to the connection's end.
    std::string rest() {
        ends();
        return in_.substr(begin_);
    }
    /// Reads once; false at the end.
    bool more() {
        if (begin_ == in_.size()) in_.clear(), begin_ = 0;
        char piece[16384];
        std::error_code error;
        std::size_t size = 0;
        // A program that a server ran and that ends interrupts a read with a time-out.
        do size = socket_.read_some(asio::buffer(piece), error);
        while (error == asio::error::interrupted);
        in_.append(piece, size);
        if (error) ended_ = error != asio::error::would_block && error != asio::error::try_again;
        return !error;
    }
    std::string_view unread() const { return std::string_view(in_).substr(begin_); }

  private:
    asio::io_context context_;
    asio::ip::tcp::socket socket_;
    http::response_reader reader_;
    std::string in_;
    std::size_t begin_ = 0;
    bool ended_ = false;
};

/// Asks again and again until it is so; false if it is not within a minute.
template <class Condition>
bool comes_true(Condition condition) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition())
        if (std::chrono::steady_clock::now() > latest) return false;
    return true;
}

inline std::string head_of(std::string_view method, std::string_view target,
                           std::string_view more = {}) {
    return std::string(method)
        .append(" ")
        .append(target)
        .append(" HTTP/1.1\r\nhost: localhost\r\n")
        .append(more)
        .append("\r\n");
}

inline const std::string key_line = "authorization: Bearer csk-tessera-dev\r\n";

inline std::string post_of(std::string_view target, std::string_view body,
                           std::string_view more = key_line) {
    return head_of("POST", target,
                   "content-type: application/json\r\ncontent-length: " +
                       std::to_string(body.size()) + "\r\n" + std::string(more))
        .append(body);
}

/// The folder of a model that knows nothing, made once.
inline const std::filesystem::path& tiny_model() {
    static const auto folder = [] {
        auto made = std::make_unique<tessera::testing::temporary_folder>("tessera-server");
        tessera::testing::write_random_model(made->path() / "tiny");
        return made;
    }();
    static const std::filesystem::path path = folder->path() / "tiny";
    return path;
}

inline options tiny_options() {
    options made;
    made.models = {tiny_model()};
    made.threads = 1;
    made.io_threads = 2;
    made.seed = 7;
    return made;
}

/// A server of its own, or the one that tests with default options share.
class running_server {
  public:
    explicit running_server(options settings = tiny_options()) : server_(std::move(settings)) {
        server_.start();
    }
    std::uint16_t port() const { return server_.port(); }
    void stop() { server_.stop(); }

    raw_response ask(const std::string& bytes, std::string_view method = "GET") {
        raw_client client(port());
        client.send(bytes);
        return client.receive(method);
    }
    raw_response post(std::string_view target, const json::value& body,
                      std::string_view more = key_line) {
        return ask(post_of(target, json::encode(body), more), "POST");
    }

    /// Running or waiting, all models together.
    int generations() {
        int all = 0;
        const json::value health = ask(head_of("GET", "/_tessera/health")).json();
        for (const auto& each : health["models"])
            all += each["running"].get<int>() + each["queued"].get<int>();
        return all;
    }

    static running_server& shared() {
        static running_server instance;
        return instance;
    }

  private:
    server server_;
};

}  // namespace tessera::server::testing
