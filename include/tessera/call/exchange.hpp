#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>

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
template <class Lazy>
class basic_exchange : public std::enable_shared_from_this<basic_exchange<Lazy>> {
  public:
    basic_exchange(std::shared_ptr<channel> owner, spec request, call_options options, net::executor io);
    basic_exchange(const basic_exchange&) = delete;
    basic_exchange& operator=(const basic_exchange&) = delete;

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
    // Drops the connection at once; later steps fail unless the answer had ended. Not while a step is
    // under way. On `io`.
    void close() noexcept;

    // As far as it is known; complete when the step `perform` or `open` has ended.
    call_info& info() { return info_; }
    const net::executor& get_executor() const { return io_; }

  private:
    struct failure {
        error reason;
        bool answered = false;  // the answer's head came: info_.headers is its
    };
    using verdict = std::optional<failure>;  // empty: so far so good
    using next_result = result<std::optional<http::sse_event>>;

    static net::task<void> run_step(std::shared_ptr<basic_exchange> self, step what);
    net::task<result<void>> run();
    net::task<verdict> attempt();
    net::task<verdict> connect(bool fresh);
    net::task<verdict> ask(std::string head);
    net::task<verdict> read_head(std::error_code write_failure);
    net::task<verdict> read_answer();
    net::task<verdict> read_whole();
    net::task<verdict> read_first_event();
    net::task<next_result> next_event();
    net::task<result<void>> warm();
    net::task<std::error_code> fill();
    net::task<void> settle();

    void aim();
    result<std::string> write_request() const;
    result<bool> follow_redirect();
    void note_head();
    std::optional<next_result> take_event(http::sse_event event);
    next_result fail(error reason);
    void release_connection();

    bool is_success() const { return info_.status >= 200 && info_.status <= 299; }
    bool has_time_for(std::chrono::milliseconds delay) const;
    bool was_stale(const failure& failed) const;
    error with_facts(error reason) const;
    error stop_error() const;
    error io_error(std::error_code code, std::string_view what) const;
    error body_error(std::error_code code);
    std::string_view unread() const {
        return std::string_view(buffer_).substr(read_, filled_ - read_);
    }
    std::chrono::steady_clock::time_point now() const { return channel_->time().now(); }

    std::shared_ptr<channel> channel_;
    net::executor io_;
    spec spec_;
    call_options options_;
    timeouts timeout_;
    retry_policy policy_;
    std::shared_ptr<net::watch> watch_;
    bool running_ = false;
    bool streaming_ = false;

    // Where the request goes now, and as what: redirects change it.
    http::url url_;
    std::string method_;
    bool send_body_ = true;
    bool same_origin_ = true;
    int redirects_ = 0;

    std::unique_ptr<net::stream> stream_;
    http::response_reader reader_;
    std::string buffer_;  // bytes [read_, filled_) came and wait for the reader
    std::size_t read_ = 0;
    std::size_t filled_ = 0;
    bool answer_began_ = false;
    bool body_complete_ = false;

    http::sse_reader events_;
    std::string_view event_bytes_;  // of the body, in buffer_, for events_
    std::optional<http::sse_event> first_event_;
    bool ended_ = false;  // in good order
    std::optional<error> stream_error_;

    result<void> outcome_;
    next_result event_{std::optional<http::sse_event>()};
    call_info info_;
    std::chrono::steady_clock::time_point begun_{};
    std::chrono::steady_clock::time_point sent_{};
    std::chrono::steady_clock::time_point total_due_ = std::chrono::steady_clock::time_point::max();

    // Last, so that it goes first: its callback uses the others.
    std::optional<std::stop_callback<std::function<void()>>> stop_callback_;
};

using exchange = basic_exchange<void>;

}  // namespace tessera::call

#include "tessera/call/detail/exchange_impl.hpp"
