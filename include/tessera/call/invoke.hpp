#pragma once

#include <exception>
#include <memory>
#include <utility>

#include "tessera/call/codec.hpp"
#include "tessera/call/detail/facade.hpp"
#include "tessera/call/event_stream.hpp"
#include "tessera/core/linkage.hpp"

// The forms of a call. Blocking forms run the call on the calling thread and may be used by any
// number of threads on one channel. Asynchronous forms run on the channel's executor, else on that
// of the completion handler, else on asio::system_executor; a cancellation slot of the handler is
// honoured. Nothing refers to the arguments after the call has returned.
namespace tessera::call {

namespace detail {

template <class T>
result<response<T>> answer_of(exchange& call) {
    if (!call.outcome()) return std::move(call.outcome()).failure();
    result<response<T>> answer(std::in_place);
    result<void> read = read_answer<T>(*answer, std::move(call.info()));
    if (!read) answer = std::move(read).failure();
    return answer;
}

template <class Chunk>
result<async_event_stream<Chunk>> stream_of(exchange& call) {
    if (!call.outcome()) return std::move(call.outcome()).failure();
    return async_event_stream<Chunk>(call.shared_from_this());
}

// Completes a handler of void(std::exception_ptr, T).
template <class T, class Handler>
void finish_throwing(Handler& handler, result<T> answer) {
    if (answer)
        std::move(handler)(std::exception_ptr(), *std::move(answer));
    else
        std::move(handler)(make_exception_ptr(std::move(answer.error())), T{});
}

}  // namespace detail

/// Runs the call on the calling thread.
template <class T>
result<response<T>> try_invoke(channel& on, spec request, const call_options& options = {}) {
    detail::blocking_call call(on, std::move(request), options);
    (void)call.run(exchange::perform);
    return detail::answer_of<T>(call.call());
}

/// The same; throws the exception class of the error's kind.
template <class T>
response<T> invoke(channel& on, spec request, const call_options& options = {}) {
    detail::blocking_call call(on, std::move(request), options);
    call.run(exchange::perform).value();
    response<T> answer;
    read_answer<T>(answer, std::move(call.info())).value();
    return answer;
}

/// void(std::exception_ptr, response<T>)
template <class T, class Token>
auto async_invoke(channel& on, spec request, const call_options& options, Token&& token) {
    return detail::async_call<void(std::exception_ptr, response<T>)>(
        on, std::move(request), options, exchange::perform,
        [](auto& handler, exchange& call) {
            detail::finish_throwing(handler, detail::answer_of<T>(call));
        },
        std::forward<Token>(token));
}

/// void(result<response<T>>)
template <class T, class Token>
auto async_try_invoke(channel& on, spec request, const call_options& options, Token&& token) {
    return detail::async_call<void(result<response<T>>)>(
        on, std::move(request), options, exchange::perform,
        [](auto& handler, exchange& call) { std::move(handler)(detail::answer_of<T>(call)); },
        std::forward<Token>(token));
}

/// Returns when the first event is there, so that a refused request fails here.
template <class Chunk>
result<event_stream<Chunk>> try_open_stream(channel& on, spec request,
                                            const call_options& options = {}) {
    auto made = std::make_unique<detail::chunk_source<Chunk>>(on, std::move(request), options);
    if (result<void> opened = made->run(exchange::open); !opened)
        return std::move(opened).failure();
    return event_stream<Chunk>(std::move(made));
}

/// The same; throws.
template <class Chunk>
event_stream<Chunk> open_stream(channel& on, spec request, const call_options& options = {}) {
    auto made = std::make_unique<detail::chunk_source<Chunk>>(on, std::move(request), options);
    made->run(exchange::open).value();
    return event_stream<Chunk>(std::move(made));
}

/// void(std::exception_ptr, async_event_stream<Chunk>)
template <class Chunk, class Token>
auto async_open_stream(channel& on, spec request, const call_options& options, Token&& token) {
    return detail::async_call<void(std::exception_ptr, async_event_stream<Chunk>)>(
        on, std::move(request), options, exchange::open,
        [](auto& handler, exchange& call) {
            detail::finish_throwing(handler, detail::stream_of<Chunk>(call));
        },
        std::forward<Token>(token));
}

/// void(result<async_event_stream<Chunk>>)
template <class Chunk, class Token>
auto async_try_open_stream(channel& on, spec request, const call_options& options, Token&& token) {
    return detail::async_call<void(result<async_event_stream<Chunk>>)>(
        on, std::move(request), options, exchange::open,
        [](auto& handler, exchange& call) { std::move(handler)(detail::stream_of<Chunk>(call)); },
        std::forward<Token>(token));
}

/// Opens a connection to the base URL ahead of the first call: TCP, and TLS for https.
TESSERA_COLD_DECL result<void> try_warm(channel& on, const call_options& options = {});
/// The same; throws.
TESSERA_COLD_DECL void warm(channel& on, const call_options& options = {});

/// void(std::exception_ptr)
template <class Token>
auto async_warm(channel& on, const call_options& options, Token&& token) {
    return detail::async_call<void(std::exception_ptr)>(
        on, spec{}, options, exchange::warm,
        [](auto& handler, exchange& call) {
            std::move(handler)(call.outcome()
                                   ? std::exception_ptr()
                                   : make_exception_ptr(std::move(call.outcome().error())));
        },
        std::forward<Token>(token));
}

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/invoke_impl.hpp"
#endif
