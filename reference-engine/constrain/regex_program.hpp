#pragma once

#include <cstdint>
#include <vector>

#include "constrain/regex.hpp"

namespace tessera::engine {

/// A regular expression, or a part of one, as a nondeterministic automaton. Only `consume` and
/// `accept` take characters; the others hold or do not hold between two.
struct regex_program {
    using index = std::uint32_t;

    enum class operation : std::uint8_t {
        consume,      // a character of the set `what`
        split,        // `next` or `other`
        begin,        // nothing came
        end,          // nothing follows
        boundary,     // between a word character and another, or not if negative
        look_ahead,   // the node `what` of the expression, which says the rest
        look_behind,  // whether the program `what` of look_behinds has matched up to here
        matched,      // the look_behind `what` has
        accept,       // the whole has matched; takes whatever follows
    };
    struct instruction {
        operation is;
        bool negative = false;
        index what = 0;
        index next = 0;
        index other = 0;
    };

    struct piece {
        index start;  // where it begins
        index end;    // one past the last instruction
    };

    std::vector<instruction> code;  // look_behinds first, inner ones before outer ones
    std::vector<piece> look_behinds;
    index start = 0;

    /// The part below a node, with the look_behinds of the whole expression if it is the root.
    static regex_program compile(const regex&, regex::index node);
};

}  // namespace tessera::engine
