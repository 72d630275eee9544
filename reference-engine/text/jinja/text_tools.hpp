#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::engine::jinja {

/// Characters of a text that Python strips and splits at.
bool is_python_space(char32_t point);
/// Without the characters, white space if null, at either end.
std::string_view strip(std::string_view text, const std::string* characters, bool left, bool right);

/// The character at `at`, which must be inside the text.
std::string_view character_at(std::string_view text, std::size_t at);
/// The bytes of the first `count` characters, or of all where there are fewer.
std::size_t prefix_size(std::string_view text, std::uint64_t count);

/// Where the needle first occurs from `from` on, or npos; in linear time whatever both hold.
std::size_t find_text(std::string_view text, std::string_view needle, std::size_t from = 0);
/// Where it occurs last.
std::size_t rfind_text(std::string_view text, std::string_view needle);

/// The first line of a text that is not empty, which loses it and its end; as Python's
/// str.splitlines(), which knows eleven line ends.
std::string_view take_line(std::string_view& rest, bool keep_end = false);
/// The entities of HTML for & < > ' ".
std::string escaped(std::string_view text);

}  // namespace tessera::engine::jinja
