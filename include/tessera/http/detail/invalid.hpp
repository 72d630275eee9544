#pragma once

#include <initializer_list>
#include <string_view>

#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"

namespace tessera::http::detail {

// The pieces of the message.
TESSERA_COLD_DECL
tessera::detail::boxed_error invalid(std::initializer_list<std::string_view> message) {
    return tessera::detail::failed(error_kind::invalid_argument, message);
}

}  // namespace tessera::http::detail
