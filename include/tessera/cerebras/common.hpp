#pragma once
// What chat and text completions share: tiers, finish reasons, timings, errors.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/cerebras/describe.hpp"

namespace tessera::cerebras {

/// Who goes first when many ask.
enum class service_tier {
    automatic,  ///< `auto`: the service chooses
    standard,   ///< `default`
    flex,       ///< behind the others
    priority    ///< before the others
};

constexpr auto describe(json::type<service_tier>) {
    return json::enumeration<service_tier>("ServiceTier",
                                           json::enumerator("auto", service_tier::automatic),
                                           json::enumerator("default", service_tier::standard),
                                           json::enumerator("flex", service_tier::flex),
                                           json::enumerator("priority", service_tier::priority));
}

/// How much a model thinks before it answers.
enum class reasoning_effort {
    none,    ///< not at all
    low,     ///< a little
    medium,  ///< some
    high     ///< much
};

constexpr auto describe(json::type<reasoning_effort>) {
    return json::enumeration<reasoning_effort>("ReasoningEffort",
                                               json::enumerator("none", reasoning_effort::none),
                                               json::enumerator("low", reasoning_effort::low),
                                               json::enumerator("medium", reasoning_effort::medium),
                                               json::enumerator("high", reasoning_effort::high));
}

/// Where thoughts stand in an answer.
enum class reasoning_format {
    none,         ///< as the model's own default
    parsed,       ///< in `reasoning`, beside the content
    text_parsed,  ///< as `parsed`, but all tokens are in `logprobs`
    raw,          ///< in the content, with their marks
    hidden        ///< nowhere
};

constexpr auto describe(json::type<reasoning_format>) {
    return json::enumeration<reasoning_format>(
        "ReasoningFormat", json::enumerator("none", reasoning_format::none),
        json::enumerator("parsed", reasoning_format::parsed),
        json::enumerator("text_parsed", reasoning_format::text_parsed),
        json::enumerator("raw", reasoning_format::raw),
        json::enumerator("hidden", reasoning_format::hidden));
}

/// Why a choice of a chat ended.
enum class finish_reason {
    stop,            ///< it is complete, or met a stop sequence
    length,          ///< no tokens were left
    content_filter,  ///< a filter cut it off
    tool_calls       ///< tools are to be called
};

constexpr auto describe(json::type<finish_reason>) {
    return json::enumeration<finish_reason>(
        "FinishReason", json::enumerator("stop", finish_reason::stop),
        json::enumerator("length", finish_reason::length),
        json::enumerator("content_filter", finish_reason::content_filter),
        json::enumerator("tool_calls", finish_reason::tool_calls));
}

/// Why a text completion ended.
enum class completion_finish_reason {
    stop,           ///< it is complete, or met a stop sequence
    length,         ///< no tokens were left
    content_filter  ///< a filter cut it off
};

constexpr auto describe(json::type<completion_finish_reason>) {
    return json::enumeration<completion_finish_reason>(
        "CompletionFinishReason", json::enumerator("stop", completion_finish_reason::stop),
        json::enumerator("length", completion_finish_reason::length),
        json::enumerator("content_filter", completion_finish_reason::content_filter));
}

/// What a chunk belongs to.
enum class chunk_object {
    chat_completion_chunk,  ///< `chat.completion.chunk`
    text_completion         ///< `text_completion`
};

constexpr auto describe(json::type<chunk_object>) {
    return json::enumeration<chunk_object>(
        "ChunkObject",
        json::enumerator("chat.completion.chunk", chunk_object::chat_completion_chunk),
        json::enumerator("text_completion", chunk_object::text_completion));
}

/// Seconds, measured by the service.
struct time_info {
    std::optional<double> queue_time{};       ///< waiting for a place
    std::optional<double> prompt_time{};      ///< reading the prompt
    std::optional<double> completion_time{};  ///< generating
    std::optional<double> total_time{};       ///< all of it
    json::value extra{};                      ///< members that have no name here
};

constexpr auto describe(json::type<time_info>) {
    return json::object<time_info>(
        "TimeInfo", json::field("queue_time", &time_info::queue_time, json::or_null, json::min(0)),
        json::field("prompt_time", &time_info::prompt_time, json::or_null, json::min(0)),
        json::field("completion_time", &time_info::completion_time, json::or_null, json::min(0)),
        json::field("total_time", &time_info::total_time, json::or_null, json::min(0)),
        json::rest(&time_info::extra));
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

constexpr auto describe(json::type<error_content>) {
    return json::object<error_content>(
        "ErrorChunkContent",
        json::field("message", &error_content::message, json::or_null, json::defaults("")),
        json::field("type", &error_content::type, json::or_null, json::defaults("")),
        json::field("param", &error_content::param, json::or_null, json::defaults("")),
        json::field("code", &error_content::code, json::or_null, json::defaults("")),
        json::field("id", &error_content::id, json::or_null, json::defaults("")),
        json::rest(&error_content::extra));
}

/// An error after the first byte of a stream; the stream ends with it.
struct error_chunk {
    int status_code;      ///< the HTTP status that it would have been
    error_content error;  ///< what it says
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<error_chunk>) {
    return json::object<error_chunk>(
        "ErrorChunkResponse", json::field("status_code", &error_chunk::status_code),
        json::field("error", &error_chunk::error), json::rest(&error_chunk::extra));
}

/// One thing that is wrong with a request.
struct validation_error {
    /// Where: member names and indices, beginning with "body", "path" or "query".
    std::vector<std::variant<std::string, std::int64_t>> loc;
    std::string msg;      ///< for people
    std::string type;     ///< a stable word, such as "missing"
    json::value extra{};  ///< members that have no name here
};

constexpr auto describe(json::type<validation_error>) {
    return json::object<validation_error>(
        "ValidationError", json::field("loc", &validation_error::loc),
        json::field("msg", &validation_error::msg), json::field("type", &validation_error::type),
        json::rest(&validation_error::extra));
}

/// The body of a 422.
struct http_validation_error {
    std::optional<std::vector<validation_error>> detail{};  ///< every issue
    json::value extra{};                                    ///< members that have no name here
};

constexpr auto describe(json::type<http_validation_error>) {
    return json::object<http_validation_error>(
        "HTTPValidationError", json::field("detail", &http_validation_error::detail),
        json::rest(&http_validation_error::extra));
}

}  // namespace tessera::cerebras
