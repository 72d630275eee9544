#pragma once
// /_tessera/cortex/transcripts: what tests register.
#include <vector>

#include "cortex/speech/desk.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

/// `of` outlives them.
std::vector<route> transcript_routes(speech_desk& of);

}  // namespace tessera::server::cortex
