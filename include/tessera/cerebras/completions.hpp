#pragma once
// POST /v1/completions: the request, the answer and its chunks.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/common.hpp"
#include "tessera/cerebras/describe.hpp"
#include "tessera/openai/request_parts.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::cerebras {

/// One text, several texts, one sequence of token ids, or several.
using prompt = std::variant<std::string, std::vector<std::string>, std::vector<int>,
                            std::vector<std::vector<int>>>;

/// The body of POST /v1/completions.
struct completion_request {
    std::string model;  ///< of the catalogue: client.models.list()
    /// Set by the client: `create` asks for one answer, `stream` for chunks.
    std::optional<bool> stream{};
    cerebras::prompt prompt;  ///< the text that goes on
    /// Generates so many and keeps the `n` likeliest; not for streams.
    std::optional<std::int64_t> best_of{};
    std::optional<bool> return_raw_tokens{};  ///< whether the answer has token ids instead of text
    std::optional<bool> echo{};               ///< whether the prompt stands before the answer
    /// -2 to 2: against tokens, by how often they are there already.
    std::optional<double> frequency_penalty{};
    std::optional<openai::logit_bias> logit_bias{};  ///< added to the logits of single tokens
    std::optional<int> logprobs{};  ///< likely tokens told beside each one; absent: none
    /// Of the answer at most; -1 or absent: to the end of the context.
    std::optional<std::int64_t> max_tokens{};
    /// Neither an end token nor a stop sequence ends the answer before that many; -1: all there is
    /// room for.
    std::optional<std::int64_t> min_tokens{};
    std::optional<std::string> grammar_root{};  ///< a grammar in GBNF that the answer follows
    std::optional<std::int64_t> n{};            ///< choices; 1 when absent
    std::optional<double> presence_penalty{};   ///< -2 to 2: against tokens that are there already
    std::optional<std::int64_t> seed{};         ///< the same seed and request give the same answer
    std::optional<openai::stop_sequences> stop{};  ///< up to four sequences that end the answer
    /// What a stream tells beside its text.
    std::optional<openai::stream_options> stream_options{};
    std::optional<std::string> suffix{};  ///< text behind the gap; the service refuses it
    /// 0 to 2; 1 when absent, 0 always takes the likeliest token.
    std::optional<double> temperature{};
    std::optional<double> top_p{};  ///< 0 to 1: only the likeliest tokens that make up this share
    std::optional<std::string> user{};  ///< an identifier of your user
    /// Requests with one key share what is cached of their prompts.
    std::optional<std::string> prompt_cache_key{};
    /// Where thoughts stand in the answer.
    std::optional<json::open_enum<cerebras::reasoning_format>> reasoning_format{};
};

template <std::same_as<completion_request> T>
constexpr auto describe(json::type<T>) {
    using r = T;
    return json::object<r>(
        "CompletionRequest", json::closed, json::field("model", &r::model),
        json::field("stream", &r::stream, json::or_null, json::defaults(false)),
        json::field("prompt", &r::prompt),
        json::field("best_of", &r::best_of, json::or_null, json::range(0, 20), json::defaults(1)),
        json::field("return_raw_tokens", &r::return_raw_tokens, json::or_null,
                    json::defaults(false)),
        json::field("echo", &r::echo, json::or_null, json::defaults(false)),
        json::field("frequency_penalty", &r::frequency_penalty, json::or_null,
                    json::range(-2.0, 2.0), json::defaults(0.0)),
        json::field("logit_bias", &r::logit_bias, json::or_null),
        json::field("logprobs", &r::logprobs, json::or_null, json::range(0, 20)),
        json::field("max_tokens", &r::max_tokens, json::or_null),
        json::field("min_tokens", &r::min_tokens, json::or_null),
        json::field("grammar_root", &r::grammar_root, json::or_null),
        json::field("n", &r::n, json::or_null, json::defaults(1)),
        json::field("presence_penalty", &r::presence_penalty, json::or_null, json::range(-2.0, 2.0),
                    json::defaults(0.0)),
        json::field("seed", &r::seed, json::or_null),
        json::field("stop", &r::stop, json::or_null, json::items(0, 4)),
        json::field("stream_options", &r::stream_options, json::or_null),
        json::field("suffix", &r::suffix, json::or_null),
        json::field("temperature", &r::temperature, json::or_null, json::range(0.0, 2.0),
                    json::defaults(1.0)),
        json::field("top_p", &r::top_p, json::or_null, json::range(0.0, 1.0), json::defaults(1.0)),
        json::field("user", &r::user, json::or_null),
        json::field("prompt_cache_key", &r::prompt_cache_key, json::or_null, json::length(0, 1024)),
        json::field("reasoning_format", &r::reasoning_format, json::or_null, json::deprecated));
}

/// Parallel lists, an entry a token.
struct completion_logprobs {
    /// Where the token begins, in characters.
    std::optional<std::vector<std::int64_t>> text_offset{};
    /// Its log probability; null where there is none.
    std::optional<std::vector<json::nullable<double>>> token_logprobs{};
    std::optional<std::vector<std::string>> tokens{};  ///< its text
    /// Likely tokens in its place.
    std::optional<std::vector<json::nullable<std::map<std::string, double>>>> top_logprobs{};
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<completion_logprobs> T>
constexpr auto describe(json::type<T>) {
    using l = T;
    return json::object<l>(
        "CompletionLogProbs", json::field("text_offset", &l::text_offset, json::or_null),
        json::field("token_logprobs", &l::token_logprobs, json::or_null),
        json::field("tokens", &l::tokens, json::or_null),
        json::field("top_logprobs", &l::top_logprobs, json::or_null), json::rest(&l::extra));
}

/// One of the completions.
struct completion_choice {
    std::optional<json::open_enum<completion_finish_reason>> finish_reason{};  ///< why it ended
    std::int64_t index;                             ///< the choice's number
    std::optional<std::string> text{};              ///< what goes on
    std::optional<std::vector<int>> tokens{};       ///< the token ids, where they were asked for
    std::optional<completion_logprobs> logprobs{};  ///< of its tokens
    json::value extra{};                            ///< members that have no name here
};

template <std::same_as<completion_choice> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>(
        "CompletionChoice", json::field("finish_reason", &c::finish_reason, json::or_null),
        json::field("index", &c::index), json::field("text", &c::text, json::or_null),
        json::field("tokens", &c::tokens, json::or_null),
        json::field("logprobs", &c::logprobs, json::or_null), json::rest(&c::extra));
}

/// The answer of client.completions.create().
struct completion_response {
    std::string id;                          ///< of the answer
    std::vector<completion_choice> choices;  ///< `n` for each prompt
    /// Unix seconds.
    std::int64_t created;
    std::string model;                               ///< the model's name
    std::string system_fingerprint;                  ///< of the model and its settings
    std::optional<openai::usage> usage{};            ///< tokens; in the last chunk of a stream
    std::optional<cerebras::time_info> time_info{};  ///< where the time went
    std::string object{};                            ///< "text_completion"
    json::value extra{};                             ///< members that have no name here

    /// The text of the first choice; empty when it has none.
    std::string_view text() const {
        if (choices.empty() || !choices.front().text) return {};
        return *choices.front().text;
    }
};

template <std::same_as<completion_response> T>
constexpr auto describe(json::type<T>) {
    using r = T;
    return json::object<r>("CompletionResponse", json::field("id", &r::id),
                           json::field("choices", &r::choices, json::items(1)),
                           json::field("created", &r::created), json::field("model", &r::model),
                           json::field("system_fingerprint", &r::system_fingerprint),
                           json::field("usage", &r::usage, json::or_null),
                           json::field("time_info", &r::time_info, json::or_null),
                           json::field("object", &r::object, json::constant("text_completion")),
                           json::rest(&r::extra));
}

/// What a chunk brings for one choice.
struct completion_chunk_choice {
    std::optional<message_delta> delta{};  ///< unused by text completions
    /// In the last chunk of the choice.
    std::optional<json::open_enum<cerebras::finish_reason>> finish_reason{};
    std::int64_t index;                             ///< the choice's number
    std::optional<completion_logprobs> logprobs{};  ///< of its tokens
    std::optional<std::vector<int>> tokens{};       ///< the token ids, where they were asked for
    std::optional<std::string> text{};              ///< what it adds
    json::value extra{};                            ///< members that have no name here
};

template <std::same_as<completion_chunk_choice> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>("CompletionChunkChoice", json::field("delta", &c::delta, json::or_null),
                           json::field("finish_reason", &c::finish_reason, json::or_null),
                           json::field("index", &c::index),
                           json::field("logprobs", &c::logprobs, json::or_null),
                           json::field("tokens", &c::tokens, json::or_null),
                           json::field("text", &c::text, json::or_null), json::rest(&c::extra));
}

/// One event of client.completions.stream().
struct completion_chunk {
    std::string id;  ///< of the answer
    /// What it brings, for some of them.
    std::optional<std::vector<completion_chunk_choice>> choices{};
    std::int64_t created;                       ///< Unix seconds
    std::string model;                          ///< the model's name
    std::optional<std::string> service_tier{};  ///< the one that was used
    std::string system_fingerprint;             ///< of the model and its settings
    json::open_enum<chunk_object> object = chunk_object::text_completion;  ///< the kind of chunk
    /// The last chunk carries usage and time_info.
    std::optional<openai::usage> usage{};
    std::optional<cerebras::time_info> time_info{};  ///< where the time went; in the last chunk
    json::value extra{};                             ///< members that have no name here

    /// What this chunk adds to the text of choice 0; empty when it adds nothing.
    std::string_view text() const {
        if (!choices) return {};
        for (const completion_chunk_choice& choice : *choices)
            if (choice.index == 0 && choice.text) return *choice.text;
        return {};
    }
};

template <std::same_as<completion_chunk> T>
constexpr auto describe(json::type<T>) {
    using c = T;
    return json::object<c>(
        "CompletionChunkResponse", json::field("id", &c::id),
        json::field("choices", &c::choices, json::or_null), json::field("created", &c::created),
        json::field("model", &c::model),
        json::field("service_tier", &c::service_tier, json::or_null),
        json::field("system_fingerprint", &c::system_fingerprint),
        json::field("object", &c::object), json::field("usage", &c::usage, json::or_null),
        json::field("time_info", &c::time_info, json::or_null), json::rest(&c::extra));
}

/// The body of a 200: one answer, a chunk of a stream, or an error inside a stream.
using create_completion_response = std::variant<completion_response, completion_chunk, error_chunk>;

}  // namespace tessera::cerebras
