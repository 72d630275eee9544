#pragma once
// Conversations in which the model calls tools: calls and results go back and forth until it
// answers.
//
//     tessera::openai::tool_runner runner(client.chat.completions, request, {weather, clock});
//     const auto reply = runner.run();
//
// Each dialect has a tool_runner of its own, which is this one: openai/tool_runner.hpp,
// anthropic/tool_runner.hpp.
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/co_spawn.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "tessera/call/invoke.hpp"
#include "tessera/tools/detail/tool_loop.hpp"
#include "tessera/tools/toolbox.hpp"

namespace tessera::tools {

/// Bounds of a run, and options of its requests.
struct tool_runner_options {
    std::size_t max_rounds = 16;  ///< answers asked of the model in one run
    std::size_t max_calls = 64;   ///< in one answer
    std::size_t max_threads = 4;  ///< that run the calls of one answer, in the blocking forms
    /// Of every request. A stop request ends the run with error_kind::cancelled, wherever it is; no
    /// tool is begun after it, and those that run are told by their stop token and waited for.
    call_options call{};
};

namespace detail {

template <class Dialect, class Completions, class Request>
struct tool_runner_state {
    using answer = std::remove_cvref_t<decltype(std::declval<const Completions&>().create(
        std::declval<const Request&>()))>;

    Completions completions;
    tool_loop<Dialect, Request> loop;
    toolbox tools;
    tool_runner_options options;

    void run_tool(std::size_t i, const std::stop_token& stop) {
        if (stop.stop_requested()) return;
        pending_call& call = loop.turn[i];
        call.told = tools.call(call.asked.name, call.asked.arguments, stop);
    }
};

// One asynchronous run; call::detail::launch starts it and waits.
template <class Dialect, class Completions, class Request>
class tool_run : public std::enable_shared_from_this<tool_run<Dialect, Completions, Request>> {
  public:
    using state = tool_runner_state<Dialect, Completions, Request>;
    using outcome_type = result<typename state::answer>;

    tool_run(std::shared_ptr<state> of, net::executor io)
        : state_(std::move(of)), io_(std::move(io)) {}

    const net::executor& get_executor() const { return io_; }
    void cancel() { stop_.request_stop(); }
    outcome_type& outcome() { return *outcome_; }

    void start(std::size_t rounds, net::handler done) {
        asio::co_spawn(io_, run(this->shared_from_this(), rounds),
                       [done = std::move(done)](std::exception_ptr thrown) mutable {
                           if (thrown) std::rethrow_exception(thrown);
                           done();
                       });
    }

  private:
    static tool_task<void> run(std::shared_ptr<tool_run> self, std::size_t rounds) {
        const std::stop_callback also(self->state_->options.call.stop, [self] { self->cancel(); });
        self->outcome_ = co_await self->converse(rounds);
    }

    tool_task<outcome_type> converse(std::size_t rounds) {
        call_options options = state_->options.call;
        options.stop = stop_.get_token();
        const asio::use_awaitable_t<net::executor> token;
        auto& loop = state_->loop;
        for (std::size_t round = 0; round < rounds; ++round) {
            co_await run_tools();
            if (result<void> settled = loop.settle(); !settled) co_return settled.error();
            outcome_type answer =
                co_await state_->completions.async_try_create(loop.request, options, token);
            if (!answer) co_return answer;
            if (result<void> taken = loop.take(*answer, state_->options.max_calls); !taken)
                co_return taken.error();
            if (loop.is_over()) co_return answer;
        }
        co_return loop.out_of_rounds(rounds);
    }

    // All at a time: awaitable tools take turns on the executor.
    tool_task<void> run_tools() {
        const std::vector<std::size_t> calls = state_->loop.turn.unanswered();
        std::size_t left = calls.size();
        asio::steady_timer all(io_, std::chrono::steady_clock::time_point::max());
        for (const std::size_t i : calls)
            asio::co_spawn(io_, run_tool(i), [&](std::exception_ptr) {
                if (--left == 0) all.cancel();
            });
        const asio::use_awaitable_t<net::executor> token;
        std::error_code cancelled;
        while (left > 0) co_await all.async_wait(asio::redirect_error(token, cancelled));
    }

    tool_task<void> run_tool(std::size_t i) {
        if (stop_.stop_requested()) co_return;
        pending_call& call = state_->loop.turn[i];
        call.told = co_await state_->tools.async_call(call.asked.name, call.asked.arguments,
                                                      stop_.get_token());
    }

    std::shared_ptr<state> state_;
    net::executor io_;
    std::stop_source stop_;
    std::optional<outcome_type> outcome_;
};

}  // namespace detail

/// Asks the model, runs the tools that it calls, tells it their results, and asks again until it
/// calls none. `completions` is a resource with create(request), such as client.chat.completions or
/// client.messages.
///
/// Calls of one answer run at the same time: the blocking forms use threads, the asynchronous ones
/// the executor of the call, which a tool that is no coroutine blocks while it runs. Results are
/// told in the order of the calls. No call runs twice: not when a request is retried, not when a
/// run that failed is taken up again by another run(). What goes wrong in a tool is told to the
/// model (toolbox::call). A tool_choice that forces calls is dropped after the first of them.
///
/// The request's tools become those of the toolbox. Errors: those of create; tool_limit after
/// max_rounds answers that call tools, or for an answer of more than max_calls; empty_answer for
/// one that says nothing; cancelled. `body` of a tool_limit holds the conversation so far,
/// request().messages always does. One run at a time.
template <class Dialect, class Completions, class Request>
class tool_runner {
    using state = detail::tool_runner_state<Dialect, Completions, Request>;
    using run_type = detail::tool_run<Dialect, Completions, Request>;

  public:
    /// What create answers, of the last round.
    using answer = typename state::answer;

    /// Nothing is asked before the first run().
    tool_runner(Completions completions, Request request, toolbox tools,
                tool_runner_options options = {})
        : state_(std::make_shared<state>(state{std::move(completions),
                                               {std::move(request)},
                                               std::move(tools),
                                               std::move(options)})) {
        Dialect::offer(this->request(), state_->tools);
    }

    /// The next request: its messages are the conversation so far, the last answer included; add
    /// one and run again to go on. Not during a run. After a tool_limit or cancellation the calls
    /// of the last message wait for the next run: add nothing then.
    Request& request() { return state_->loop.request; }
    /// The same, to look at.
    const Request& request() const { return state_->loop.request; }

    /// Converses until an answer calls no tool, and gives it; throws.
    answer run() { return try_run().value(); }

    /// The same as a value.
    result<answer> try_run() {
        const tool_runner_options& options = state_->options;
        auto& loop = state_->loop;
        for (std::size_t round = 0; round < options.max_rounds; ++round) {
            const std::vector<std::size_t> calls = loop.turn.unanswered();
            detail::for_each_on_threads(calls.size(), options.max_threads, [&](std::size_t i) {
                state_->run_tool(calls[i], options.call.stop);
            });
            if (result<void> settled = loop.settle(); !settled) return std::move(settled.error());
            result<answer> said = state_->completions.try_create(loop.request, options.call);
            if (!said) return said;
            if (result<void> taken = loop.take(*said, options.max_calls); !taken)
                return std::move(taken.error());
            if (loop.is_over()) return said;
        }
        return loop.out_of_rounds(options.max_rounds);
    }

    /// void(std::exception_ptr, answer). The runner may be destroyed meanwhile.
    template <class Token>
    auto async_run(Token&& token) {
        return start<void(std::exception_ptr, answer)>(
            [](auto& handler, run_type& run) {
                call::detail::finish_throwing(handler, std::move(run.outcome()));
            },
            std::forward<Token>(token));
    }

    /// void(result<answer>)
    template <class Token>
    auto async_try_run(Token&& token) {
        return start<void(result<answer>)>(
            [](auto& handler, run_type& run) { std::move(handler)(std::move(run.outcome())); },
            std::forward<Token>(token));
    }

  private:
    template <class Signature, class Finish, class Token>
    auto start(Finish finish, Token&& token) {
        return asio::async_initiate<Token, Signature>(
            [](auto handler, std::shared_ptr<state> of, Finish last) {
                const std::size_t rounds = of->options.max_rounds;
                net::executor io = of->completions.get_channel().executor_for(
                    asio::get_associated_executor(handler));
                auto run = std::make_shared<run_type>(std::move(of), std::move(io));
                call::detail::launch(std::move(run), rounds, std::move(last), std::move(handler));
            },
            token, state_, std::move(finish));
    }

    std::shared_ptr<state> state_;
};

}  // namespace tessera::tools
