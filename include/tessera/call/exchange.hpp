#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "tessera/call/channel.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/response.hpp"
#include "tessera/call/retry.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/http/url.hpp"
#include "tessera/net/connector.hpp"
#include "tessera/net/stream.hpp"
#include "tessera/net/task.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::call {

// One call from its first attempt to the end of its answer: the only code that talks to a server.
// Blocking, asynchronous, throwing and streaming forms are facades on it. Everything runs on `io`,
// which runs one handler at a time; at most one step is under way.
class exchange : public std::enable_shared_from_this<exchange> {
  public:
    exchange(std::shared_ptr<channel> owner, spec request, call_options options, net::executor io);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    enum class step {
        perform,  // the whole answer; outcome(), and info().raw holds the body
        open,     // a stream up to the answer's first event, which `next` hands out; outcome()
        next,     // the stream's next event; event(), which is empty at the end and then again
        warm      // opens a connection and leaves it in the pool; outcome()
    };
    // Runs a step and calls `done` on `io` at its end, never before this function has returned. Keeps
    // this object alive meanwhile.
    void start(step what, std::function<void()> done);
    result<void>& outcome() { return outcome_; }
    result<std::optional<http::sse_event>>& event() { return event_; }
    // The next event without a step, if its bytes have come already. On `io`.
    std::optional<result<std::optional<http::sse_event>>> next_if_buffered();

    // Ends what is under way with error_kind::cancelled. From any thread.
    void cancel();
    // Drops the connection at once, without regard to what is under way. On `io`.
    void close();

    // As far as it is known; complete when the step `perform` or `open` has ended.
    call_info& info() { return info_; }
    const net::executor& get_executor() const { return io_; }

  private:
    struct failure {
        error reason;
        bool has_head = false;  // the answer's head is in head_
        bool final = false;     // cancelled, or out of time altogether
    };
    enum class flow { go_on, again };
    using outcome = std::optional<failure>;

    net::task<result<void>> run(bool streaming);
    net::task<outcome> attempt(bool streaming);
    net::task<outcome> take_connection(bool fresh);
    net::task<outcome> send_and_read_head(bool& answered);
    net::task<outcome> read_answer(bool streaming);
    net::task<outcome> read_body(std::size_t limit);
    net::task<std::optional<error>> fill();
    net::task<void> settle();
    net::task<std::optional<failure>> pause(std::chrono::milliseconds delay);

    result<std::string> write_request() const;
    void apply_headers(http::request_head& head) const;
    result<bool> follow_redirect();
    std::optional<result<std::optional<http::sse_event>>> poll_event();
    result<std::optional<http::sse_event>> take_event(http::sse_event event);
    result<std::optional<http::sse_event>> end_of_body(std::string_view cause);

    void begin_attempt();
    void note_head();
    void release_connection();
    error with_facts(error reason) const;
    error io_error(std::error_code code, std::string_view doing) const;
    error reader_failure() const;
    std::optional<error> stopped() const;
    std::string_view unread() const { return std::string_view(buffer_).substr(read_, filled_ - read_); }

    std::shared_ptr<channel> channel_;
    net::executor io_;
    spec spec_;
    call_options options_;
    timeouts timeout_;
    retry_policy policy_;
    std::shared_ptr<net::watch> watch_;
    std::optional<std::stop_callback<std::function<void()>>> stop_callback_;

    http::url url_;
    std::string method_;
    bool send_body_ = true;
    bool same_origin_ = true;

    std::unique_ptr<net::stream> stream_;
    http::response_reader reader_;
    std::string buffer_;  // bytes [read_, filled_) came and wait for the reader
    std::size_t read_ = 0;
    std::size_t filled_ = 0;
    bool body_complete_ = false;

    http::sse_reader events_;
    std::string_view event_bytes_;  // of the body, in buffer_, not yet seen by events_
    std::optional<http::sse_event> first_event_;
    bool streaming_ = false;
    bool handed_out_ = false;
    bool ended_ = false;
    std::optional<error> stream_error_;

    result<void> outcome_;
    result<std::optional<http::sse_event>> event_{std::optional<http::sse_event>()};
    call_info info_;
    std::chrono::steady_clock::time_point begun_{};
    std::chrono::steady_clock::time_point sent_{};
};

}  // namespace tessera::call

#include "tessera/call/detail/exchange_impl.hpp"
