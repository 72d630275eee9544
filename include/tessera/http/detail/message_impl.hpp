#pragma once

#include "tessera/http/message.hpp"

namespace tessera::http {

TESSERA_DEF bool wants_keep_alive(int minor, const fields& headers) {
    if (headers.lists("connection", "close")) return false;
    return minor >= 1 || headers.lists("connection", "keep-alive");
}

}  // namespace tessera::http
