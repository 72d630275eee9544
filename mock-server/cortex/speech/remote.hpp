#pragma once
#include <memory>

#include "cortex/providers/answering.hpp"
#include "cortex/providers/connection.hpp"

namespace tessera::server::cortex {

/// Transcriptions that another server makes. The form goes through piece by piece, and the answer
/// as it comes.
std::unique_ptr<caller<transcriptions>> remote_transcriptions(std::shared_ptr<connection> on);

}  // namespace tessera::server::cortex
