#pragma once
// Thoughts of models. OpenAI's messages have no member for them; by a custom of its followers they
// are in `reasoning` (or `reasoning_content`), and Anthropic's blocks, which have to come back as
// they are, in `thinking_blocks`.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/anthropic/content.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server::cortex {

/// A thought that can be read, or one that only its service can.
using thought = std::variant<anthropic::thinking_block, anthropic::redacted_thinking_block>;

/// What the members that have no name say of thoughts, as text; empty where they say nothing.
std::string_view reasoning_in(const json::value& extra);

/// Those of `thinking_blocks`. Nothing where one is malformed.
std::optional<std::vector<thought>> thoughts_in(const json::value& extra);

/// Of an answer, as a client may send them back: those of `thinking_blocks`, else the one that
/// `reasoning` is.
std::vector<thought> all_thoughts_in(const json::value& extra);

void put_reasoning(json::value& extra, std::string text);
void put_thoughts(json::value& extra, const std::vector<thought>& thoughts);

/// Only Anthropic makes it, and only Anthropic reads it: has to come back.
bool is_sealed(const thought& given);

}  // namespace tessera::server::cortex
