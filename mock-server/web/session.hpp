#pragma once

#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/options.hpp"
#include "tessera/http/request_reader.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

class worker;

/// What answers the requests of all sessions. Thread-safe.
class request_handler {
  public:
    virtual ~request_handler() = default;
    /// After the head, before the body: fills in where the request leads. An answer ends the matter
    /// without the body.
    virtual std::optional<answer> admit(request& asked) = 0;
    /// After the body.
    virtual void handle(exchange_ptr exchange) = 0;
    /// The answer to `reason`; `asked` is null if there is no readable request.
    virtual answer explain(const request* asked, const problem& reason) = 0;
    /// Adds the headers that do not depend on the handler. `asked` may be null.
    virtual void decorate(const request* asked, answer& to) = 0;
};

/// One connection. Reads requests one after the other (pipelined ones wait), writes answers through
/// two buffers that swap, and keeps the limits. Lives on its worker's thread.
class session : public std::enable_shared_from_this<session> {
  public:
    session(asio::ip::tcp::socket socket, worker& owner);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    void start();
    /// Answers 503 unasked and ends the connection.
    void turn_away();
    /// Closes now if idle, else after the answer in progress.
    void drain();
    void close();
    /// Enforces the time-outs.
    void check(std::chrono::steady_clock::time_point now);

  private:
    friend exchange;
    using clock = std::chrono::steady_clock;
    enum class phase { idle, head, body, answering, lingering };

    // Reading.
    void read();
    void on_read(std::error_code error, std::size_t size);
    void process();
    bool step();
    void take_head();
    void take_body(std::string_view piece);
    void take_complete();
    void refuse(const problem& reason);
    void enter(phase next);

    // Answering, for exchange.
    void respond(answer whole);
    void start_answer(answer head);
    std::string& body();
    bool congested() const { return out_.size() + sending_.size() - sent_ > limits_.write_buffer; }
    void finish_answer();
    void answer_ended();

    // Writing.
    void write_answer(answer whole, bool has_length);
    void open_chunk();
    void close_chunk();
    void flush();
    void write_some();
    void on_write(std::error_code error, std::size_t size);
    void linger();

    static constexpr std::size_t read_buffer = 16 * 1024;
    static constexpr std::size_t no_chunk = std::size_t(-1);

    asio::ip::tcp::socket socket_;
    worker& worker_;
    const connection_limits& limits_;
    bool from_loopback_ = false;
    bool closed_ = false;
    bool draining_ = false;

    http::request_reader reader_;
    std::unique_ptr<char[]> in_;
    std::size_t in_begin_ = 0;
    std::size_t in_end_ = 0;
    bool reading_ = false;
    bool processing_ = false;
    bool at_end_ = false;  // the client sends no more
    phase phase_ = phase::idle;
    clock::time_point phase_began_;
    std::uint64_t body_bytes_ = 0;
    std::size_t lingered_ = 0;

    exchange_ptr current_;                // from a request's head to its answer's end
    std::optional<answer> early_answer_;  // decided at the head, given after the body
    std::optional<form_receiver> form_;   // of the current request, while it arrives
    bool keep_alive_ = true;
    bool head_only_ = false;
    bool http_1_0_ = false;
    bool chunked_ = false;
    bool last_answer_ = false;  // close when all is written

    std::string out_;      // appended to
    std::string sending_;  // being written
    std::size_t sent_ = 0;
    bool writing_ = false;
    std::size_t chunk_begin_ = no_chunk;  // of the open chunk in out_
    clock::time_point write_deadline_ = clock::time_point::max();
};

}  // namespace tessera::server
