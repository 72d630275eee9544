#pragma once
// What chat and text completions share: tiers, finish reasons, timings, errors.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/cerebras/describe.hpp"
#include "tessera/openai/choices.hpp"

namespace tessera::cerebras {

/// Who goes first when many ask.
enum class service_tier {
    automatic,  ///< `auto`: the service chooses
    standard,   ///< `default`
    flex,       ///< behind the others
    priority    ///< before the others
};

template <std::same_as<service_tier> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ServiceTier", json::enumerator("auto", T::automatic),
                                json::enumerator("default", T::standard),
                                json::enumerator("flex", T::flex),
                                json::enumerator("priority", T::priority));
}

/// How much a model thinks before it answers.
enum class reasoning_effort {
    none,    ///< not at all
    low,     ///< a little
    medium,  ///< some
    high     ///< much
};

template <std::same_as<reasoning_effort> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "ReasoningEffort", json::enumerator("none", T::none), json::enumerator("low", T::low),
        json::enumerator("medium", T::medium), json::enumerator("high", T::high));
}

/// Where thoughts stand in an answer.
enum class reasoning_format {
    none,         ///< as the model's own default
    parsed,       ///< in `reasoning`, beside the content
    text_parsed,  ///< as `parsed`, but all tokens are in `logprobs`
    raw,          ///< in the content, with their marks
    hidden        ///< nowhere
};

template <std::same_as<reasoning_format> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "ReasoningFormat", json::enumerator("none", T::none), json::enumerator("parsed", T::parsed),
        json::enumerator("text_parsed", T::text_parsed), json::enumerator("raw", T::raw),
        json::enumerator("hidden", T::hidden));
}

using openai::finish_reason;

/// Why a text completion ended.
enum class completion_finish_reason {
    stop,           ///< it is complete, or met a stop sequence
    length,         ///< no tokens were left
    content_filter  ///< a filter cut it off
};

template <std::same_as<completion_finish_reason> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("CompletionFinishReason", json::enumerator("stop", T::stop),
                                json::enumerator("length", T::length),
                                json::enumerator("content_filter", T::content_filter));
}

/// What a chunk belongs to.
enum class chunk_object {
    chat_completion_chunk,  ///< `chat.completion.chunk`
    text_completion         ///< `text_completion`
};

template <std::same_as<chunk_object> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ChunkObject",
                                json::enumerator("chat.completion.chunk", T::chat_completion_chunk),
                                json::enumerator("text_completion", T::text_completion));
}

/// Seconds, measured by the service.
struct time_info {
    std::optional<double> queue_time{};       ///< waiting for a place
    std::optional<double> prompt_time{};      ///< reading the prompt
    std::optional<double> completion_time{};  ///< generating
    std::optional<double> total_time{};       ///< all of it
    json::value extra{};                      ///< members that have no name here
};

template <std::same_as<time_info> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TimeInfo", json::field("queue_time", &T::queue_time, json::or_null, json::min(0)),
        json::field("prompt_time", &T::prompt_time, json::or_null, json::min(0)),
        json::field("completion_time", &T::completion_time, json::or_null, json::min(0)),
        json::field("total_time", &T::total_time, json::or_null, json::min(0)),
        json::rest(&T::extra));
}

/// What an error says.
struct error_content {
    std::optional<std::string> message{};  ///< for people
    std::optional<std::string> type{};     ///< the kind of error
    std::optional<std::string> param{};    ///< the part of the request that is at fault
    std::optional<std::string> code{};     ///< a stable word
    std::optional<std::string> id{};       ///< of the request
    json::value extra{};                   ///< members that have no name here
};

template <std::same_as<error_content> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ErrorChunkContent", json::field("message", &T::message, json::or_null, json::defaults("")),
        json::field("type", &T::type, json::or_null, json::defaults("")),
        json::field("param", &T::param, json::or_null, json::defaults("")),
        json::field("code", &T::code, json::or_null, json::defaults("")),
        json::field("id", &T::id, json::or_null, json::defaults("")), json::rest(&T::extra));
}

/// An error after the first byte of a stream; the stream ends with it.
struct error_chunk {
    int status_code;      ///< the HTTP status that it would have been
    error_content error;  ///< what it says
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<error_chunk> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ErrorChunkResponse", json::field("status_code", &T::status_code),
                           json::field("error", &T::error), json::rest(&T::extra));
}

/// One thing that is wrong with a request.
struct validation_error {
    /// Where: member names and indices, beginning with "body", "path" or "query".
    std::vector<std::variant<std::string, std::int64_t>> loc;
    std::string msg;      ///< for people
    std::string type;     ///< a stable word, such as "missing"
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<validation_error> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ValidationError", json::field("loc", &T::loc),
                           json::field("msg", &T::msg), json::field("type", &T::type),
                           json::rest(&T::extra));
}

/// The body of a 422.
struct http_validation_error {
    std::optional<std::vector<validation_error>> detail{};  ///< every issue
    json::value extra{};                                    ///< members that have no name here
};

template <std::same_as<http_validation_error> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("HTTPValidationError", json::field("detail", &T::detail),
                           json::rest(&T::extra));
}

}  // namespace tessera::cerebras
