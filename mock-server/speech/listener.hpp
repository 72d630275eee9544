#pragma once
// Speech that is listened to.
#include <memory>

#include "core/options.hpp"
#include "speech/transcriber.hpp"

namespace tessera::server {

/// Decodes with FFmpeg and recognises US English with PocketSphinx, each recording in a process of
/// its own, tessera-listen, that ends with it. Where there is none, every recording is refused by a
/// 501 that says how to get it. `of` outlives it.
std::unique_ptr<transcriber> make_listener(const options& of);

}  // namespace tessera::server
