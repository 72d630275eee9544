#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/tools/function_tool.hpp"

// What a tool runner decides, without I/O.
namespace tessera::tools::detail {

// What a model calls, in any dialect.
struct called_tool {
    std::string id;  // which the result names
    std::string name;
    std::string arguments;  // JSON, if the model wrote JSON
};

struct pending_call {
    called_tool asked;
    std::optional<tool_answer> told{};
};

// The answer to the call `id`.
struct told_call {
    std::string id;
    tool_answer answer;
};

// The calls of one answer. A call that came twice (one ID, one function, the same arguments) runs
// once.
class tool_turn {
  public:
    void begin(const std::vector<called_tool>& calls) {
        calls_.clear();
        for (const called_tool& each : calls) calls_.push_back({each});
    }
    bool is_over() const { return calls_.empty(); }
    pending_call& operator[](std::size_t i) { return calls_[i]; }

    // The calls that are still to run, by index.
    std::vector<std::size_t> unanswered() const {
        std::vector<std::size_t> left;
        for (std::size_t i = 0; i < calls_.size(); ++i)
            if (first_of(i) == i && !calls_[i].told) left.push_back(i);
        return left;
    }

    // When every call has its result: these, in the order of the calls.
    std::vector<told_call> end() {
        std::vector<told_call> all;
        for (std::size_t i = 0; i < calls_.size(); ++i)
            all.push_back({calls_[i].asked.id, *calls_[first_of(i)].told});
        calls_.clear();
        return all;
    }

  private:
    std::size_t first_of(std::size_t i) const {
        const called_tool& asked = calls_[i].asked;
        if (asked.id.empty()) return i;
        const auto found =
            std::find_if(calls_.begin(), calls_.end(), [&](const pending_call& other) {
                return other.asked.id == asked.id && other.asked.name == asked.name &&
                       other.asked.arguments == asked.arguments;
            });
        return static_cast<std::size_t>(found - calls_.begin());
    }

    std::vector<pending_call> calls_;
};

// Calls work(0) to work(count - 1) on this thread and on others, at most `threads` in all; fewer
// where the system gives no more.
inline void for_each_on_threads(std::size_t count, std::size_t threads,
                                const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto drain = [&] {
        for (std::size_t i = next++; i < count; i = next++) work(i);
    };
    std::vector<std::jthread> helpers;
    try {
        while (helpers.size() + 1 < std::min(threads, count)) helpers.emplace_back(drain);
    } catch (const std::system_error&) {
    }
    drain();
}

template <class Messages>
error over_limit(std::string message, const Messages& so_far) {
    return {.kind = error_kind::tool_limit,
            .message = std::move(message),
            .body = json::encode(so_far)};
}

// The conversation between answers: what each answer adds to it, and what it leaves to do. Dialect
// reads answers and writes requests:
//
//     offer(request, tools)           the request's tools are these
//     calls_of(answer)                what it calls; an error for an answer that is none
//     is_unfinished(answer)           the model goes on when it is asked again
//     add_answer(request, answer)     it is a message of the next request
//     add_results(request, results)   these are, of all calls of one answer
//     unforce(request)                what made the model call tools does so no more
template <class Dialect, class Request>
struct tool_loop {
    Request request;
    tool_turn turn{};
    bool is_unfinished = false;

    bool is_over() const { return turn.is_over() && !is_unfinished; }

    // An error when the answer cannot be gone on with.
    template <class Answer>
    result<void> take(const Answer& answer, std::size_t max_calls) {
        result<std::vector<called_tool>> calls = Dialect::calls_of(answer);
        if (!calls) return std::move(calls).failure();
        if (calls->size() > max_calls)
            return over_limit("the model called " + std::to_string(calls->size()) +
                                  " tools at once, at most " + std::to_string(max_calls) +
                                  " are run",
                              request.messages);
        Dialect::add_answer(request, answer);
        turn.begin(*calls);
        is_unfinished = calls->empty() && Dialect::is_unfinished(answer);
        // A choice that makes the model call tools would make it call them for ever.
        if (!calls->empty()) Dialect::unforce(request);
        return {};
    }

    // After the tools have run: an error when they could not all.
    result<void> settle() {
        if (!turn.unanswered().empty())
            return error{error_kind::cancelled, "the run was cancelled before all tools had run"};
        if (!turn.is_over()) Dialect::add_results(request, turn.end());
        return {};
    }

    error out_of_rounds(std::size_t rounds) const {
        return over_limit(
            "the model still calls tools after " + std::to_string(rounds) + " answers",
            request.messages);
    }
};

}  // namespace tessera::tools::detail
