#pragma once

#include <asio/error.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>

#include "tessera/call/detail/answer.hpp"
#include "tessera/call/detail/transport.hpp"
#include "tessera/call/exchange.hpp"
#include "tessera/call/retry.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/url.hpp"
#include "tessera/net/stream.hpp"
#include "tessera/net/task.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::call::detail {

using net::task;

// The inside of an exchange: the only code that talks to a server.
class driver final : public exchange {
  public:
    TESSERA_COLD_DECL driver(channel& owner, spec&& request, const call_options& options,
                             const net::executor& io);
    ~driver() = default;

    TESSERA_COLD_DECL static task<result<void>> run_step(std::shared_ptr<driver> self, step what);
    TESSERA_COLD_DECL task<result<void>> run();
    TESSERA_COLD_DECL task<result<void>> run_stream();
    TESSERA_COLD_DECL task<result<void>> next_event();
    TESSERA_COLD_DECL task<result<void>> warm_up();
    TESSERA_DECL bool take_buffered();
    TESSERA_COLD_DECL void stop_now();
    TESSERA_COLD_DECL void close_now() noexcept;

  private:
    struct canceller {
        driver* owner;
        TESSERA_COLD_DECL void operator()() const noexcept;
    };

    TESSERA_COLD_DECL task<result<void>> authorize();
    TESSERA_COLD_DECL task<result<void>> attempt();
    TESSERA_COLD_DECL task<result<void>> connect(bool fresh);
    TESSERA_COLD_DECL task<result<void>> ask(std::string head);
    TESSERA_COLD_DECL task<result<void>> send_content(std::error_code& code);
    TESSERA_COLD_DECL task<result<void>> read_head(std::error_code write_failure);
    TESSERA_COLD_DECL task<result<void>> read_whole();
    TESSERA_COLD_DECL task<result<void>> read_first_event();
    TESSERA_COLD_DECL task<result<void>> settle();
    TESSERA_COLD_DECL task<std::error_code> fill();

    TESSERA_COLD_DECL void begin();
    TESSERA_COLD_DECL void aim();
    TESSERA_COLD_DECL retry_decision decide(error& reason, int failures, bool handed_out);
    TESSERA_COLD_DECL result<void> finish_download();
    TESSERA_COLD_DECL result<void> write_request(std::string& bytes) const;
    TESSERA_COLD_DECL result<void> add_headers(http::fields& headers) const;
    TESSERA_COLD_DECL result<void> follow_redirect(bool& goes_on);
    TESSERA_COLD_DECL void note_head();
    TESSERA_DECL bool take_event(http::sse_event& event);
    TESSERA_COLD_DECL bool fail(boxed_error reason);
    TESSERA_DECL bool hand_out(bool event);
    TESSERA_COLD_DECL void release_connection();

    bool is_stream() const { return read_stream_ != nullptr; }
    bool has_body() const { return send_body_ && (spec_.body || spec_.content); }
    bool is_replayable() const { return spec_.replayable || options_.allow_replay; }
    TESSERA_COLD_DECL int most_redirects() const;
    // The answer redirects, and that is the caller's matter.
    TESSERA_COLD_DECL bool hands_out_redirect() const;
    TESSERA_COLD_DECL bool is_success() const;
    TESSERA_COLD_DECL bool has_time_for(std::chrono::milliseconds delay) const;
    TESSERA_COLD_DECL bool was_stale(const error& reason) const;
    TESSERA_COLD_DECL void add_facts(error& reason) const;
    TESSERA_COLD_DECL boxed_error stop_error() const;
    TESSERA_COLD_DECL boxed_error io_error(std::error_code code, const char* what) const;
    TESSERA_COLD_DECL boxed_error body_error(std::error_code code) const;
    TESSERA_COLD_DECL boxed_error malformed() const;
    TESSERA_COLD_DECL std::chrono::steady_clock::time_point now() const;
    TESSERA_COLD_DECL const client_options& client() const;
    std::string_view unread() const {
        return std::string_view(buffer_).substr(read_, filled_ - read_);
    }

    std::shared_ptr<channel> channel_;
    spec spec_;
    call_options options_;
    deadlines timeout_;
    retry_policy policy_;
    std::shared_ptr<net::watch> watch_;
    token_source::token token_;
    std::uint64_t refused_token_ = 0;  // version that the server would not take
    bool refreshed_ = false;           // the token, once
    task<result<void>> (driver::*read_stream_)() = nullptr;  // what reads a stream's beginning
    bool sent_ = false;                                      // in this attempt
    bool answered_ = false;  // in this attempt, by a head which says what to do now
    std::unique_ptr<sink::transfer> download_;

    // Where the request goes now, and as what: redirects change it.
    http::url url_;
    std::string method_;
    bool send_body_ = true;
    bool same_origin_ = true;
    int redirects_ = 0;

    std::unique_ptr<net::stream> stream_;
    // What reads an answer.
    struct readers {
        explicit readers(const client_options& by) : message(by.limits), events(by.stream_limits) {}
        http::response_reader message;
        http::sse_reader events;
    };
    std::unique_ptr<readers> readers_;
    std::string buffer_;  // bytes [read_, filled_) came and wait for the reader
    std::size_t read_ = 0;
    std::size_t filled_ = 0;
    bool answer_began_ = false;
    bool body_complete_ = false;

    std::string_view event_bytes_;  // of the body, in buffer_, for the reader of events
    bool holds_first_ = false;      // event_ waits for the first step `next`
    bool ended_ = false;            // in good order
    boxed_error stream_error_;

    std::chrono::steady_clock::time_point begun_{};
    std::chrono::steady_clock::time_point asked_{};
    std::chrono::steady_clock::time_point total_due_ = std::chrono::steady_clock::time_point::max();

    // Last, so that it goes first: its callback uses the others.
    std::unique_ptr<std::stop_callback<canceller>> stop_callback_;
};

}  // namespace tessera::call::detail
