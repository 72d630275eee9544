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

// The completion token of all operations here: awaited, with the error in `code`.
inline auto into(std::error_code& code) {
    return asio::redirect_error(asio::use_awaitable_t<executor>(), code);
}

}  // namespace tessera::net
