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
#include "tessera/openai/messages.hpp"
#include "tessera/openai/tools.hpp"

// What a tool runner decides, without I/O.
namespace tessera::openai::detail {

struct pending_call {
    tool_call asked;
    std::optional<std::string> told{};
};

// The calls of one answer. A call that came twice (one ID, one function, the same arguments) runs
// once.
class tool_turn {
  public:
    void begin(const std::vector<tool_call>& calls) {
        calls_.clear();
        for (const tool_call& each : calls) calls_.push_back({each});
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

    // When every call has its result: these as messages, in the order of the calls.
    std::vector<tool_message> end() {
        std::vector<tool_message> messages;
        for (std::size_t i = 0; i < calls_.size(); ++i)
            messages.push_back(tool_result(calls_[i].asked.id, *calls_[first_of(i)].told));
        calls_.clear();
        return messages;
    }

  private:
    std::size_t first_of(std::size_t i) const {
        const tool_call& asked = calls_[i].asked;
        if (asked.id.empty()) return i;
        const auto found =
            std::find_if(calls_.begin(), calls_.end(), [&](const pending_call& other) {
                return other.asked.id == asked.id &&
                       other.asked.function.name == asked.function.name &&
                       other.asked.function.arguments == asked.function.arguments;
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

// A choice that makes the model call tools would make it call them for ever.
inline bool is_forced(const tool_choice& choice) {
    const auto* mode = std::get_if<json::open_enum<tool_choice_mode>>(&choice);
    return !mode || *mode == tool_choice_mode::required;
}

template <class Messages>
error over_limit(std::string message, const Messages& so_far) {
    return {.kind = error_kind::tool_limit,
            .message = std::move(message),
            .body = json::encode(so_far)};
}

// The conversation between answers: what each answer adds to it, and what it leaves to do.
template <class Request>
struct tool_loop {
    Request request;
    tool_turn turn{};

    // An error when the answer cannot be gone on with.
    template <class Answer>
    result<void> take(const Answer& answer, std::size_t max_calls) {
        if (answer.choices.empty())
            return error{error_kind::empty_answer, "the answer has no choice"};
        const auto& said = answer.choices.front().message;
        const bool calls_tools = said.tool_calls && !said.tool_calls->empty();
        if (calls_tools && said.tool_calls->size() > max_calls)
            return over_limit("the model called " + std::to_string(said.tool_calls->size()) +
                                  " tools at once, at most " + std::to_string(max_calls) +
                                  " are run",
                              request.messages);
        request.messages.push_back(to_message(said));
        if (!calls_tools) return {};
        turn.begin(*said.tool_calls);
        if (request.tool_choice && is_forced(*request.tool_choice)) request.tool_choice.reset();
        return {};
    }

    // After the tools have run: an error when they could not all.
    result<void> settle() {
        if (!turn.unanswered().empty())
            return error{error_kind::cancelled, "the run was cancelled before all tools had run"};
        for (tool_message& each : turn.end()) request.messages.push_back(std::move(each));
        return {};
    }

    error out_of_rounds(std::size_t rounds) const {
        return over_limit(
            "the model still calls tools after " + std::to_string(rounds) + " answers",
            request.messages);
    }
};

}  // namespace tessera::openai::detail
