#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <system_error>

namespace tessera::net {

using executor = asio::any_io_executor;
template <class T>
using task = asio::awaitable<T, executor>;

// Coroutines here are templates of a parameter `Lazy` that nothing uses: GCC emits the code of an inline
// coroutine even where nobody calls it (docs/decisions/0007).

// The completion token of all operations here: awaited, with the error in `code`. Its parameter makes
// the expression it stands in a dependent one, so that the operation is instantiated only for a caller.
template <class Lazy>
auto into(std::error_code& code) {
    return asio::redirect_error(asio::use_awaitable_t<executor>(), code);
}

}  // namespace tessera::net
