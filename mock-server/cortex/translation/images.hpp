#pragma once
// Where images are, in both dialects.
#include <optional>
#include <string>
#include <string_view>

#include "tessera/anthropic/sources.hpp"

namespace tessera::server::cortex {

/// The source that a URL stands for: of `data:` URLs what is in them, of http and https the URL.
/// Nothing for any other, and for `data:` that is no base64 or names no media type.
std::optional<anthropic::image_source> source_of_url(std::string_view url);

/// An image of base64 alone, whose media type is told by its first bytes; nothing where they are
/// those of no format that is known.
std::optional<anthropic::image_source> source_of_base64(std::string data);

/// Nothing for a source that is no URL and no base64.
std::optional<std::string> url_of(const anthropic::image_source& source);

}  // namespace tessera::server::cortex
