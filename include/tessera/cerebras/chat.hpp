#pragma once
// POST /v1/chat/completions: the request, the answer and its chunks.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/cerebras/common.hpp"
#include "tessera/cerebras/describe.hpp"
#include "tessera/openai/logprobs.hpp"
#include "tessera/openai/messages.hpp"
#include "tessera/openai/request_parts.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::cerebras {

/// The body of POST /v1/chat/completions.
struct chat_request {
    std::string model;  ///< of the catalogue: client.models.list()
    /// Set by the client: `create` asks for one answer, `stream` for chunks.
    std::optional<bool> stream{};
    std::vector<openai::message> messages;  ///< the conversation so far, at least one message
    /// -2 to 2: against tokens, by how often they are there already.
    std::optional<double> frequency_penalty{};
    std::optional<openai::logit_bias> logit_bias{};  ///< added to the logits of single tokens
    std::optional<bool> logprobs{};                  ///< whether the answer has log probabilities
    /// 0 to 20: likely tokens told beside each one; needs `logprobs`.
    std::optional<int> top_logprobs{};
    /// Of the answer at most; -1 or absent: to the end of the context.
    std::optional<std::int64_t> max_tokens{};
    std::optional<std::int64_t> max_completion_tokens{};  ///< another name of `max_tokens`
    /// Neither an end token nor a stop sequence ends the answer before that many; -1: all there is
    /// room for.
    std::optional<std::int64_t> min_tokens{};
    std::optional<std::int64_t> min_completion_tokens{};  ///< another name of `min_tokens`
    std::optional<std::int64_t> n{};                      ///< choices; 1 when absent
    std::optional<double> presence_penalty{};  ///< -2 to 2: against tokens that are there already
    /// How much the model thinks first.
    std::optional<json::open_enum<cerebras::reasoning_effort>> reasoning_effort{};
    std::optional<bool> disable_reasoning{};  ///< true is effort `none`
    /// True leaves thoughts of earlier turns out of the prompt.
    std::optional<bool> clear_thinking{};
    /// Where thoughts stand in the answer.
    std::optional<json::open_enum<cerebras::reasoning_format>> reasoning_format{};
    /// Text, any JSON object, or JSON by a schema.
    std::optional<openai::response_format> response_format{};
    std::optional<std::int64_t> seed{};  ///< the same seed and request give the same answer
    /// Who goes first when many ask.
    std::optional<json::open_enum<cerebras::service_tier>> service_tier{};
    std::optional<openai::stop_sequences> stop{};  ///< up to four sequences that end the answer
    /// What a stream tells beside its text.
    std::optional<openai::stream_options> stream_options{};
    /// 0 to 2; 1 when absent, 0 always takes the likeliest token.
    std::optional<double> temperature{};
    std::optional<double> top_p{};  ///< 0 to 1: only the likeliest tokens that make up this share
    /// Up to 128 functions that the model may call.
    std::optional<std::vector<openai::tool>> tools{};
    /// Whether it must, may or may not call them, or which one it must.
    std::optional<openai::tool_choice> tool_choice{};
    std::optional<bool> parallel_tool_calls{};  ///< false: one call at most; true when absent
    std::optional<std::string> user{};          ///< an identifier of your user
    /// Text that is expected in the answer, which speeds it up.
    std::optional<openai::prediction> prediction{};
    /// Requests with one key share what is cached of their prompts.
    std::optional<std::string> prompt_cache_key{};
};

template <std::same_as<chat_request> T>
constexpr auto describe(json::type<T>) {
    using r = T;
    return json::object<r>(
        "ChatCompletionRequest", json::closed, json::field("model", &r::model),
        json::field("stream", &r::stream, json::or_null, json::defaults(false)),
        json::field("messages", &r::messages, json::items(1)),
        json::field("frequency_penalty", &r::frequency_penalty, json::or_null,
                    json::range(-2.0, 2.0), json::defaults(0.0)),
        json::field("logit_bias", &r::logit_bias, json::or_null),
        json::field("logprobs", &r::logprobs, json::or_null, json::defaults(false)),
        json::field("top_logprobs", &r::top_logprobs, json::or_null, json::range(0, 20)),
        json::field("max_tokens", &r::max_tokens, json::or_null),
        json::field("max_completion_tokens", &r::max_completion_tokens, json::or_null),
        json::field("min_tokens", &r::min_tokens, json::or_null),
        json::field("min_completion_tokens", &r::min_completion_tokens, json::or_null),
        json::field("n", &r::n, json::or_null, json::defaults(1)),
        json::field("presence_penalty", &r::presence_penalty, json::or_null, json::range(-2.0, 2.0),
                    json::defaults(0.0)),
        json::field("reasoning_effort", &r::reasoning_effort, json::or_null),
        json::field("disable_reasoning", &r::disable_reasoning, json::or_null),
        json::field("clear_thinking", &r::clear_thinking, json::or_null),
        json::field("reasoning_format", &r::reasoning_format, json::defaults("none")),
        json::field("response_format", &r::response_format, json::or_null),
        json::field("seed", &r::seed, json::or_null),
        json::field("service_tier", &r::service_tier, json::or_null),
        json::field("stop", &r::stop, json::or_null, json::items(0, 4)),
        json::field("stream_options", &r::stream_options, json::or_null),
        json::field("temperature", &r::temperature, json::or_null, json::range(0.0, 2.0),
                    json::defaults(1.0)),
        json::field("top_p", &r::top_p, json::or_null, json::range(0.0, 1.0), json::defaults(1.0)),
        json::field("tools", &r::tools, json::or_null),
        json::field("tool_choice", &r::tool_choice, json::or_null),
        json::field("parallel_tool_calls", &r::parallel_tool_calls, json::or_null,
                    json::defaults(true)),
        json::field("user", &r::user, json::or_null),
        json::field("prediction", &r::prediction, json::or_null),
        json::field("prompt_cache_key", &r::prompt_cache_key, json::or_null,
                    json::length(0, 1024)));
}

/// What the model said.
struct chat_response_message {
    std::optional<std::string> content{};    ///< its text
    std::optional<std::string> reasoning{};  ///< its thoughts, where the format shows them apart
    std::optional<std::vector<openai::tool_call>> tool_calls{};  ///< what it calls
    json::open_enum<openai::role> role;                          ///< assistant
    json::value extra{};                                         ///< members that have no name here
};

template <std::same_as<chat_response_message> T>
constexpr auto describe(json::type<T>) {
    using m = T;
    return json::object<m>("ChatCompletionResponseMessage",
                           json::field("content", &m::content, json::or_null),
                           json::field("reasoning", &m::reasoning, json::or_null),
                           json::field("tool_calls", &m::tool_calls, json::or_null),
                           json::field("role", &m::role), json::rest(&m::extra));
}

/// What the model said, as a message of the next request.
inline openai::assistant_message to_message(const chat_response_message& said) {
    openai::assistant_message message;
    if (said.content) message.content = openai::text_only_content(*said.content);
    if (said.reasoning) message.reasoning = openai::text_only_content(*said.reasoning);
    if (said.tool_calls && !said.tool_calls->empty()) message.tool_calls = said.tool_calls;
    return message;
}

/// One of the `n` answers.
struct chat_choice {
    json::open_enum<cerebras::finish_reason> finish_reason;     ///< why it ended
    std::int64_t index;                                         ///< the choice's number
    chat_response_message message;                              ///< what was said
    std::optional<openai::chat_logprobs> logprobs{};            ///< of the tokens of the content
    std::optional<openai::chat_logprobs> reasoning_logprobs{};  ///< of the tokens of thoughts
    json::value extra{};                                        ///< members that have no name here
};

template <std::same_as<chat_choice> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>("ChatCompletionChoice", json::field("finish_reason", &c::finish_reason),
                           json::field("index", &c::index), json::field("message", &c::message),
                           json::field("logprobs", &c::logprobs, json::or_null),
                           json::field("reasoning_logprobs", &c::reasoning_logprobs, json::or_null),
                           json::rest(&c::extra));
}

/// The answer of client.chat.completions.create().
struct chat_response {
    std::string id;                    ///< of the answer
    std::vector<chat_choice> choices;  ///< `n` of them
    /// Unix seconds.
    std::int64_t created;
    std::string model;                          ///< the model's name
    std::optional<std::string> service_tier{};  ///< the one that was used
    std::string system_fingerprint;             ///< of the model and its settings
    std::string object{};                       ///< "chat.completion"
    openai::usage usage;                        ///< tokens
    cerebras::time_info time_info;              ///< where the time went
    json::value extra{};                        ///< members that have no name here

    /// The text of the first choice; empty when it has none.
    std::string_view text() const {
        if (choices.empty() || !choices.front().message.content) return {};
        return *choices.front().message.content;
    }
};

template <std::same_as<chat_response> T>
constexpr auto describe(json::type<T>) {
    using r = T;
    return json::object<r>("ChatCompletionResponse", json::field("id", &r::id),
                           json::field("choices", &r::choices, json::items(1)),
                           json::field("created", &r::created), json::field("model", &r::model),
                           json::field("service_tier", &r::service_tier, json::or_null),
                           json::field("system_fingerprint", &r::system_fingerprint),
                           json::field("object", &r::object, json::constant("chat.completion")),
                           json::field("usage", &r::usage), json::field("time_info", &r::time_info),
                           json::rest(&r::extra));
}

/// What a chunk adds to the message of its choice.
struct message_delta {
    std::optional<std::string> content{};                              ///< more of the text
    std::optional<std::string> reasoning{};                            ///< more of the thoughts
    std::optional<std::vector<openai::tool_call_delta>> tool_calls{};  ///< more of the calls
    std::optional<json::open_enum<openai::role>> role{};               ///< in the first chunk
    std::optional<std::vector<int>> tokens{};                          ///< the token ids
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<message_delta> T>
constexpr auto describe(json::type<T>) {
    using d = T;
    return json::object<d>("ChunkResponseMessage",
                           json::field("content", &d::content, json::or_null),
                           json::field("reasoning", &d::reasoning, json::or_null),
                           json::field("tool_calls", &d::tool_calls, json::or_null),
                           json::field("role", &d::role, json::or_null),
                           json::field("tokens", &d::tokens, json::or_null), json::rest(&d::extra));
}

/// What a chunk brings for one choice.
struct chat_chunk_choice {
    std::optional<message_delta> delta{};  ///< what it adds to the message
    /// In the last chunk of the choice.
    std::optional<json::open_enum<cerebras::finish_reason>> finish_reason{};
    std::int64_t index;                                         ///< the choice's number
    std::optional<openai::chat_logprobs> logprobs{};            ///< of the tokens of the content
    std::optional<openai::chat_logprobs> reasoning_logprobs{};  ///< of the tokens of thoughts
    std::optional<std::vector<int>> tokens{};                   ///< the token ids
    std::optional<std::string> text{};                          ///< unused by chats
    json::value extra{};                                        ///< members that have no name here
};

template <std::same_as<chat_chunk_choice> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>("ChatChunkChoice", json::field("delta", &c::delta, json::or_null),
                           json::field("finish_reason", &c::finish_reason, json::or_null),
                           json::field("index", &c::index),
                           json::field("logprobs", &c::logprobs, json::or_null),
                           json::field("reasoning_logprobs", &c::reasoning_logprobs, json::or_null),
                           json::field("tokens", &c::tokens, json::or_null),
                           json::field("text", &c::text, json::or_null), json::rest(&c::extra));
}

/// One event of client.chat.completions.stream().
struct chat_chunk {
    std::string id;                                           ///< of the answer
    std::optional<std::vector<chat_chunk_choice>> choices{};  ///< what it brings, for some of them
    std::int64_t created;                                     ///< Unix seconds
    std::string model;                                        ///< the model's name
    std::optional<std::string> service_tier{};                ///< the one that was used
    std::string system_fingerprint;                           ///< of the model and its settings
    /// The kind of chunk.
    json::open_enum<chunk_object> object = chunk_object::chat_completion_chunk;
    /// The last chunk carries usage and time_info.
    std::optional<openai::usage> usage{};
    std::optional<cerebras::time_info> time_info{};  ///< where the time went; in the last chunk
    json::value extra{};                             ///< members that have no name here

    /// What this chunk adds to the text of choice 0; empty when it adds nothing.
    std::string_view text() const {
        return choices ? openai::text_of_choice(*choices, 0) : std::string_view();
    }
};

template <std::same_as<chat_chunk> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>(
        "ChatChunkResponse", json::field("id", &c::id),
        json::field("choices", &c::choices, json::or_null), json::field("created", &c::created),
        json::field("model", &c::model),
        json::field("service_tier", &c::service_tier, json::or_null),
        json::field("system_fingerprint", &c::system_fingerprint),
        json::field("object", &c::object), json::field("usage", &c::usage, json::or_null),
        json::field("time_info", &c::time_info, json::or_null), json::rest(&c::extra));
}

/// The body of a 200: one answer, a chunk of a stream, or an error inside a stream.
using create_chat_response = std::variant<chat_response, chat_chunk, error_chunk>;

}  // namespace tessera::cerebras
