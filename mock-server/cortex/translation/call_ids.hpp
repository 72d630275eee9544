#pragma once
// Ids of calls: what one dialect gives and the other forbids.
#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::server::cortex {

/// The id as every dialect takes it: 1 to 40 letters, digits, "_" and "-". An id that is so stays
/// as it is. No two ids become one.
std::string portable_id(std::string_view id);

/// Whether it is one letter, digit, "_" or "-" at least, and nothing else: what Anthropic takes.
bool is_plain_id(std::string_view id);

/// What portable_id() was made of. An id that portable_id() never made stays as it is, and so does
/// one that it made of more than fits into 40 characters: such ids are digests.
std::string original_id(std::string_view id);

/// An id for the call at `place` of an answer whose upstream gave it none.
std::string made_id(std::string_view answer, std::size_t place);

}  // namespace tessera::server::cortex
