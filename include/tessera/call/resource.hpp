#pragma once

// Resource classes from operations, a line each. With operations as http::operation constants,
//
//     class files : public call::resource<call::list<ops::list_files>,
//     call::retrieve<ops::get_file>> {
//       public:
//         using resource::resource;              // files(std::shared_ptr<call::channel>)
//     };
//     class completions : public call::resource<call::create<ops::create_chat>,
//                                               call::stream<ops::create_chat>> { ... };
//
// gives files.list(), files.list({.limit = 3}), files.retrieve("id") and for every verb the four
// forms
//
//     verb(arguments..., options = {})             response<T>, throws
//     try_verb(arguments..., options = {})         result<response<T>>
//     async_verb(arguments..., [options,] token)      void(std::exception_ptr, response<T>)
//     async_try_verb(arguments..., [options,] token)  void(result<response<T>>)
//
// The arguments are the path's parameters in their order (std::string_view), the request if the
// operation has one (it may be left out where the body is optional), the query if it has one (it
// may be left out). `stream` answers event_stream and async_event_stream of the operation's chunk.
// Other verbs: TESSERA_CALL_VERB(deactivate); at namespace scope. Two operations under one verb
// make the verb ambiguous: give them two verbs.

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/call/detail/make_spec.hpp"
#include "tessera/call/error_body.hpp"
#include "tessera/call/invoke.hpp"

namespace tessera::call {

/// An operation with one answer, in its four forms.
template <const auto& Op>
struct unary {
    static constexpr const auto& operation = Op;  ///< the operation
    static constexpr bool streams = false;        ///< whether it streams
    /// What the operation answers with.
    using result_type = typename std::remove_cvref_t<decltype(Op)>::response;
    /// What its verbs give.
    using answer_type = response<result_type>;

    /// On the calling thread; throws.
    static answer_type run(channel& on, spec s, const call_options& o) {
        return invoke<result_type>(on, std::move(s), o);
    }
    /// On the calling thread.
    static result<answer_type> try_run(channel& on, spec s, const call_options& o) {
        return try_invoke<result_type>(on, std::move(s), o);
    }
    /// void(std::exception_ptr, answer_type)
    template <class Token>
    static auto async_run(channel& on, spec s, const call_options& o, Token&& token) {
        return async_invoke<result_type>(on, std::move(s), o, std::forward<Token>(token));
    }
    /// void(result<answer_type>)
    template <class Token>
    static auto async_try_run(channel& on, spec s, const call_options& o, Token&& token) {
        return async_try_invoke<result_type>(on, std::move(s), o, std::forward<Token>(token));
    }
};

/// An operation as a stream, in its four forms.
template <const auto& Op>
struct streaming {
    static constexpr const auto& operation = Op;  ///< the operation
    static constexpr bool streams = true;         ///< whether it streams
    /// What its events hold.
    using result_type = typename std::remove_cvref_t<decltype(Op)>::chunk;
    /// What its verbs give.
    using answer_type = event_stream<result_type>;

    /// On the calling thread; throws.
    static answer_type run(channel& on, spec s, const call_options& o) {
        return open_stream<result_type>(on, std::move(s), o);
    }
    /// On the calling thread.
    static result<answer_type> try_run(channel& on, spec s, const call_options& o) {
        return try_open_stream<result_type>(on, std::move(s), o);
    }
    /// void(std::exception_ptr, answer_type)
    template <class Token>
    static auto async_run(channel& on, spec s, const call_options& o, Token&& token) {
        return async_open_stream<result_type>(on, std::move(s), o, std::forward<Token>(token));
    }
    /// void(result<answer_type>)
    template <class Token>
    static auto async_try_run(channel& on, spec s, const call_options& o, Token&& token) {
        return async_try_open_stream<result_type>(on, std::move(s), o, std::forward<Token>(token));
    }
};

/// The verbs of one URL, bound to a client's channel. Cheap to copy; thread-safe.
template <class... Verbs>
class resource : public Verbs::template methods<resource<Verbs...>>... {
  public:
    /// For the client whose channel it is.
    explicit resource(std::shared_ptr<channel> on) : channel_(std::move(on)) {}
    /// What its calls share.
    channel& get_channel() const { return *channel_; }
    /// The request of an operation, for verbs.
    template <const auto& Op, bool Streams, class... P>
    spec make(const call_options& options, const P&... arguments) const {
        return detail::make_spec<Op, Streams>(options, arguments...);
    }

  private:
    std::shared_ptr<channel> channel_;
};

/// A resource that has the first parameters of the path itself, so that its verbs do not take them.
template <std::size_t Bound, class... Verbs>
class bound_resource : public Verbs::template methods<bound_resource<Bound, Verbs...>>... {
  public:
    /// The parameters' values, in the order of the path.
    using path_values = std::array<std::string, Bound>;

    /// For the client whose channel it is.
    bound_resource(std::shared_ptr<channel> on, std::shared_ptr<const path_values> path)
        : channel_(std::move(on)), path_(std::move(path)) {}
    /// What its calls share.
    channel& get_channel() const { return *channel_; }
    /// The request of an operation, for verbs.
    template <const auto& Op, bool Streams, class... P>
    spec make(const call_options& options, const P&... arguments) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return detail::make_spec<Op, Streams>(options, std::string_view((*path_)[I])...,
                                                  arguments...);
        }
        (std::make_index_sequence<Bound>());
    }

  private:
    std::shared_ptr<channel> channel_;
    std::shared_ptr<const path_values> path_;
};

namespace detail {
template <std::size_t Bound, class... Verbs>
inline constexpr std::size_t bound_parameters<bound_resource<Bound, Verbs...>> = Bound;
}

// GCC before 13 destroys a temporary aggregate in a co_await expression twice, so that the
// asynchronous forms take named requests and options only.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define TESSERA_CALL_REFUSE_TEMPORARIES(verb)                                               \
    template <class Token>                                                                  \
    requires(::tessera::call::detail::has_aggregate<P...>) void async_##verb(               \
        ::tessera::call::detail::temporary<P>... p, Token&& token) const = delete;          \
    template <class Token>                                                                  \
    requires(::tessera::call::detail::has_aggregate<P...>) void async_##verb(               \
        ::tessera::call::detail::temporary<P>... p, const ::tessera::call_options& options, \
        Token&& token) const = delete;                                                      \
    template <class Token>                                                                  \
    void async_##verb(P... p, ::tessera::call_options&& options, Token&& token) const = delete;
#else
#define TESSERA_CALL_REFUSE_TEMPORARIES(verb)
#endif

#define TESSERA_CALL_FORMS(verb, Way)                                                              \
    template <const auto& Op>                                                                      \
    struct verb {                                                                                  \
        using way = Way<Op>;                                                                       \
        template <class Self, class Parameters>                                                    \
        class overload;                                                                            \
        template <class Self, class... P>                                                          \
        class overload<Self, ::tessera::call::detail::parameters<P...>> {                          \
            const Self& self() const { return static_cast<const Self&>(*this); }                   \
            auto made(const ::tessera::call_options& options, const P&... p) const {               \
                return self().template make<Op, way::streams>(options, p...);                      \
            }                                                                                      \
                                                                                                   \
          public:                                                                                  \
            typename way::answer_type verb(P... p,                                                 \
                                           const ::tessera::call_options& options = {}) const {    \
                return way::run(self().get_channel(), made(options, p...), options);               \
            }                                                                                      \
            ::tessera::result<typename way::answer_type> try_##verb(                               \
                P... p, const ::tessera::call_options& options = {}) const {                       \
                return way::try_run(self().get_channel(), made(options, p...), options);           \
            }                                                                                      \
            template <class Token>                                                                 \
            auto async_##verb(P... p, Token&& token) const {                                       \
                return way::async_run(self().get_channel(), made({}, p...), {},                    \
                                      std::forward<Token>(token));                                 \
            }                                                                                      \
            template <class Token>                                                                 \
            auto async_##verb(P... p, const ::tessera::call_options& options,                      \
                              Token&& token) const {                                               \
                return way::async_run(self().get_channel(), made(options, p...), options,          \
                                      std::forward<Token>(token));                                 \
            }                                                                                      \
            template <class Token>                                                                 \
            auto async_try_##verb(P... p, Token&& token) const {                                   \
                return way::async_try_run(self().get_channel(), made({}, p...), {},                \
                                          std::forward<Token>(token));                             \
            }                                                                                      \
            template <class Token>                                                                 \
            auto async_try_##verb(P... p, const ::tessera::call_options& options,                  \
                                  Token&& token) const {                                           \
                return way::async_try_run(self().get_channel(), made(options, p...), options,      \
                                          std::forward<Token>(token));                             \
            }                                                                                      \
            TESSERA_CALL_REFUSE_TEMPORARIES(verb)                                                  \
            TESSERA_CALL_REFUSE_TEMPORARIES(try_##verb)                                            \
        };                                                                                         \
        template <class Self, class Lists>                                                         \
        class overloads;                                                                           \
        template <class Self, class... List>                                                       \
        class overloads<Self, std::tuple<List...>> : public overload<Self, List>... {              \
          public:                                                                                  \
            using overload<Self, List>::verb...;                                                   \
            using overload<Self, List>::try_##verb...;                                             \
            using overload<Self, List>::async_##verb...;                                           \
            using overload<Self, List>::async_try_##verb...;                                       \
        };                                                                                         \
        template <class Self>                                                                      \
        class methods                                                                              \
            : public overloads<Self, ::tessera::call::detail::parameter_lists<                     \
                                         Op, ::tessera::call::detail::bound_parameters<Self>>> {}; \
    }

#define TESSERA_CALL_VERB(verb) TESSERA_CALL_FORMS(verb, ::tessera::call::unary)

TESSERA_CALL_VERB(create);
TESSERA_CALL_VERB(retrieve);
TESSERA_CALL_VERB(list);
TESSERA_CALL_VERB(update);
TESSERA_CALL_VERB(remove);
TESSERA_CALL_VERB(cancel);
TESSERA_CALL_FORMS(stream, ::tessera::call::streaming);

}  // namespace tessera::call
