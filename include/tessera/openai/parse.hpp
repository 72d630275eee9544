#pragma once
// Answers as values of the user's own types.
//
//     struct city { std::string name; std::optional<std::int64_t> population; };
//     constexpr auto describe(json::type<city>) { return json::object<city>("City", ...); }
//
//     auto reply = client.chat.completions.parse<city>(request);
//     reply.value.name, reply.usage, reply.info
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/call/parse.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/strict_schema.hpp"

namespace tessera::openai {

namespace detail {

struct spoken {
    std::string_view finish_reason{};
    std::string_view content{};
    std::string_view refusal{};
    bool calls_tools = false;
};

inline result<void> check_spoken(const spoken& said) {
    const auto failed = [](error_kind kind, std::string message) {
        return error{.kind = kind, .message = std::move(message)};
    };
    if (!said.refusal.empty())
        return failed(error_kind::refusal,
                      "the model refused: " + json::detail::excerpt(said.refusal));
    if (said.finish_reason == "length")
        return failed(error_kind::incomplete_answer,
                      "the answer was cut off by a token limit: allow more tokens");
    if (said.finish_reason == "content_filter")
        return failed(error_kind::incomplete_answer, "the answer was cut off by a content filter");
    if (said.content.empty())
        return failed(error_kind::empty_answer, said.calls_tools
                                                    ? "the model called tools instead of answering"
                                                    : "the answer has no content");
    return {};
}

template <class Answer>
spoken spoken_by(const Answer& answer) {
    if (answer.choices.empty()) return {};
    const auto& choice = answer.choices.front();
    const auto& message = choice.message;
    spoken said{.finish_reason = choice.finish_reason.text()};
    if (message.content) said.content = *message.content;
    said.calls_tools = message.tool_calls && !message.tool_calls->empty();
    if constexpr (requires { message.refusal; }) {
        if (message.refusal) said.refusal = *message.refusal;
    } else if (message.extra.is_object()) {
        if (const auto found = message.extra.find("refusal");
            found != message.extra.end() && found->is_string())
            said.refusal = found->template get_ref<const std::string&>();
    }
    return said;
}

}  // namespace detail

/// The T that the first choice of `answer` spells, held against all that its description says.
/// Errors: refusal, incomplete_answer (the token limit or a filter cut it off), empty_answer (no
/// content: the model may have called tools), decode (not JSON, or not a T; the message names every
/// place). `body` holds the content that came, or the refusal.
template <json::described_object T, class Answer>
result<T> parse_answer(const Answer& answer) {
    const detail::spoken said = detail::spoken_by(answer);
    std::optional<error> reason;
    if (result<void> usable = detail::check_spoken(said); !usable) {
        reason = std::move(usable.error());
    } else {
        std::vector<json::issue> issues;
        if (auto value = json::decode_text<T>(said.content, json::mode::generated, issues))
            return *std::move(value);
        reason = json::detail::to_error("the content is not what was asked for", issues);
    }
    reason->body = said.refusal.empty() ? said.content : said.refusal;
    return *std::move(reason);
}

/// `request` with the response_format of T.
template <json::described_object T, class Request>
Request answering_with(Request request) {
    request.response_format = response_format_for<T>();
    return request;
}

namespace detail {

struct parsing {
    template <class T, class Request>
    static Request answering_with(const Request& request) {
        return openai::answering_with<T>(request);
    }
    template <class T, class Answer>
    static result<T> parse_answer(const Answer& answer) {
        return openai::parse_answer<T>(answer);
    }
};

}  // namespace detail

/// An answer with the value that its first choice spells.
template <class Answer, class T>
using parsed = call::parsed<detail::parsing, Answer, T>;

/// The verb parse<T> of an operation that completes chats: `create` with the response_format of T,
/// answering response<parsed<..., T>>, in the four forms of every verb. The errors of create and of
/// parse_answer; `body` holds the whole answer as it came.
template <const auto& Op>
struct parse : call::parse_verb<detail::parsing, Op> {};

}  // namespace tessera::openai
