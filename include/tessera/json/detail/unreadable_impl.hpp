#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tessera/json/detail/unreadable.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json::detail {

TESSERA_DEF error unreadable(std::string_view why) {
    error reason{.kind = error_kind::decode, .message = "invalid JSON"};
    reason.message += why;
    return reason;
}

TESSERA_DEF std::string too_long(std::size_t size, const limits& bounds) {
    return sentence(": the text has ", size, " bytes") +
           sentence(", at most ", bounds.bytes, " are read");
}

}  // namespace tessera::json::detail
