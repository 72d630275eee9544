#pragma once
// Conversations in which the model calls tools, in OpenAI's dialect.
//
//     tessera::openai::tool_runner runner(client.chat.completions, request, {weather, clock});
//     const auto reply = runner.run();
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/openai/messages.hpp"
#include "tessera/openai/toolbox.hpp"
#include "tessera/openai/tools.hpp"
#include "tessera/tools/tool_runner.hpp"

namespace tessera::openai {

using tools::tool_runner_options;

namespace detail {

// What tools::detail::tool_loop asks of a dialect.
struct conversing {
    template <class Request>
    static void offer(Request& request, const tools::toolbox& given) {
        request.tools.reset();  // services refuse an empty list
        if (!given.all().empty()) request.tools = definitions_of(given);
    }

    template <class Answer>
    static result<std::vector<tools::detail::called_tool>> calls_of(const Answer& answer) {
        if (answer.choices.empty())
            return error{error_kind::empty_answer, "the answer has no choice"};
        std::vector<tools::detail::called_tool> calls;
        if (const auto& called = answer.choices.front().message.tool_calls)
            for (const tool_call& each : *called)
                calls.push_back({each.id, each.function.name, each.function.arguments});
        return calls;
    }

    template <class Answer>
    static bool is_unfinished(const Answer&) {
        return false;
    }

    template <class Request, class Answer>
    static void add_answer(Request& request, const Answer& answer) {
        request.messages.push_back(to_message(answer.choices.front().message));
    }

    template <class Request>
    static void add_results(Request& request, std::vector<tools::detail::told_call> results) {
        for (tools::detail::told_call& each : results)
            request.messages.push_back(
                tool_result(std::move(each.id), std::move(each.answer.text)));
    }

    template <class Request>
    static void unforce(Request& request) {
        if (!request.tool_choice) return;
        const auto* mode = std::get_if<json::open_enum<tool_choice_mode>>(&*request.tool_choice);
        if (!mode || *mode == tool_choice_mode::required) request.tool_choice.reset();
    }
};

}  // namespace detail

/// tools::tool_runner over a resource of chats, such as client.chat.completions. Its answers need a
/// to_message(message) beside their type. Only the first choice counts.
template <class Completions, class Request>
class tool_runner : public tools::tool_runner<detail::conversing, Completions, Request> {
  public:
    using tools::tool_runner<detail::conversing, Completions, Request>::tool_runner;
};

/// The runner of a resource.
template <class Completions, class Request>
tool_runner(Completions, Request, tools::toolbox, tool_runner_options = {})
    -> tool_runner<Completions, Request>;

}  // namespace tessera::openai
