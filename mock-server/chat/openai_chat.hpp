#pragma once
// Chats of the APIs that spell them as OpenAI does: from their requests to tasks, and from what a
// model says to their messages and deltas.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "chat/conversation.hpp"
#include "chat/reply.hpp"
#include "chat/sampling.hpp"

namespace tessera::server {

/// All of a request that the APIs have alike. The messages and the form are moved out of it.
template <class Request>
chat_task read_chat(Request& request, const model_card& card, issue_list& issues) {
    chat_task made;
    sampling& how = made.how;
    read_sampling(request, card, how, issues);
    token_count least{"min_tokens", std::nullopt};
    if constexpr (requires { request.min_completion_tokens; })
        least = {"min_completion_tokens", request.min_completion_tokens, "min_tokens",
                 request.min_tokens};
    read_token_counts(
        {"max_completion_tokens", request.max_completion_tokens, "max_tokens", request.max_tokens},
        least, how, issues);
    if (request.logprobs.value_or(false))
        how.top_logprobs = request.top_logprobs.value_or(0);
    else if (request.top_logprobs)
        wrong(issues, {"top_logprobs"}, "value_error", "requires logprobs to be true");
    made.choices = read_choices(request.n, "n", issues);
    read_tools({.tools = request.tools ? &*request.tools : nullptr,
                .choice = request.tool_choice ? &*request.tool_choice : nullptr,
                .parallel = request.parallel_tool_calls.value_or(true)},
               made, issues);
    made.form = std::move(request.response_format);
    if (request.prediction) made.prediction = openai::text_of(request.prediction->content);
    made.messages = std::move(request.messages);
    return made;
}

/// The id that a model gave a call; without one, a new one.
inline std::string call_id(std::string given, id_source& ids) {
    return given.empty() ? ids.make("call_") : given;
}

namespace detail {
// Where an API has no member for thoughts, they are one that it has no name for.
template <class To>
void put_thoughts(To& to, std::string thoughts) {
    if constexpr (requires { to.reasoning; })
        to.reasoning = std::move(thoughts);
    else
        to.extra = {{"reasoning", std::move(thoughts)}};
}
}  // namespace detail

/// What a whole answer says in one of its choices.
template <class Message>
Message message_of(said_choice& from, id_source& ids) {
    Message made;
    made.role = openai::role::assistant;
    made.content = std::move(from.content);
    if (from.thoughts) detail::put_thoughts(made, *std::move(from.thoughts));
    if (from.calls.empty()) {
        if (!made.content) made.content.emplace();
        return made;
    }
    auto& calls = made.tool_calls.emplace();
    for (answer_delta::call& each : from.calls)
        calls.push_back(
            {.id = call_id(std::move(each.id), ids),
             .function = {.name = std::move(each.name), .arguments = std::move(each.arguments)}});
    return made;
}

/// What a chunk adds to one of its choices.
template <class Delta>
Delta delta_of(answer_delta& more, id_source& ids) {
    Delta made;
    if (!more.content.empty()) made.content = std::move(more.content);
    if (!more.thoughts.empty()) detail::put_thoughts(made, std::move(more.thoughts));
    if (more.calls.empty()) return made;
    auto& calls = made.tool_calls.emplace();
    for (answer_delta::call& each : more.calls) {
        openai::tool_call_delta& call = calls.emplace_back();
        call.index = static_cast<std::int64_t>(each.index);
        call.function.arguments = std::move(each.arguments);
        if (each.name.empty()) continue;
        call.id = call_id(std::move(each.id), ids);
        call.function.name = std::move(each.name);
    }
    return made;
}

}  // namespace tessera::server
