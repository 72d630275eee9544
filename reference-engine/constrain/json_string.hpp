#pragma once

#include <array>
#include <cstdint>

namespace tessera::engine {

/// Reads a JSON string behind its opening quote byte by byte (RFC 8259, section 7): characters are
/// plain UTF-8 or escaped. What has been read of an unfinished character is a number, so that a
/// reader can be part of an automaton's state.
struct json_character {
    using partial = std::uint32_t;
    static constexpr partial nothing = 0;

    enum class outcome : std::uint8_t { bad, unfinished, character, end };
    struct range {
        char32_t first, last;
    };

    outcome what = outcome::bad;
    char32_t value = 0;      // of a character
    partial rest = nothing;  // of an unfinished one
    int ranges = 0;          // what an unfinished one may become
    std::array<range, 4> within{};

    /// `tidy`: nothing is escaped that need not be, of ASCII.
    static json_character read(partial before, unsigned char byte, bool tidy = false);
};

}  // namespace tessera::engine
