#pragma once
// The chunks of a function's streamed chat completion. Requests and whole answers are OpenAI's own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/cerebrium/describe.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::cerebrium {

/// What a chunk brings for one choice. The new text stands in `text`, in `delta`, or in both.
struct chat_chunk_choice {
    std::optional<openai::message_delta> delta{};  ///< what it adds, in OpenAI's form
    /// Functions may say `stop` in every chunk: it is no end.
    std::optional<json::open_enum<openai::finish_reason>> finish_reason{};
    std::int64_t index;                                ///< the choice's number
    json::nullable<openai::chat_logprobs> logprobs{};  ///< of the new tokens
    std::optional<std::string> text{};                 ///< what it adds, in the documented form
    json::value extra{};                               ///< members that have no name here
};

template <std::same_as<chat_chunk_choice> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatCompletionChunkChoice",
                           json::field("delta", &T::delta, json::or_null),
                           json::field("finish_reason", &T::finish_reason, json::or_null),
                           json::field("index", &T::index),
                           json::field("logprobs", &T::logprobs, json::defaults(nullptr)),
                           json::field("text", &T::text), json::rest(&T::extra));
}

/// One event of chat.completions.stream(): in the form that functions are documented to have, or in
/// OpenAI's.
struct chat_chunk {
    std::string id;                                   ///< the run's
    std::vector<chat_chunk_choice> choices;           ///< what it brings
    std::int64_t created;                             ///< Unix seconds
    std::string model;                                ///< what the function says
    std::string object{};                             ///< "chat.completion"
    std::optional<std::string> service_tier{};        ///< the one that was used
    std::optional<std::string> system_fingerprint{};  ///< of the model
    std::optional<openai::usage> usage{};             ///< tokens
    json::value extra{};                              ///< members that have no name here

    /// What this chunk adds to the text of choice 0, in either form; empty when it adds nothing.
    std::string_view text() const { return openai::text_of_choice(choices, 0); }
};

template <std::same_as<chat_chunk> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ChatCompletionChunk", json::field("id", &T::id),
                           json::field("choices", &T::choices), json::field("created", &T::created),
                           json::field("model", &T::model),
                           json::field("object", &T::object, json::constant("chat.completion")),
                           json::field("service_tier", &T::service_tier, json::or_null),
                           json::field("system_fingerprint", &T::system_fingerprint, json::or_null),
                           json::field("usage", &T::usage, json::or_null), json::rest(&T::extra));
}

}  // namespace tessera::cerebrium
