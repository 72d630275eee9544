#pragma once

#include "tessera/anthropic/request.hpp"

namespace tessera::server::cortex {

/// Asks Anthropic to keep the tools and the system prompt: marks the last of each, unless the
/// client has marked anything itself.
void mark_cache(anthropic::message_request& request);

}  // namespace tessera::server::cortex
