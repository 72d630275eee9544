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

#include "tessera/call/resource.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/strict_schema.hpp"

namespace tessera::openai {

/// An answer with the value that its first choice spells.
template <class Answer, class T>
struct parsed : Answer {
    T value;  ///< what the content spells
};

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

/// How call::read_answer() reads a parsed answer.
template <class Answer, class T>
result<parsed<Answer, T>> decode_body(json::type<parsed<Answer, T>>, const call_info& info) {
    result<Answer> answer = json::decode_text<Answer>(info.raw);
    if (!answer) return std::move(answer.error());
    result<T> value = parse_answer<T>(*answer);
    if (!value) return std::move(value.error());
    return parsed<Answer, T>{*std::move(answer), *std::move(value)};
}

/// The verb parse<T> of an operation that completes chats: `create` with the response_format of T,
/// answering response<parsed<..., T>>, in the four forms of every verb. The errors of create and of
/// parse_answer; `body` holds the whole answer as it came.
template <const auto& Op>
struct parse {
    /// The four forms, for the resource that has them.
    template <class Self>
    class methods {
        using request = typename call::detail::operation_type<Op>::request;
        template <class T>
        using answer = parsed<typename call::detail::operation_type<Op>::response, T>;

        const Self& self() const { return static_cast<const Self&>(*this); }
        call::channel& on() const { return self().get_channel(); }
        template <class T>
        call::spec made(const request& asked, const call_options& options) const {
            return self().template make<Op, false>(options, answering_with<T>(asked));
        }

      public:
        /// Throws.
        template <json::described_object T>
        response<answer<T>> parse(const request& asked, const call_options& options = {}) const {
            return call::invoke<answer<T>>(on(), made<T>(asked, options), options);
        }
        /// The same as a value.
        template <json::described_object T>
        result<response<answer<T>>> try_parse(const request& asked,
                                              const call_options& options = {}) const {
            return call::try_invoke<answer<T>>(on(), made<T>(asked, options), options);
        }
        /// `void(std::exception_ptr, response<parsed<..., T>>)`
        template <json::described_object T, class Token>
        auto async_parse(const request& asked, Token&& token) const {
            return call::async_invoke<answer<T>>(on(), made<T>(asked, {}), {},
                                                 std::forward<Token>(token));
        }
        /// The same with options.
        template <json::described_object T, class Token>
        auto async_parse(const request& asked, const call_options& options, Token&& token) const {
            return call::async_invoke<answer<T>>(on(), made<T>(asked, options), options,
                                                 std::forward<Token>(token));
        }
        /// `void(result<response<parsed<..., T>>>)`
        template <json::described_object T, class Token>
        auto async_try_parse(const request& asked, Token&& token) const {
            return call::async_try_invoke<answer<T>>(on(), made<T>(asked, {}), {},
                                                     std::forward<Token>(token));
        }
        /// The same with options.
        template <json::described_object T, class Token>
        auto async_try_parse(const request& asked, const call_options& options,
                             Token&& token) const {
            return call::async_try_invoke<answer<T>>(on(), made<T>(asked, options), options,
                                                     std::forward<Token>(token));
        }
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
        // As in call/resource.hpp: these compilers destroy an awaited temporary twice.
        template <json::described_object T, class Token>
        void async_parse(request&&, Token&&) const = delete;
        template <json::described_object T, class Token>
        void async_parse(request&&, const call_options&, Token&&) const = delete;
        template <json::described_object T, class Token>
        void async_parse(const request&, call_options&&, Token&&) const = delete;
        template <json::described_object T, class Token>
        void async_try_parse(request&&, Token&&) const = delete;
        template <json::described_object T, class Token>
        void async_try_parse(request&&, const call_options&, Token&&) const = delete;
        template <json::described_object T, class Token>
        void async_try_parse(const request&, call_options&&, Token&&) const = delete;
#endif
    };
};

}  // namespace tessera::openai
