#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tessera::server::emissary {

/// Throws `refused`, a 400 that names `place`, for a name that is empty, is longer than 256 bytes or
/// has control characters.
void check_name(std::string_view place, const std::optional<std::string>& name);
/// The same for a text for people, which may be longer and have lines.
void check_text(std::string_view place, const std::optional<std::string>& text);

}  // namespace tessera::server::emissary
