#pragma once
// Speech that is listened to.
#include <memory>

#include "speech/transcriber.hpp"

namespace tessera::server {

/// Decodes with FFmpeg and recognises US English with PocketSphinx, each recording in a process of
/// its own that ends with it. Where this program was built without them, every recording is refused
/// by a 501 that says how to get them.
std::unique_ptr<transcriber> make_listener();

}  // namespace tessera::server
