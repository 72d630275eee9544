#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "constrain/code_point_set.hpp"

namespace tessera::engine {

/// A regular expression as a tree.
struct regex {
    using index = std::uint32_t;
    static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

    enum class kind : std::uint8_t {
        set,          // one character
        sequence,     // parts one after the other
        choice,       // one of the parts
        repeat,       // its only part, `least` to `most` times
        begin,        // ^
        end,          // $
        boundary,     // \b, \B if negative
        look_ahead,   // its only part matches what follows, or does not if negative
        look_behind,  // its only part matches what came, or does not if negative
    };
    struct node {
        kind is = kind::sequence;
        bool negative = false;
        index set = 0;  // in `sets`
        std::uint32_t least = 0;
        std::uint32_t most = 0;
        std::vector<index> parts{};
    };

    std::vector<node> nodes;
    index root = 0;
    std::vector<code_point_set> sets;  // each once
    std::vector<index> look_behinds;   // inner ones first
    bool boundaries = false;           // some \b or \B is there

    /// Reads ECMA-262's syntax with the `u` flag, and where that leaves no doubt what is meant
    /// without it: needless escapes of punctuation, and `-` beside a class inside brackets. Throws
    /// engine_error invalid_argument.
    static regex parse(std::string_view pattern);
};

}  // namespace tessera::engine
