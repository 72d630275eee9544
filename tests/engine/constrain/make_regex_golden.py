"""Writes data/regex_golden.json: what Python's `re` says of patterns and texts.

Only what Python and ECMA-262 agree on: ASCII classes, no octal escapes, no \\s over texts with strange spaces. `$`
becomes \\Z, since Python's own matches before a last line feed. Each pattern comes with its texts and a string of 1s
and 0s, in their order; `?` where Python has a way of its own (\\B in the empty text)."""
import json
import pathlib
import random
import re

PATTERNS = [
    "", "a", "^a", "a$", "^a$", "^a|b$", "^(a|b)$", "(^a|b)$", "a^b", "a$b", "(a|^)b", "a(b|$)", "^$", "^^a$$",
    "a*", "^a*$", "^a+$", "^a?$", "^a{2}$", "^a{2,}$", "^a{1,3}$", "^a{0}$", "^(ab){2,3}$", "^a*?$", "^a+?b$",
    "^(a*)*$", "^(a|b*)*$", "^(a?b?){2}$", "^(a*b*)+$", "^((a{1,2}){1,2}){1,2}$", "^(|a)b$", "^(a|ab)(c|bc)$",
    ".", "^.$", "^.*$", "^a.b$", "^[ab]$", "^[^ab]$", "^[a-c]+$", "^[^a-c]+$", "^[a-]$", "^[-a]$", "^[a\\-c]$",
    "^[\\^a]$", "^[a^]$", "^\\d+$", "^\\D+$", "^\\w+$", "^\\W+$", "^[\\w.]+$", "^[^\\w]+$", "^[\\d\\D]$",
    "\\.", "^\\(a\\)$", "^a\\|b$", "^\\x61$", "^\\u0061$", "^\\t$", "^a\\nb$", "^\\/$", "^\\$\\^\\*\\+\\?\\[\\]\\{\\}$",
    "\\bab\\b", "\\Bab", "ab\\B", "\\b", "\\B", "^\\b", "\\b$", "\\ba|b\\b", "(a\\b|b)c?$", "^\\w+\\b\\W+\\b\\w+$", "\\b\\b", "\\b\\B",
    "(?=a)b", "(?=a)a", "^(?=ab)a", "^(?!ab)a", "a(?=b)", "a(?!b)", "^(?!.*ab).*$", "^(?=.*a)(?=.*b)..?.?$",
    "^(?!a$)(?!b$)[ab]*$", "(?<=a)b", "(?<!a)b", "(?<=^a)b", "(?<!^)b", "(?<=\\ba)b", "a(?<=ca)", "^.*(?<!b)$",
    "^((?!ab).)*$", "(?:a(?=b|$))+c?", "(?=(?!ab)a)..", "(?<=(?<!a)b)c", "^(?:(?=a)[ab]|(?!a)[bc])+$", "(?=a$)", "(?=\\b)c",
    "(?!\\b)b", "(?!)", "(?=)", "(?<=)a", "(?<!)a", "x?(?!a)b$",
    "^(?P<n>a)b$", "^[a-zA-Z_]\\w*$", "^(0|[1-9]\\d*)(\\.\\d+)?$", "^(\\([0-9]{3}\\))?[0-9]{3}-[0-9]{4}$",
    "^#?([a-f0-9]{6}|[a-f0-9]{3})$", "^[a-z0-9]+(-[a-z0-9]+)*$", "^(?=.*[a-z])(?=.*\\d)[a-z\\d]{4,6}$",
    "^é+$", "^[à-ü]$", "^[^é]$", "^😀$", "^[😀-😂]{2}$", "^\\u20ac$", "^.😀$",
]
TEXTS = [
    "", "a", "b", "c", "ab", "ba", "aa", "bb", "abc", "aab", "abb", "aaa", "aaaa", "aaaaaa", "abab", "ababab", "bab", "cab",
    "bc", "abbc", "cb", "xb", "xa", "a b", "ab c", "a-b", "a.b", "a_b", "(a)", "a|b", "A", "Ab", "0", "12", "1.5", "01", "a1", "1a",
    "a1b2", "abc12", "(123)456-7890", "456-7890", "#fff", "#ff00aa", "#ffff", "one-two", "one--two", "-", "]", "^", ".", "/",
    "$^*+?[]{}", "\t", "\n", "a\n", "a\nb", "é", "éé", "ö", "😀", "😁😂", "a😀", "€", "a€", "bcc", "babc", "abcab", "caca",
]


def python_pattern(pattern):
    """`$` outside of brackets and escapes becomes \\Z."""
    out, i, inside = "", 0, False
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            out += pattern[i:i + 2]
            i += 2
            continue
        if c == "[" and not inside:
            inside = True
        elif c == "]":
            inside = False
        out += "\\Z" if c == "$" and not inside else c
        i += 1
    return out


def random_pattern(rng, depth, looking=False):
    """Of what both dialects read alike. `looking`: inside a lookahead, which holds no lookbehind."""
    if depth == 0:
        return rng.choice(["a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\W", "-"])
    inner = lambda: random_pattern(rng, depth - 1, looking)
    atom = lambda: "(?:" + inner() + ")"
    kind = rng.randrange(10)
    if kind < 3:
        return inner() + inner()
    if kind == 3:
        return "(?:" + inner() + "|" + inner() + ")"
    if kind == 4:
        return atom() + rng.choice(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?", "+?"])
    if kind == 5:
        return rng.choice(["^", "\\b", "\\B"]) + inner()
    if kind == 6:
        return inner() + rng.choice(["$", "\\b", "\\B"])
    if kind == 7:
        return rng.choice(["(?=", "(?!"]) + random_pattern(rng, min(depth - 1, 1), True) + ")" + inner()
    if kind == 8 and not looking:
        return inner() + rng.choice(["(?<=", "(?<!"]) + rng.choice(["a", "b", "ab", "[ac]", "^a", "\\bb"]) + ")"
    return inner()


def main():
    rng = random.Random(20)
    words = ["".join(rng.choice("abc-") for _ in range(rng.randrange(1, 6))) for _ in range(40)]
    cases = []
    for pattern in PATTERNS:
        if pattern in ("[]a]"):
            continue  # Python reads these, ECMA-262 does not or otherwise
        cases.append((pattern, TEXTS))
    for _ in range(400):
        cases.append((random_pattern(rng, rng.randrange(2, 5)), None))
    out = []
    for pattern, texts in cases:
        compiled = re.compile(python_pattern(pattern), re.ASCII)
        verdict = lambda t: "?" if t == "" and "\\B" in pattern else "1" if compiled.search(t) else "0"
        verdicts = "".join(map(verdict, texts or words))
        out.append({"pattern": pattern.replace("(?P<", "(?<"), "of": "texts" if texts else "words", "matches": verdicts})
    path = pathlib.Path(__file__).parent / "data" / "regex_golden.json"
    lines = ",\n".join(json.dumps(c, ensure_ascii=True) for c in out)
    path.write_text('{"texts": %s,\n"words": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(TEXTS), json.dumps(words), lines))


main()
