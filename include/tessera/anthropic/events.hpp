#pragma once
// The events of a streamed answer.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tessera/anthropic/errors.hpp"
#include "tessera/anthropic/message.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::anthropic {

/// The answer begins: it has no content yet.
struct message_start {
    json::fixed<"message_start"> type{};  ///< always "message_start"
    anthropic::message message;           ///< the answer, as far as it is known
    json::value extra{};                  ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<message_start> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMessageStart", json::field("type", &T::type),
                           json::field("message", &T::message), json::rest(&T::extra));
}

/// A block of the content begins. Blocks are numbered from 0 and come one after the other.
struct content_block_start {
    json::fixed<"content_block_start"> type{};  ///< always "content_block_start"
    std::int64_t index;                         ///< which block
    anthropic::content_block content_block;     ///< the block, as far as it is known
    json::value extra{};                        ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<content_block_start> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicContentBlockStart", json::field("type", &T::type),
                           json::field("index", &T::index, json::min(0)),
                           json::field("content_block", &T::content_block), json::rest(&T::extra));
}

/// More text.
struct text_delta {
    json::fixed<"text_delta"> type{};  ///< always "text_delta"
    std::string text;                  ///< what is new
    json::value extra{};               ///< members that have no name here
};

template <std::same_as<text_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicTextDelta", json::field("type", &T::type),
                           json::field("text", &T::text), json::rest(&T::extra));
}

/// More of a tool's input: the pieces of a block, joined, are JSON.
struct input_json_delta {
    json::fixed<"input_json_delta"> type{};  ///< always "input_json_delta"
    std::string partial_json;                ///< what is new
    json::value extra{};                     ///< members that have no name here
};

template <std::same_as<input_json_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicInputJsonDelta", json::field("type", &T::type),
                           json::field("partial_json", &T::partial_json), json::rest(&T::extra));
}

/// More of a thought.
struct thinking_delta {
    json::fixed<"thinking_delta"> type{};  ///< always "thinking_delta"
    std::string thinking;                  ///< what is new
    json::value extra{};                   ///< members that have no name here
};

template <std::same_as<thinking_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicThinkingDelta", json::field("type", &T::type),
                           json::field("thinking", &T::thinking), json::rest(&T::extra));
}

/// The signature of a thought, whole.
struct signature_delta {
    json::fixed<"signature_delta"> type{};  ///< always "signature_delta"
    std::string signature;                  ///< of the block's thought
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<signature_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicSignatureDelta", json::field("type", &T::type),
                           json::field("signature", &T::signature), json::rest(&T::extra));
}

/// One more citation of a text.
struct citations_delta {
    json::fixed<"citations_delta"> type{};  ///< always "citations_delta"
    anthropic::citation citation;           ///< what is new
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<citations_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicCitationsDelta", json::field("type", &T::type),
                           json::field("citation", &T::citation), json::rest(&T::extra));
}

/// What a block gains.
using content_delta = std::variant<text_delta, input_json_delta, thinking_delta, signature_delta,
                                   citations_delta, other>;

/// A block gains something.
struct content_block_delta {
    json::fixed<"content_block_delta"> type{};  ///< always "content_block_delta"
    std::int64_t index;                         ///< which block
    content_delta delta;                        ///< what it gains
    json::value extra{};                        ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<content_block_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicContentBlockDelta", json::field("type", &T::type),
                           json::field("index", &T::index, json::min(0)),
                           json::field("delta", &T::delta), json::rest(&T::extra));
}

/// A block is complete.
struct content_block_stop {
    json::fixed<"content_block_stop"> type{};  ///< always "content_block_stop"
    std::int64_t index;                        ///< which block
    json::value extra{};                       ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<content_block_stop> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicContentBlockStop", json::field("type", &T::type),
                           json::field("index", &T::index, json::min(0)), json::rest(&T::extra));
}

/// What the answer gains beside its content.
struct message_change {
    json::nullable<json::open_enum<anthropic::stop_reason>> stop_reason{};  ///< why it ended
    json::nullable<std::string> stop_sequence{};  ///< the one that ended it
    json::value extra{};                          ///< members that have no name here
};

template <std::same_as<message_change> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMessageChange",
                           json::field("stop_reason", &T::stop_reason, json::of_known_kinds),
                           json::field("stop_sequence", &T::stop_sequence, json::defaults(nullptr)),
                           json::rest(&T::extra));
}

/// Tokens so far. What is absent has not changed.
struct message_delta_usage {
    std::optional<std::int64_t> input_tokens{};                 ///< as in `usage`
    std::int64_t output_tokens = 0;                             ///< as in `usage`
    std::optional<std::int64_t> cache_creation_input_tokens{};  ///< as in `usage`
    std::optional<std::int64_t> cache_read_input_tokens{};      ///< as in `usage`
    std::optional<json_object> server_tool_use{};               ///< as in `usage`
    json::value extra{};                                        ///< members that have no name here
};

template <std::same_as<message_delta_usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicMessageDeltaUsage", json::field("input_tokens", &T::input_tokens, json::or_null),
        json::field("output_tokens", &T::output_tokens, json::min(0)),
        json::field("cache_creation_input_tokens", &T::cache_creation_input_tokens, json::or_null),
        json::field("cache_read_input_tokens", &T::cache_read_input_tokens, json::or_null),
        json::field("server_tool_use", &T::server_tool_use, json::or_null), json::rest(&T::extra));
}

/// The answer gains something beside its content; most often, its end.
struct message_delta {
    json::fixed<"message_delta"> type{};  ///< always "message_delta"
    message_change delta{};               ///< what it gains
    message_delta_usage usage{};          ///< all tokens so far, not only those since the last
    json::value extra{};                  ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<message_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicMessageDelta", json::field("type", &T::type), json::field("delta", &T::delta),
        json::field("usage", &T::usage, json::of_known_kinds), json::rest(&T::extra));
}

/// The answer is complete: the last event.
struct message_stop {
    json::fixed<"message_stop"> type{};  ///< always "message_stop"
    json::value extra{};                 ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<message_stop> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicMessageStop", json::field("type", &T::type),
                           json::rest(&T::extra));
}

/// Nothing new, but the stream is alive.
struct ping {
    json::fixed<"ping"> type{};  ///< always "ping"
    json::value extra{};         ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<ping> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicPing", json::field("type", &T::type), json::rest(&T::extra));
}

/// One event of a streamed answer.
using stream_event =
    std::variant<message_start, content_block_start, content_block_delta, content_block_stop,
                 message_delta, message_stop, ping, error_body, other>;

/// The name that an event bears in the stream.
inline std::string_view event_name(const stream_event& event) {
    return std::visit([](const auto& each) { return each.event_name(); }, event);
}

/// What an event adds to the text of the answer; empty when it adds nothing. The view lives as long
/// as the event.
inline std::string_view text_of(const stream_event& event) {
    const auto* grown = std::get_if<content_block_delta>(&event);
    const auto* text = grown ? std::get_if<text_delta>(&grown->delta) : nullptr;
    return text ? std::string_view(text->text) : std::string_view();
}

/// How an operation says that it streams these events: `.stream = anthropic::stream_rules`.
inline constexpr http::stream_rules stream_rules{.end = http::stream_end::at_event("message_stop"),
                                                 .error = http::stream_error::event};

}  // namespace tessera::anthropic
