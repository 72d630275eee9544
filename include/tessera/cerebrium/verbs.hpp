#pragma once
// The verbs of functions, which are templates of what a function takes and gives:
//
//     run<T>(path..., parameters, options = {})      response<run_response<T>>, throws
//     stream<T>(path..., parameters, options = {})   event_stream<T>, throws
//     run_async(path..., parameters, options = {})   response<accepted_run>, throws
//
// and of each try_, async_ and async_try_ as call/resource.hpp says. `parameters` is any described
// struct or a json::value, an object, by whose members the function's parameters are named; the
// blocking forms send {} without it. T is what the function returns, or the JSON that it yields: any
// described type. Where it is not named, run gives a json::value, and stream each http::sse_event,
// whose data is any text.
//
// A function may do anything, so that a call that failed is sent again only if nothing of it went
// out, or if the server did nothing with it (call_options::allow_replay).
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/cerebrium/operations.hpp"

namespace tessera::cerebrium {

namespace detail {

inline constexpr std::size_t function_path = 3;

template <template <class, class> class Methods, class Self, std::size_t... I>
Methods<Self, call::detail::parameters<call::detail::path_parameter<I>...>> with_path(
    std::index_sequence<I...>);

// The methods of a resource, which take what of the path it has not itself.
template <template <class, class> class Methods, class Self>
using methods_of = decltype(with_path<Methods, Self>(
    std::make_index_sequence<function_path - call::detail::bound_parameters<Self>>()));

template <class Result, class Given>
using run_way = call::unary<operations::run_function<Given, Result>>;
template <class Chunk, class Given>
using stream_way = call::streaming<operations::run_function<Given, json::value, Chunk>>;
template <class, class Given>
using run_async_way = call::unary<operations::run_function_async<Given>>;

template <class Given>
concept temporary_aggregate =
    !std::is_reference_v<Given> && !std::is_const_v<Given> && std::is_aggregate_v<Given>;

}  // namespace detail

// As in call/resource.hpp: these compilers destroy an awaited temporary twice.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define TESSERA_CEREBRIUM_REFUSE_TEMPORARIES(verb, Result)                                 \
    template <class T = Result, detail::temporary_aggregate Given, class Token>            \
    void async_##verb(Path... path, Given&&, Token&&) const = delete;                      \
    template <class T = Result, detail::temporary_aggregate Given, class Token>            \
    void async_##verb(Path... path, Given&&, const call_options&, Token&&) const = delete; \
    template <class T = Result, class Given, class Token>                                  \
    void async_##verb(Path... path, const Given&, call_options&&, Token&&) const = delete;
#else
#define TESSERA_CEREBRIUM_REFUSE_TEMPORARIES(verb, Result)
#endif

#define TESSERA_CEREBRIUM_FORMS(verb, Way, Result)                                                 \
    namespace detail {                                                                             \
    template <class Self, class Path>                                                              \
    class verb##_methods;                                                                          \
    }                                                                                              \
    template <class Self, class... Path>                                                           \
    class detail::verb##_methods<Self, call::detail::parameters<Path...>> {                        \
        const Self& self() const { return static_cast<const Self&>(*this); }                       \
        template <class T, class Given>                                                            \
        call::spec made(const call_options& options, const Path&... path,                          \
                        const Given& given) const {                                                \
            return self().template make<Way<T, Given>::operation, Way<T, Given>::streams>(         \
                options, path..., given);                                                          \
        }                                                                                          \
                                                                                                   \
      public:                                                                                      \
        template <class T = Result, class Given = json::value>                                     \
        typename Way<T, Given>::answer_type verb(Path... path,                                     \
                                                 const Given& given = Given::object(),             \
                                                 const call_options& options = {}) const {         \
            return Way<T, Given>::run(self().get_channel(), made<T>(options, path..., given),      \
                                      options);                                                    \
        }                                                                                          \
        template <class T = Result, class Given = json::value>                                     \
        tessera::result<typename Way<T, Given>::answer_type> try_##verb(                           \
            Path... path, const Given& given = Given::object(),                                    \
            const call_options& options = {}) const {                                              \
            return Way<T, Given>::try_run(self().get_channel(), made<T>(options, path..., given),  \
                                          options);                                                \
        }                                                                                          \
        template <class T = Result, class Given = json::value, class Token>                        \
        auto async_##verb(Path... path, const Given& given, Token&& token) const {                 \
            return Way<T, Given>::async_run(self().get_channel(), made<T>({}, path..., given), {}, \
                                            std::forward<Token>(token));                           \
        }                                                                                          \
        template <class T = Result, class Given = json::value, class Token>                        \
        auto async_##verb(Path... path, const Given& given, const call_options& options,           \
                          Token&& token) const {                                                   \
            return Way<T, Given>::async_run(self().get_channel(),                                  \
                                            made<T>(options, path..., given), options,             \
                                            std::forward<Token>(token));                           \
        }                                                                                          \
        template <class T = Result, class Given = json::value, class Token>                        \
        auto async_try_##verb(Path... path, const Given& given, Token&& token) const {             \
            return Way<T, Given>::async_try_run(self().get_channel(), made<T>({}, path..., given), \
                                                {}, std::forward<Token>(token));                   \
        }                                                                                          \
        template <class T = Result, class Given = json::value, class Token>                        \
        auto async_try_##verb(Path... path, const Given& given, const call_options& options,       \
                              Token&& token) const {                                               \
            return Way<T, Given>::async_try_run(self().get_channel(),                              \
                                                made<T>(options, path..., given), options,         \
                                                std::forward<Token>(token));                       \
        }                                                                                          \
        TESSERA_CEREBRIUM_REFUSE_TEMPORARIES(verb, Result)                                         \
        TESSERA_CEREBRIUM_REFUSE_TEMPORARIES(try_##verb, Result)                                   \
    };                                                                                             \
    struct verb {                                                                                  \
        template <class Self>                                                                      \
        class methods : public detail::methods_of<detail::verb##_methods, Self> {};                \
    }

TESSERA_CEREBRIUM_FORMS(run, detail::run_way, json::value);
TESSERA_CEREBRIUM_FORMS(stream, detail::stream_way, http::sse_event);
TESSERA_CEREBRIUM_FORMS(run_async, detail::run_async_way, void);

#undef TESSERA_CEREBRIUM_FORMS
#undef TESSERA_CEREBRIUM_REFUSE_TEMPORARIES

}  // namespace tessera::cerebrium
