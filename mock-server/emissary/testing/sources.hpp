#pragma once
// The test functions in Python.
#include <string_view>

namespace tessera::server::emissary::sources {

inline constexpr std::string_view exact_match =
    R"py(def exact_match_shared(completion: str, expected: str) -> float:
    """1 if the answer is what was expected, but for blanks around it."""
    blanks = " \t\r\n"
    return 1.0 if completion.strip(blanks) == expected.strip(blanks) else 0.0
)py";

inline constexpr std::string_view contains_expected =
    R"py(def contains_expected_shared(completion: str, expected: str) -> float:
    """1 if what was expected stands somewhere in the answer."""
    return 1.0 if expected.strip(" \t\r\n") in completion else 0.0
)py";

inline constexpr std::string_view length_ratio =
    R"py(def length_ratio_shared(completion: str, expected: str) -> float:
    """How long the shorter one of both is, as a part of the longer one."""
    blanks = " \t\r\n"
    one, other = len(completion.strip(blanks)), len(expected.strip(blanks))
    return 1.0 if one == other else min(one, other) / max(one, other)
)py";

inline constexpr std::string_view similarity_score =
    R"py(def similarity_score_shared(completion: str, expected: str) -> float:
    """1 less the edit distance (Levenshtein) of both, as a part of the longer one.

    Of each, the first 2000 characters count.
    """
    blanks = " \t\r\n"
    left, right = completion.strip(blanks)[:2000], expected.strip(blanks)[:2000]
    longest = max(len(left), len(right))
    if longest == 0:
        return 1.0
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            above = row[j]
            row[j] = min(above + 1, row[j - 1] + 1, diagonal + (one != other))
            diagonal = above
    return 1.0 - row[-1] / longest
)py";

inline constexpr std::string_view json_valid = R"py(import json
import math


def json_valid_shared(completion: str, expected: str) -> float:
    """1 if the answer is one JSON text (RFC 8259), nested at most 100 deep."""

    def number(text):
        value = float(text)
        if math.isinf(value):
            raise ValueError("a number that no double holds")
        return value

    def no_number(text):
        raise ValueError(text + " is no JSON")

    def members(pairs):
        return [part for pair in pairs for part in pair]

    def depth(value):
        if not isinstance(value, list):
            return 0
        return 1 + max(map(depth, value), default=0)

    try:
        value = json.loads(
            completion,
            parse_float=number,
            parse_int=number,
            parse_constant=no_number,
            object_pairs_hook=members,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # no lone surrogates
        return 1.0 if depth(value) <= 100 else 0.0
    except (ValueError, RecursionError):
        return 0.0
)py";

}  // namespace tessera::server::emissary::sources
