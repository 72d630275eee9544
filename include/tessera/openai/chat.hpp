#pragma once
// OpenAI's chat completions: the request, the answer and its chunks, for the APIs that have them as
// they are.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/openai/choices.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/logprobs.hpp"
#include "tessera/openai/messages.hpp"
#include "tessera/openai/request_parts.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::openai {

/// A conversation to be answered. What a model or a service does not know it ignores or refuses.
struct chat_request {
    std::string model;                   ///< by the name that the service gives it
    std::vector<message> messages;       ///< the conversation so far, at least one message
    std::optional<json_object> audio{};  ///< voice and format, where `modalities` has "audio"
    std::optional<double> frequency_penalty{};  ///< -2 to 2: against tokens, by how often they were
    std::optional<openai::logit_bias> logit_bias{};  ///< added to the logits of single tokens
    std::optional<bool> logprobs{};                  ///< whether the answer has log probabilities
    std::optional<std::int64_t>
        max_completion_tokens{};               ///< of the answer at most, thoughts included
    std::optional<std::int64_t> max_tokens{};  ///< its older name
    std::optional<std::map<std::string, std::string>> metadata{};  ///< kept with what is stored
    std::optional<std::vector<std::string>> modalities{};          ///< "text", "audio"
    std::optional<std::int64_t> n{};                               ///< choices; 1 when absent
    std::optional<bool> parallel_tool_calls{};       ///< false: one call at most; true when absent
    std::optional<openai::prediction> prediction{};  ///< text that is expected in the answer
    std::optional<double> presence_penalty{};  ///< -2 to 2: against tokens that are there already
    std::optional<std::string> prompt_cache_key{};  ///< requests with one key share what is cached
    std::optional<std::string> prompt_cache_retention{};  ///< "in_memory", "24h"
    /// How much the model thinks first: "none", "minimal", "low", "medium", "high", "xhigh".
    std::optional<std::string> reasoning_effort{};
    /// Text, any JSON object, or JSON by a schema.
    std::optional<openai::response_format> response_format{};
    std::optional<std::string> safety_identifier{};  ///< of your user, for the service's policies
    std::optional<std::int64_t> seed{};         ///< the same seed and request give the same answer
    std::optional<std::string> service_tier{};  ///< "auto", "default", "flex", "scale", "priority"
    std::optional<openai::stop_sequences> stop{};  ///< up to four sequences that end the answer
    std::optional<bool> store{};                   ///< whether the service keeps the answer
    /// Set by the client: `create` asks for one answer, `stream` for chunks.
    std::optional<bool> stream{};
    std::optional<openai::stream_options>
        stream_options{};                 ///< what a stream tells beside its text
    std::optional<double> temperature{};  ///< 0 to 2; 0 always takes the likeliest token
    /// Whether it must, may or may not call tools, or which one it must.
    std::optional<openai::tool_choice> tool_choice{};
    std::optional<std::vector<openai::tool>> tools{};  ///< functions that the model may call
    std::optional<int> top_logprobs{};  ///< 0 to 20: likely tokens told beside each one
    std::optional<double> top_p{};  ///< 0 to 1: only the likeliest tokens that make up this share
    std::optional<std::string> user{};                ///< an identifier of your user
    std::optional<std::string> verbosity{};           ///< "low", "medium", "high"
    std::optional<json_object> web_search_options{};  ///< for models that search
    json::value extra{};                              ///< members that have no name here
};

template <std::same_as<chat_request> T>
constexpr auto describe(json::type<T>) {
    using r = T;
    return json::object<r>(
        "ChatCompletionRequest", json::field("model", &r::model),
        json::field("messages", &r::messages, json::items(1)),
        json::field("audio", &r::audio, json::or_null),
        json::field("frequency_penalty", &r::frequency_penalty, json::or_null,
                    json::range(-2.0, 2.0)),
        json::field("logit_bias", &r::logit_bias, json::or_null),
        json::field("logprobs", &r::logprobs, json::or_null),
        json::field("max_completion_tokens", &r::max_completion_tokens, json::or_null,
                    json::min(1)),
        json::field("max_tokens", &r::max_tokens, json::or_null, json::min(1)),
        json::field("metadata", &r::metadata, json::or_null),
        json::field("modalities", &r::modalities, json::or_null),
        json::field("n", &r::n, json::or_null, json::min(1)),
        json::field("parallel_tool_calls", &r::parallel_tool_calls, json::or_null),
        json::field("prediction", &r::prediction, json::or_null),
        json::field("presence_penalty", &r::presence_penalty, json::or_null,
                    json::range(-2.0, 2.0)),
        json::field("prompt_cache_key", &r::prompt_cache_key, json::or_null),
        json::field("prompt_cache_retention", &r::prompt_cache_retention, json::or_null),
        json::field("reasoning_effort", &r::reasoning_effort, json::or_null),
        json::field("response_format", &r::response_format, json::or_null),
        json::field("safety_identifier", &r::safety_identifier, json::or_null),
        json::field("seed", &r::seed, json::or_null),
        json::field("service_tier", &r::service_tier, json::or_null),
        json::field("stop", &r::stop, json::or_null, json::items(0, 4)),
        json::field("store", &r::store, json::or_null),
        json::field("stream", &r::stream, json::or_null, json::defaults(false)),
        json::field("stream_options", &r::stream_options, json::or_null),
        json::field("temperature", &r::temperature, json::or_null, json::range(0.0, 2.0)),
        json::field("tool_choice", &r::tool_choice, json::or_null),
        json::field("tools", &r::tools, json::or_null),
        json::field("top_logprobs", &r::top_logprobs, json::or_null, json::range(0, 20)),
        json::field("top_p", &r::top_p, json::or_null, json::range(0.0, 1.0)),
        json::field("user", &r::user, json::or_null),
        json::field("verbosity", &r::verbosity, json::or_null),
        json::field("web_search_options", &r::web_search_options, json::or_null),
        json::rest(&r::extra));
}

/// What the model said.
struct chat_response_message {
    std::optional<std::string> content{};                          ///< its text
    std::optional<std::string> refusal{};                          ///< why it does not answer
    std::optional<std::vector<tool_call>> tool_calls{};            ///< what it calls
    json::open_enum<openai::role> role = openai::role::assistant;  ///< assistant
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<chat_response_message> T>
constexpr auto describe(json::type<T>) {
    // Null where the model only calls tools: clients look for it.
    return json::object<T>(
        "ChatCompletionResponseMessage",
        json::field("content", &T::content, json::required, json::of_known_kinds, json::or_null),
        json::field("refusal", &T::refusal, json::or_null),
        json::field("tool_calls", &T::tool_calls, json::or_null), json::field("role", &T::role),
        json::rest(&T::extra));
}

/// What the model said, as a message of the next request.
inline assistant_message to_message(const chat_response_message& said) {
    assistant_message made;
    if (said.content) made.content = text_only_content(*said.content);
    if (said.tool_calls && !said.tool_calls->empty()) made.tool_calls = said.tool_calls;
    return made;
}

/// One of the `n` answers.
struct chat_choice {
    json::open_enum<openai::finish_reason> finish_reason;  ///< why it ended
    std::int64_t index;                                    ///< the choice's number
    std::optional<chat_logprobs> logprobs{};               ///< of the tokens
    chat_response_message message;                         ///< what was said
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<chat_choice> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatCompletionChoice", json::field("finish_reason", &T::finish_reason),
                           json::field("index", &T::index),
                           json::field("logprobs", &T::logprobs, json::or_null),
                           json::field("message", &T::message), json::rest(&T::extra));
}

/// A whole answer.
struct chat_response {
    std::string id;                                   ///< of the answer
    std::vector<chat_choice> choices;                 ///< `n` of them
    std::int64_t created;                             ///< Unix seconds
    std::string model;                                ///< the model's name
    std::string object{};                             ///< "chat.completion"
    std::optional<std::string> service_tier{};        ///< the one that was used
    std::optional<std::string> system_fingerprint{};  ///< of the model and its settings
    std::optional<openai::usage> usage{};             ///< tokens
    json::value extra{};                              ///< members that have no name here

    /// The text of the first choice; empty when it has none.
    std::string_view text() const {
        if (choices.empty() || !choices.front().message.content) return {};
        return *choices.front().message.content;
    }
};

template <std::same_as<chat_response> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatCompletion", json::field("id", &T::id),
                           json::field("choices", &T::choices), json::field("created", &T::created),
                           json::field("model", &T::model),
                           json::field("object", &T::object, json::constant("chat.completion")),
                           json::field("service_tier", &T::service_tier, json::or_null),
                           json::field("system_fingerprint", &T::system_fingerprint, json::or_null),
                           json::field("usage", &T::usage, json::or_null), json::rest(&T::extra));
}

/// What a chunk adds to the message of its choice.
struct message_delta {
    std::optional<std::string> content{};                      ///< more of the text
    std::optional<std::string> refusal{};                      ///< more of the refusal
    std::optional<std::vector<tool_call_delta>> tool_calls{};  ///< more of the calls
    std::optional<json::open_enum<openai::role>> role{};       ///< in the first chunk
    json::value extra{};                                       ///< members that have no name here
};

template <std::same_as<message_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatCompletionChunkDelta",
                           json::field("content", &T::content, json::or_null),
                           json::field("refusal", &T::refusal, json::or_null),
                           json::field("tool_calls", &T::tool_calls, json::or_null),
                           json::field("role", &T::role, json::or_null), json::rest(&T::extra));
}

/// What a chunk brings for one choice.
struct chat_chunk_choice {
    std::optional<message_delta> delta{};  ///< what it adds to the message
    /// In the last chunk of the choice.
    std::optional<json::open_enum<openai::finish_reason>> finish_reason{};
    std::int64_t index;                       ///< the choice's number
    std::optional<chat_logprobs> logprobs{};  ///< of the new tokens
    json::value extra{};                      ///< members that have no name here
};

template <std::same_as<chat_chunk_choice> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ChatCompletionChunkChoice", json::field("delta", &T::delta, json::or_null),
        json::field("finish_reason", &T::finish_reason, json::or_null),
        json::field("index", &T::index), json::field("logprobs", &T::logprobs, json::or_null),
        json::rest(&T::extra));
}

/// One event of a streamed answer.
struct chat_chunk {
    std::string id;                                   ///< of the answer
    std::vector<chat_chunk_choice> choices;           ///< what it brings, for some of them
    std::int64_t created;                             ///< Unix seconds
    std::string model;                                ///< the model's name
    std::string object{};                             ///< "chat.completion.chunk"
    std::optional<std::string> service_tier{};        ///< the one that was used
    std::optional<std::string> system_fingerprint{};  ///< of the model and its settings
    std::optional<openai::usage> usage{};             ///< in the last chunk, where it was asked for
    json::value extra{};                              ///< members that have no name here

    /// What this chunk adds to the text of choice 0; empty when it adds nothing.
    std::string_view text() const { return text_of_choice(choices, 0); }
};

template <std::same_as<chat_chunk> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ChatCompletionChunk", json::field("id", &T::id), json::field("choices", &T::choices),
        json::field("created", &T::created), json::field("model", &T::model),
        json::field("object", &T::object, json::constant("chat.completion.chunk")),
        json::field("service_tier", &T::service_tier, json::or_null),
        json::field("system_fingerprint", &T::system_fingerprint, json::or_null),
        json::field("usage", &T::usage, json::or_null), json::rest(&T::extra));
}

}  // namespace tessera::openai
