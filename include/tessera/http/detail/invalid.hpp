#pragma once

#include <string>
#include <utility>

#include "tessera/core/error.hpp"

namespace tessera::http::detail {

inline error invalid(std::string message) {
    error reason;
    reason.kind = error_kind::invalid_argument;
    reason.message = std::move(message);
    return reason;
}

}  // namespace tessera::http::detail
