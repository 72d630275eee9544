#pragma once
// What bodies are written in, by their headers.
#include <optional>
#include <string_view>

#include "web/message.hpp"

namespace tessera::server {

/// Why the body that is announced is not of the media that the request's route takes; nothing for a
/// body that is, for a route without one, and for one that is absent where it may be.
std::optional<problem> wrong_media(const request& asked);

/// Whether the Accept header names the media type itself; wildcards do not count.
bool accepts(const request& asked, std::string_view media_type);

}  // namespace tessera::server
