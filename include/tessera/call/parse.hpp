#pragma once
// The verb parse<T>: answers as values of the user's own types, in any dialect.
#include <optional>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/json/decode.hpp"

namespace tessera::call {

/// An answer with the value that it spells. Dialect says how: it has answering_with<T>(request),
/// which asks for a T, and parse_answer<T>(answer), which gives result<T>.
template <class Dialect, class Answer, class T>
struct parsed : Answer {
    T value;  ///< what the answer spells
};

/// How read_answer() reads a parsed answer.
template <class Dialect, class Answer, class T>
result<parsed<Dialect, Answer, T>> decode_body(json::type<parsed<Dialect, Answer, T>>,
                                               const call_info& info) {
    result<Answer> answer = json::decode_text<Answer>(info.raw);
    if (!answer) return std::move(answer.error());
    result<T> value = Dialect::template parse_answer<T>(*answer);
    if (!value) return std::move(value.error());
    return parsed<Dialect, Answer, T>{*std::move(answer), *std::move(value)};
}

/// The verb parse<T> of an operation: `create` that asks for a T, answering response<parsed<..., T>>,
/// in the four forms of every verb.
template <class Dialect, const auto& Op>
struct parse_verb {
    /// The four forms, for the resource that has them.
    template <class Self>
    class methods {
        using request = typename detail::operation_type<Op>::request;
        template <class T>
        using answer = parsed<Dialect, typename detail::operation_type<Op>::response, T>;

        const Self& self() const { return static_cast<const Self&>(*this); }
        channel& on() const { return self().get_channel(); }
        template <class T>
        spec made(const request& asked, const call_options& options) const {
            return self().template make<Op, false>(options,
                                                   Dialect::template answering_with<T>(asked));
        }

      public:
        /// Throws.
        template <json::described_object T>
        response<answer<T>> parse(const request& asked, const call_options& options = {}) const {
            return invoke<answer<T>>(on(), made<T>(asked, options), options);
        }
        /// The same as a value.
        template <json::described_object T>
        result<response<answer<T>>> try_parse(const request& asked,
                                              const call_options& options = {}) const {
            return try_invoke<answer<T>>(on(), made<T>(asked, options), options);
        }
        /// `void(std::exception_ptr, response<parsed<..., T>>)`
        template <json::described_object T, class Token>
        auto async_parse(const request& asked, Token&& token) const {
            return async_invoke<answer<T>>(on(), made<T>(asked, {}), {},
                                           std::forward<Token>(token));
        }
        /// The same with options.
        template <json::described_object T, class Token>
        auto async_parse(const request& asked, const call_options& options, Token&& token) const {
            return async_invoke<answer<T>>(on(), made<T>(asked, options), options,
                                           std::forward<Token>(token));
        }
        /// `void(result<response<parsed<..., T>>>)`
        template <json::described_object T, class Token>
        auto async_try_parse(const request& asked, Token&& token) const {
            return async_try_invoke<answer<T>>(on(), made<T>(asked, {}), {},
                                               std::forward<Token>(token));
        }
        /// The same with options.
        template <json::described_object T, class Token>
        auto async_try_parse(const request& asked, const call_options& options,
                             Token&& token) const {
            return async_try_invoke<answer<T>>(on(), made<T>(asked, options), options,
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

}  // namespace tessera::call
