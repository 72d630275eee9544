#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "constrain/regex.hpp"
#include "core/error.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_bytes = 32'768;
constexpr int most_depth = 100;
constexpr std::uint64_t most_size = 40'000;
constexpr char32_t end_of_pattern = 0xffffffff;

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z'; }
bool is_punctuation(char32_t c) { return c > 0x20 && c < 0x7f && !is_digit(c) && !is_letter(c); }

int hex_value(char32_t c) {
    if (is_digit(c)) return static_cast<int>(c - '0');
    if (is_letter(c) && (c | 0x20U) <= 'f') return static_cast<int>((c | 0x20U) - 'a') + 10;
    return -1;
}

class parser {
  public:
    explicit parser(std::string_view pattern) : text_(pattern) {
        if (pattern.size() > most_bytes)
            fail("it is longer than " + std::to_string(most_bytes) + " bytes");
        if (!unicode::is_valid(pattern)) fail("it is not UTF-8");
    }

    regex parse() && {
        made_.root = choice(0);
        if (!done()) fail(peek() == ')' ? "')' closes nothing" : "unexpected text");
        return std::move(made_);
    }

  private:
    using index = regex::index;
    using kind = regex::kind;
    using range = code_point_set::range;

    [[noreturn]] void fail(const std::string& reason) const {
        throw engine_error(error_code::invalid_argument,
                           "regular expression, offset " + std::to_string(at_) + ": " + reason);
    }

    bool done() const { return at_ == text_.size(); }
    char32_t peek() const { return done() ? end_of_pattern : unicode::decode(text_, at_).point; }
    char32_t take() {
        if (done()) fail("it ends too early");
        const auto c = unicode::decode(text_, at_);
        at_ += c.size;
        return c.point;
    }
    bool take_if(std::string_view expected) {
        if (!text_.substr(at_).starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }

    // `size`: of the automaton that is to come of it.
    index add(regex::node node, std::uint64_t size) {
        if (size > most_size) fail("its repetitions multiply to more than can be enforced");
        made_.nodes.push_back(std::move(node));
        sizes_.push_back(size);
        return static_cast<index>(made_.nodes.size() - 1);
    }
    index add_set(code_point_set set) {
        const auto [found, added] =
            sets_.try_emplace(std::move(set), static_cast<index>(made_.sets.size()));
        if (added) made_.sets.push_back(found->first);
        return add({.is = kind::set, .set = found->second}, 1);
    }
    index add_point(char32_t c) { return add_set(code_point_set({{c, c}})); }
    index add_group(kind is, std::vector<index> parts) {
        if (parts.size() == 1) return parts[0];
        std::uint64_t size = 1;
        for (const index part : parts) size += sizes_[part] + (is == kind::choice ? 1 : 0);
        return add({.is = is, .parts = std::move(parts)}, size);
    }

    index choice(int depth) {
        if (depth > most_depth) fail("its groups nest too deep");
        std::vector<index> parts{sequence(depth)};
        while (take_if("|")) parts.push_back(sequence(depth));
        return add_group(kind::choice, std::move(parts));
    }

    index sequence(int depth) {
        std::vector<index> parts;
        while (!done() && peek() != '|' && peek() != ')') parts.push_back(term(depth));
        return add_group(kind::sequence, std::move(parts));
    }

    index term(int depth) {
        if (take_if("^")) return add({.is = kind::begin}, 1);
        if (take_if("$")) return add({.is = kind::end}, 1);
        if (take_if("\\b")) return boundary(false);
        if (take_if("\\B")) return boundary(true);
        if (take_if("(?=")) return look(kind::look_ahead, false, depth);
        if (take_if("(?!")) return look(kind::look_ahead, true, depth);
        if (take_if("(?<=")) return look(kind::look_behind, false, depth);
        if (take_if("(?<!")) return look(kind::look_behind, true, depth);
        return quantified(atom(depth));
    }

    index boundary(bool negative) {
        made_.boundaries = true;
        return add({.is = kind::boundary, .negative = negative}, 1);
    }

    index look(kind is, bool negative, int depth) {
        if (within_ != kind::sequence && (within_ != is))
            fail("lookbehind inside lookahead, or the other way round, is not supported");
        const kind outer = std::exchange(within_, is);
        const index inner = choice(depth + 1);
        within_ = outer;
        close_group();
        // What looks ahead has an automaton of its own.
        const index made = add({.is = is, .negative = negative, .parts = {inner}}, 1);
        if (is == kind::look_behind) made_.look_behinds.push_back(made);
        return made;
    }

    void close_group() {
        if (!take_if(")")) fail("a group is not closed");
    }

    index atom(int depth) {
        const char32_t c = peek();
        if (c == '*' || c == '+' || c == '?') fail("there is nothing to repeat");
        if (c == '{' || c == '}' || c == ']') fail("a bracket or brace must be escaped");
        take();
        switch (c) {
            case '.':
                return add_set(dot_class());
            case '(':
                return group(depth);
            case '[':
                return brackets();
            case '\\':
                return escape();
            default:
                return add_point(c);
        }
    }

    index group(int depth) {
        if (take_if("?<")) {
            if (take_if(">")) fail("a group's name is empty");
            while (!take_if(">")) {
                const char32_t c = take();
                if (c != '$' && c != '_' && !unicode::is_word(c))
                    fail("a group's name has a strange character");
            }
        } else if (take_if("?")) {
            if (!take_if(":"))
                fail("groups are (...), (?:...), (?<name>...), lookahead and lookbehind");
        }
        const index inner = choice(depth + 1);
        close_group();
        return inner;
    }

    std::optional<std::uint32_t> number() {
        if (!is_digit(peek())) return std::nullopt;
        std::uint32_t n = 0;
        while (is_digit(peek()))
            n = std::min<std::uint32_t>(n * 10 + static_cast<std::uint32_t>(take() - '0'),
                                        100'000'000);
        return n;
    }

    index quantified(index part) {
        std::uint32_t least = 0;
        std::uint32_t most = regex::unlimited;
        if (take_if("*")) {
        } else if (take_if("+")) {
            least = 1;
        } else if (take_if("?")) {
            most = 1;
        } else if (take_if("{")) {
            const auto from = number();
            if (!from) fail("a repetition needs a number; a brace that is meant is escaped");
            least = most = *from;
            if (take_if(",")) most = number().value_or(regex::unlimited);
            if (!take_if("}")) fail("a repetition is not closed");
            if (least > most) fail("a repetition's numbers are out of order");
        } else {
            return part;
        }
        take_if("?");  // how greedy it is changes no language
        const std::uint64_t times = most == regex::unlimited ? std::max(least, 1U) : most;
        return add({.is = kind::repeat, .least = least, .most = most, .parts = {part}},
                   times * (sizes_[part] + 1) + 1);
    }

    // What an escape outside of brackets stands for.
    index escape() {
        const char32_t c = peek();
        if (c >= '1' && c <= '9') fail("back-references describe no regular language");
        if (c == 'k') fail("back-references describe no regular language");
        if (const auto set = class_escape()) return add_set(*set);
        return add_point(character_escape());
    }

    // \d, \D, \p{...} and their like.
    std::optional<code_point_set> class_escape() {
        const char32_t c = peek();
        switch (c) {
            case 'd':
            case 's':
            case 'w':
                take();
                return escape_class(static_cast<char>(c));
            case 'D':
            case 'S':
            case 'W':
                take();
                return escape_class(static_cast<char>(c + ('a' - 'A'))).negated();
            case 'p':
            case 'P': {
                take();
                if (!take_if("{")) fail("\\p needs a property in braces");
                const std::size_t close = text_.find('}', at_);
                if (close == std::string_view::npos) fail("a property's braces are not closed");
                const std::string_view name = text_.substr(at_, close - at_);
                const auto set = property_class(name);
                if (!set)
                    fail("the property " + in_quotes(name) +
                         " is not supported: general categories, Any, ASCII and Assigned are");
                at_ = close + 1;
                return c == 'P' ? set->negated() : *set;
            }
            default:
                return std::nullopt;
        }
    }

    char32_t character_escape() {
        const char32_t c = take();
        switch (c) {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'r':
                return '\r';
            case '0':
                if (is_digit(peek())) fail("octal escapes are not supported");
                return 0;
            case 'c':
                if (!is_letter(peek())) fail("\\c needs a letter");
                return take() % 32;
            case 'x':
                return hex(2);
            case 'u':
                return unicode_escape();
            default:
                if (!is_punctuation(c)) fail("there is no such escape");
                return c;
        }
    }

    char32_t hex(int digits) {
        char32_t value = 0;
        for (int i = 0; i < digits; ++i) {
            const int digit = hex_value(peek());
            if (digit < 0) fail("a hexadecimal digit is missing");
            take();
            value = value * 16 + static_cast<char32_t>(digit);
        }
        return value;
    }

    char32_t unicode_escape() {
        if (take_if("{")) {
            char32_t value = 0;
            do {
                value = value * 16 + hex(1);
                if (value > 0x10ffff) fail("there is no such code point");
            } while (!take_if("}"));
            return value;
        }
        const char32_t lead = hex(4);
        // Two surrogates are one character; one alone is in no text.
        if (lead >= 0xd800 && lead <= 0xdbff && text_.substr(at_).starts_with("\\u")) {
            const std::size_t back = at_;
            at_ += 2;
            if (peek() != '{') {
                const char32_t trail = hex(4);
                if (trail >= 0xdc00 && trail <= 0xdfff)
                    return 0x10000 + ((lead - 0xd800) << 10U) + (trail - 0xdc00);
            }
            at_ = back;
        }
        return lead;
    }

    index brackets() {
        const bool negated = take_if("^");
        std::vector<range> parts;
        while (!take_if("]")) {
            const auto first = bracket_item(parts);
            if (!first) continue;
            range points{*first, *first};
            const std::string_view rest = text_.substr(at_);
            if (rest.starts_with("-") && !rest.starts_with("-]")) {
                take();
                const auto last = bracket_item(parts);
                if (!last) {
                    parts.push_back({'-', '-'});
                } else if (*last < *first) {
                    fail("a range's ends are out of order");
                } else {
                    points.last = *last;
                }
            }
            parts.push_back(points);
        }
        code_point_set set(std::move(parts));
        return add_set(negated ? set.negated() : std::move(set));
    }

    // One character, or nothing for a class, which is added.
    std::optional<char32_t> bracket_item(std::vector<range>& parts) {
        if (done()) fail("brackets are not closed");
        if (!take_if("\\")) return take();
        if (take_if("b")) return '\b';
        if (const auto set = class_escape()) {
            parts.insert(parts.end(), set->ranges().begin(), set->ranges().end());
            return std::nullopt;
        }
        return character_escape();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    regex made_;
    std::vector<std::uint64_t> sizes_;  // by node
    std::map<code_point_set, index> sets_;
    kind within_ = kind::sequence;  // or look_ahead or look_behind
};

}  // namespace

regex regex::parse(std::string_view pattern) { return parser(pattern).parse(); }

}  // namespace tessera::engine
