#pragma once

#include <memory>

#include "tessera/call/channel.hpp"
#include "tessera/call/options.hpp"
#include "tessera/call/response.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/net/task.hpp"

namespace tessera::call {

namespace detail {
class driver;
}

/// One call from its first attempt to the end of its answer. Blocking, asynchronous, throwing and
/// streaming forms are facades on it. Everything runs on its executor, which runs one handler at a
/// time; at most one step is under way. What does it all is detail::driver.
class exchange : public std::enable_shared_from_this<exchange> {
  public:
    /// A call that has sent nothing yet.
    TESSERA_COLD_DECL static std::shared_ptr<exchange> make(channel& owner, spec&& request,
                                                            const call_options& options,
                                                            const net::executor& io);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    /// What it can be told to do: one of the four that follow. A function, so that programs compile
    /// those alone that they name.
    using step = net::task<result<void>> (*)(exchange& call);
    /// The whole answer; info().raw holds the body.
    TESSERA_COLD_DECL static net::task<result<void>> perform(exchange& call);
    /// A stream up to the answer's first event, which `next` hands out.
    TESSERA_COLD_DECL static net::task<result<void>> open(exchange& call);
    /// The stream's next event, or its end.
    TESSERA_COLD_DECL static net::task<result<void>> next(exchange& call);
    /// Opens a connection and leaves it in the pool.
    TESSERA_COLD_DECL static net::task<result<void>> warm(exchange& call);
    /// Runs a step and calls `done`, if there is one, on the executor at its end, never before this
    /// function has returned. Keeps this object alive meanwhile.
    TESSERA_COLD_DECL void start(step what, net::handler done = {});
    /// Whether a step is under way. On the executor.
    bool is_running() const { return running_; }
    /// Of the last step.
    result<void>& outcome() { return outcome_; }

    /// The step `next` without a step, if its bytes have come already. On the executor.
    TESSERA_DECL bool next_if_buffered();
    /// After `next`: whether there is an event; without one the stream is at its end.
    bool has_event() const { return has_event_; }
    /// After `next`.
    ///@{
    http::sse_event& event() { return event_; }
    const http::sse_event& event() const { return event_; }
    ///@}

    /// Ends what is under way with error_kind::cancelled. From any thread.
    TESSERA_COLD_DECL void cancel();
    /// Drops the connection at once; later steps fail unless the answer had ended. Not while a step
    /// is under way. On the executor.
    TESSERA_COLD_DECL void close() noexcept;

    /// As far as it is known; complete when the step `perform` or `open` has ended.
    call_info& info() { return info_; }
    /// Where it runs.
    const net::executor& get_executor() const { return io_; }

  protected:
    /// @cond
    explicit exchange(const net::executor& io) : io_(io) {}
    ~exchange() = default;

    net::executor io_;
    result<void> outcome_;
    bool running_ = false;
    bool has_event_ = false;
    http::sse_event event_;
    call_info info_;
    /// @endcond

  private:
    TESSERA_COLD_DECL detail::driver& inside() noexcept;
};

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/exchange_impl.hpp"
#endif
