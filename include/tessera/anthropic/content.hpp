#pragma once
// The blocks that messages are made of.
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/anthropic/citations.hpp"
#include "tessera/anthropic/common.hpp"
#include "tessera/anthropic/sources.hpp"

namespace tessera::anthropic {

/// Text.
struct text_block {
    json::fixed<"text"> type{};                               ///< always "text"
    std::string text;                                         ///< what it says
    std::optional<std::vector<citation>> citations{};         ///< where it has that from
    std::optional<anthropic::cache_control> cache_control{};  ///< of requests
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<text_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicTextBlock", json::field("type", &T::type), json::field("text", &T::text),
        json::field("citations", &T::citations, json::or_null),
        json::field("cache_control", &T::cache_control, json::or_null), json::rest(&T::extra));
}

/// An image.
struct image_block {
    json::fixed<"image"> type{};                              ///< always "image"
    image_source source;                                      ///< where it is
    std::optional<anthropic::cache_control> cache_control{};  ///< ends what is to be kept
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<image_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicImageBlock", json::field("type", &T::type), json::field("source", &T::source),
        json::field("cache_control", &T::cache_control, json::or_null), json::rest(&T::extra));
}

/// A document as blocks, each of which can be cited.
struct content_source {
    json::fixed<"content"> type{};  ///< always "content"
    /// The text, or the blocks.
    std::variant<std::string, std::vector<std::variant<text_block, image_block, other>>> content;
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<content_source> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicContentSource", json::field("type", &T::type),
                           json::field("content", &T::content), json::rest(&T::extra));
}

/// Where a document is.
using document_source =
    std::variant<base64_source, text_source, content_source, url_source, file_source, other>;

/// Whether the model says where in a document it has a text from.
struct citations_config {
    std::optional<bool> enabled{};  ///< false when absent
    json::value extra{};            ///< members that have no name here
};

template <std::same_as<citations_config> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicCitationsConfig", json::field("enabled", &T::enabled),
                           json::rest(&T::extra));
}

/// A PDF or a text.
struct document_block {
    json::fixed<"document"> type{};                           ///< always "document"
    document_source source;                                   ///< where it is
    std::optional<std::string> title{};                       ///< its title
    std::optional<std::string> context{};                     ///< what is to be known of it
    std::optional<citations_config> citations{};              ///< whether it is cited
    std::optional<anthropic::cache_control> cache_control{};  ///< ends what is to be kept
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<document_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicDocumentBlock", json::field("type", &T::type), json::field("source", &T::source),
        json::field("title", &T::title, json::or_null),
        json::field("context", &T::context, json::or_null),
        json::field("citations", &T::citations, json::or_null),
        json::field("cache_control", &T::cache_control, json::or_null), json::rest(&T::extra));
}

/// A call of a tool.
struct tool_use_block {
    json::fixed<"tool_use"> type{};                           ///< always "tool_use"
    std::string id;                                           ///< which the result names
    std::string name;                                         ///< the tool's
    json_object input{};                                      ///< what it is called with
    std::optional<anthropic::cache_control> cache_control{};  ///< of requests
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<tool_use_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicToolUseBlock", json::field("type", &T::type), json::field("id", &T::id),
        json::field("name", &T::name), json::field("input", &T::input),
        json::field("cache_control", &T::cache_control, json::or_null), json::rest(&T::extra));
}

/// What a tool may answer.
using result_block = std::variant<text_block, image_block, document_block, other>;

/// What a tool answered to the call `tool_use_id`.
struct tool_result_block {
    json::fixed<"tool_result"> type{};  ///< always "tool_result"
    std::string tool_use_id;            ///< of the call
    /// The result, as text or as blocks.
    std::optional<std::variant<std::string, std::vector<result_block>>> content{};
    std::optional<bool> is_error{};                           ///< the tool failed
    std::optional<anthropic::cache_control> cache_control{};  ///< ends what is to be kept
    json::value extra{};                                      ///< members that have no name here
};

template <std::same_as<tool_result_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicToolResultBlock", json::field("type", &T::type),
        json::field("tool_use_id", &T::tool_use_id), json::field("content", &T::content),
        json::field("is_error", &T::is_error),
        json::field("cache_control", &T::cache_control, json::or_null), json::rest(&T::extra));
}

/// A thought. It is sent back with its signature, as it came.
struct thinking_block {
    json::fixed<"thinking"> type{};  ///< always "thinking"
    std::string thinking{};          ///< what is thought; may be empty beside a signature
    std::string signature{};         ///< by which the service knows the thought for its own
    json::value extra{};             ///< members that have no name here
};

template <std::same_as<thinking_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicThinkingBlock", json::field("type", &T::type),
                           json::field("thinking", &T::thinking, json::defaults("")),
                           json::field("signature", &T::signature, json::defaults("")),
                           json::rest(&T::extra));
}

/// A thought that only the service can read. It is sent back as it came.
struct redacted_thinking_block {
    json::fixed<"redacted_thinking"> type{};  ///< always "redacted_thinking"
    std::string data;                         ///< encrypted
    json::value extra{};                      ///< members that have no name here
};

template <std::same_as<redacted_thinking_block> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicRedactedThinkingBlock", json::field("type", &T::type),
                           json::field("data", &T::data), json::rest(&T::extra));
}

/// What an answer consists of.
using content_block =
    std::variant<text_block, tool_use_block, thinking_block, redacted_thinking_block, other>;

/// What the messages of a request consist of.
using input_block = std::variant<text_block, image_block, document_block, tool_use_block,
                                 tool_result_block, thinking_block, redacted_thinking_block, other>;

/// A text, or blocks.
using content = std::variant<std::string, std::vector<input_block>>;

/// The text of some blocks, joined without a separator; what is no text_block says nothing.
template <class Block>
std::string text_of(const std::vector<Block>& blocks) {
    std::string joined;
    for (const Block& each : blocks) {
        if constexpr (std::is_same_v<Block, text_block>)
            joined += each.text;
        else if (const auto* text = std::get_if<text_block>(&each))
            joined += text->text;
    }
    return joined;
}

/// The text itself, or that of the blocks.
template <class Block>
std::string text_of(const std::variant<std::string, std::vector<Block>>& said) {
    if (const auto* text = std::get_if<std::string>(&said)) return *text;
    return text_of(std::get<std::vector<Block>>(said));
}

}  // namespace tessera::anthropic
