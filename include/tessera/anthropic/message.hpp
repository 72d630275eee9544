#pragma once
// POST /v1/messages: the answer.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/anthropic/common.hpp"
#include "tessera/anthropic/content.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/core/counts.hpp"

namespace tessera::anthropic {

/// Why an answer ended.
enum class stop_reason {
    end_turn,                      ///< it is complete
    max_tokens,                    ///< no tokens were left
    stop_sequence,                 ///< it met one of the request's stop sequences
    tool_use,                      ///< tools are to be called
    pause_turn,                    ///< send it back as it is, and the model goes on
    refusal,                       ///< the model declines
    model_context_window_exceeded  ///< the model's context is full
};

template <std::same_as<stop_reason> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "AnthropicStopReason", json::enumerator("end_turn", T::end_turn),
        json::enumerator("max_tokens", T::max_tokens),
        json::enumerator("stop_sequence", T::stop_sequence),
        json::enumerator("tool_use", T::tool_use), json::enumerator("pause_turn", T::pause_turn),
        json::enumerator("refusal", T::refusal),
        json::enumerator("model_context_window_exceeded", T::model_context_window_exceeded));
}

/// Tokens that were put into the cache, by how long they stay there.
struct cache_creation {
    std::int64_t ephemeral_5m_input_tokens = 0;  ///< for 5 minutes
    std::int64_t ephemeral_1h_input_tokens = 0;  ///< for an hour
    json::value extra{};                         ///< members that have no name here
};

template <std::same_as<cache_creation> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicCacheCreation",
                           json::field("ephemeral_5m_input_tokens", &T::ephemeral_5m_input_tokens,
                                       json::min(0), json::defaults(0)),
                           json::field("ephemeral_1h_input_tokens", &T::ephemeral_1h_input_tokens,
                                       json::min(0), json::defaults(0)),
                           json::rest(&T::extra));
}

/// Tokens that were read and written.
struct usage {
    std::int64_t input_tokens = 0;   ///< of the prompt, but for what the cache gave or took
    std::int64_t output_tokens = 0;  ///< of the answer, thoughts included
    std::optional<std::int64_t> cache_creation_input_tokens{};  ///< put into the cache
    std::optional<std::int64_t> cache_read_input_tokens{};      ///< read from the cache
    std::optional<anthropic::cache_creation> cache_creation{};  ///< of what was put there
    std::optional<json_object> server_tool_use{};               ///< calls of the service's tools
    std::optional<std::string> service_tier{};                  ///< the one that was used
    json::value extra{};                                        ///< members that have no name here

    /// All tokens of the prompt, from the cache or not.
    std::int64_t prompt_tokens() const {
        return add_counts(input_tokens, add_counts(cache_creation_input_tokens.value_or(0),
                                                   cache_read_input_tokens.value_or(0)));
    }
    /// Tokens of prompt and answer.
    std::int64_t total() const { return add_counts(prompt_tokens(), output_tokens); }
};

template <std::same_as<usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicUsage", json::field("input_tokens", &T::input_tokens, json::min(0)),
        json::field("output_tokens", &T::output_tokens, json::min(0)),
        json::field("cache_creation_input_tokens", &T::cache_creation_input_tokens, json::or_null),
        json::field("cache_read_input_tokens", &T::cache_read_input_tokens, json::or_null),
        json::field("cache_creation", &T::cache_creation, json::or_null),
        json::field("server_tool_use", &T::server_tool_use, json::or_null),
        json::field("service_tier", &T::service_tier, json::or_null), json::rest(&T::extra));
}

/// The answer to a conversation.
struct message {
    std::string id;                        ///< of the answer
    json::fixed<"message"> type{};         ///< always "message"
    json::fixed<"assistant"> role{};       ///< always "assistant"
    std::vector<content_block> content{};  ///< what is said, thought and called
    std::string model;                     ///< the model's name
    json::nullable<json::open_enum<anthropic::stop_reason>> stop_reason{};  ///< why it ended
    json::nullable<std::string> stop_sequence{};  ///< the one that ended it
    anthropic::usage usage{};                     ///< tokens
    json::value extra{};                          ///< members that have no name here

    /// Its text: all text blocks, joined without a separator.
    std::string text() const { return text_of(content); }

    /// The tools that it calls, in order.
    std::vector<tool_use_block> tool_calls() const {
        std::vector<tool_use_block> calls;
        for (const content_block& each : content)
            if (const auto* call = std::get_if<tool_use_block>(&each)) calls.push_back(*call);
        return calls;
    }
};

template <std::same_as<message> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMessage", json::field("id", &T::id),
                           json::field("type", &T::type), json::field("role", &T::role),
                           json::field("content", &T::content), json::field("model", &T::model),
                           json::field("stop_reason", &T::stop_reason, json::of_known_kinds),
                           json::field("stop_sequence", &T::stop_sequence, json::defaults(nullptr)),
                           json::field("usage", &T::usage), json::rest(&T::extra));
}

/// The answer as a message of the next request: its blocks as they came, but for blank text, which
/// services refuse to read.
inline input_message to_message(const message& said) {
    std::vector<input_block> blocks;
    for (const content_block& each : said.content) {
        const auto* text = std::get_if<text_block>(&each);
        if (text && text->text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
        std::visit([&](const auto& block) { blocks.emplace_back(block); }, each);
    }
    return assistant(std::move(blocks));
}

}  // namespace tessera::anthropic
