#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tessera::engine {

/// The URI that a reference means beside a base (RFC 3986, 5.2), its fragment included.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// Nothing for an escape that is none.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace tessera::engine
