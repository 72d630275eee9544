#pragma once

#include "tessera/call/invoke.hpp"

namespace tessera::call {

TESSERA_DEF
result<void> try_warm(channel& on, const call_options& options) {
    return detail::run_blocking(on, {}, options, exchange::warm);
}

TESSERA_DEF
void warm(channel& on, const call_options& options) { try_warm(on, options).value(); }

}  // namespace tessera::call
