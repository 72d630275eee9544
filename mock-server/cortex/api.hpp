#pragma once
// The Cortex gateway.
#include <memory>

#include "chat/services.hpp"
#include "tessera/server/transcript.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

std::unique_ptr<api> make_api(const services& with);

/// What an API of make_api() transcribes a recording as; from any thread. Throws
/// std::invalid_argument that says what is wrong with it.
void register_transcript(api& to, registered_transcript added);

}  // namespace tessera::server::cortex
