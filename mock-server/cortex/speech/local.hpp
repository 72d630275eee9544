#pragma once
#include <memory>

#include "cortex/providers/answering.hpp"
#include "cortex/speech/desk.hpp"

namespace tessera::server::cortex {

/// Transcriptions that the gateway makes itself. `by` outlives them.
std::unique_ptr<caller<transcriptions>> local_transcriptions(speech_desk& by);

}  // namespace tessera::server::cortex
