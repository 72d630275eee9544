#pragma once
// Conversations in which the model calls tools, in Anthropic's dialect.
//
//     tessera::anthropic::tool_runner runner(client.messages, request, {weather, clock});
//     const auto reply = runner.run();
#include <utility>
#include <variant>
#include <vector>

#include "tessera/anthropic/message.hpp"
#include "tessera/anthropic/toolbox.hpp"
#include "tessera/tools/tool_runner.hpp"

namespace tessera::anthropic {

using tools::tool_runner_options;

namespace detail {

// What tools::detail::tool_loop asks of a dialect.
struct conversing {
    using called_tool = tools::detail::called_tool;
    using told_call = tools::detail::told_call;

    static void offer(message_request& request, const tools::toolbox& given) {
        request.tools.reset();
        if (!given.all().empty()) request.tools = definitions_of(given);
    }
    static result<std::vector<called_tool>> calls_of(const message& answer) {
        std::vector<called_tool> calls;
        for (const content_block& each : answer.content)
            if (const auto* call = std::get_if<tool_use_block>(&each))
                calls.push_back({call->id, call->name, arguments_of(*call)});
        return calls;
    }
    static bool is_unfinished(const message& answer) {
        return answer.stop_reason && *answer.stop_reason == stop_reason::pause_turn;
    }
    // Services refuse a message that says nothing.
    static void add_answer(message_request& request, const message& answer) {
        input_message said = to_message(answer);
        if (!std::get<std::vector<input_block>>(said.content).empty())
            request.messages.push_back(std::move(said));
    }
    static void add_results(message_request& request, std::vector<told_call> results) {
        std::vector<input_block> blocks;
        for (told_call& each : results)
            blocks.emplace_back(tool_result(std::move(each.id), std::move(each.answer)));
        request.messages.push_back(user(std::move(blocks)));
    }
    static void unforce(message_request& request) {
        if (!request.tool_choice) return;
        tool_choice& choice = *request.tool_choice;
        if (choice.type != tool_choice_type::any && choice.type != tool_choice_type::tool) return;
        choice.type = tool_choice_type::automatic;
        choice.name.reset();
    }
};

}  // namespace detail

/// tools::tool_runner over a resource of messages, such as client.messages. The results of one
/// answer's calls are one message; of tools that failed they say so. An answer that pauses is gone
/// on with.
template <class Messages>
class tool_runner : public tools::tool_runner<detail::conversing, Messages, message_request> {
  public:
    using tools::tool_runner<detail::conversing, Messages, message_request>::tool_runner;
};

/// The runner of a resource.
template <class Messages>
tool_runner(Messages, message_request, tools::toolbox, tool_runner_options = {})
    -> tool_runner<Messages>;

}  // namespace tessera::anthropic
