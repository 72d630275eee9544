#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <stop_token>
#include <utility>

#include "tessera/call/detail/facade.hpp"
#include "tessera/call/invoke.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/net/task.hpp"
#include "tessera/net/watch.hpp"

// Several calls that are one to who waits for them.
namespace tessera::emissary::detail {

using net::task;

// What the calls share, and when all of them must be over.
struct process_terms {
    std::shared_ptr<call::channel> on;
    call_options each;  // of one call; its deadline is the client's
    std::chrono::milliseconds total{};
    std::chrono::steady_clock::time_point due = std::chrono::steady_clock::time_point::max();
    std::stop_token stop{};
};
TESSERA_COLD_DECL process_terms terms_of(call::channel& on, const call_options& options);

// One run of them, on one executor. What it has found is in what it goes by.
class process : public std::enable_shared_from_this<process> {
  public:
    using body = task<result<void>> (*)(process& on, void* by);
    // `by` is kept until the end.
    struct work {
        body run;
        std::shared_ptr<void> by;
    };

    TESSERA_COLD_DECL process(const process_terms& terms, const net::executor& io);
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process() = default;

    TESSERA_COLD_DECL void start(work what, net::handler done = {});
    // From any thread.
    TESSERA_COLD_DECL void cancel();
    bool is_running() const { return running_; }
    result<void>& outcome() { return outcome_; }
    const net::executor& get_executor() const { return io_; }

    // Of the body.
    TESSERA_COLD_DECL task<result<void>> ask(std::shared_ptr<call::channel> on, call::spec request,
                                             const call_options& options, call_info& info);
    net::watch& watch() { return *watch_; }

  private:
    struct canceller {
        process* owner;
        TESSERA_COLD_DECL void operator()() const noexcept;
    };
    TESSERA_COLD_DECL static task<result<void>> run(std::shared_ptr<process> self, body what,
                                                    std::shared_ptr<void> by);
    TESSERA_COLD_DECL tessera::detail::boxed_error stop_error() const;

    std::shared_ptr<call::channel> channel_;  // the clock is its own
    std::chrono::milliseconds total_;
    std::stop_token stop_;
    net::executor io_;
    std::shared_ptr<net::watch> watch_;
    result<void> outcome_;
    bool running_ = false;
    std::unique_ptr<std::stop_callback<canceller>> stop_callback_;
};

// On the calling thread.
TESSERA_COLD_DECL result<void> run_process(const process_terms& terms, process::work what);

// `finish` gets the handler and the process at its end.
template <class Signature, class Finish, class Token>
auto async_process(const process_terms& terms, process::work what, Finish finish, Token&& token) {
    std::unique_ptr<process_terms> kept(new process_terms(terms));
    return asio::async_initiate<Token, Signature>(
        [](auto handler, std::unique_ptr<process_terms> given, process::work first, Finish last) {
            const net::executor io =
                given->on->executor_for(asio::get_associated_executor(handler));
            std::shared_ptr<process> made(new process(*given, io));
            given.reset();
            call::detail::launch(std::move(made), std::move(first), std::move(last),
                                 std::move(handler));
        },
        token, std::move(kept), std::move(what), std::move(finish));
}

// The four forms of what a process does. What has make(channel, spec, options), which begins what it
// goes by, work(that), and outcome<Answer>(that, result<void>).
template <class What, class Answer, class AsyncAnswer = Answer>
struct process_forms {
    static constexpr bool streams = false;
    using answer_type = Answer;

    static Answer run(call::channel& on, call::spec s, const call_options& o) {
        return try_run(on, std::move(s), o).value();
    }
    static result<Answer> try_run(call::channel& on, call::spec s, const call_options& o) {
        const auto by = What::make(on, std::move(s), o);
        return What::template outcome<Answer>(by, run_process(by->terms, What::work(by)));
    }
    template <class Token>
    static auto async_run(call::channel& on, call::spec s, const call_options& o, Token&& token) {
        const auto by = What::make(on, std::move(s), o);
        return async_process<void(std::exception_ptr, AsyncAnswer)>(
            by->terms, What::work(by),
            [by](auto& handler, process& ended) {
                call::detail::finish_throwing(
                    handler, What::template outcome<AsyncAnswer>(by, std::move(ended.outcome())));
            },
            std::forward<Token>(token));
    }
    template <class Token>
    static auto async_try_run(call::channel& on, call::spec s, const call_options& o,
                              Token&& token) {
        const auto by = What::make(on, std::move(s), o);
        return async_process<void(result<AsyncAnswer>)>(
            by->terms, What::work(by),
            [by](auto& handler, process& ended) {
                std::move(handler)(
                    What::template outcome<AsyncAnswer>(by, std::move(ended.outcome())));
            },
            std::forward<Token>(token));
    }
};

}  // namespace tessera::emissary::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/process_impl.hpp"
#endif
