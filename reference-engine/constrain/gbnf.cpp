#include "constrain/gbnf.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "constrain/rule_builder.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t longest_grammar = 256 << 10;
constexpr int deepest_group = 64;
constexpr std::size_t most_repeats = 1000;

class gbnf_parser {
  public:
    gbnf_parser(grammar& g, std::string_view text) : build_(g), text_(text) {}

    int root() {
        if (text_.size() > longest_grammar) refuse("is longer than 256 KiB");
        skip_blanks();
        while (at_ < text_.size()) rule();
        for (const auto& [name, r] : rules_)
            if (!r.defined) refuse("the rule " + in_quotes(name) + " is used and never defined");
        const auto found = rules_.find("root");
        if (found == rules_.end()) refuse("there is no rule named root");
        return found->second.start;
    }

  private:
    struct named {
        int start;
        bool defined = false;
    };
    struct piece {
        int first, last;
    };

    [[noreturn]] void refuse(const std::string& why) const {
        throw schema_refused(
            {"/grammar", "grammar",
             "at byte " + std::to_string(std::min(at_, text_.size())) + ": " + why});
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool eat(std::string_view what) {
        if (!text_.substr(at_).starts_with(what)) return false;
        at_ += what.size();
        return true;
    }
    void skip_blanks() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                ++at_;
            else
                return;
        }
    }

    static bool is_name(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    }
    std::string name() {
        const std::size_t begin = at_;
        while (is_name(peek())) ++at_;
        if (at_ == begin) refuse("a rule's name is expected");
        std::string made(text_.substr(begin, at_ - begin));
        skip_blanks();
        return made;
    }
    // Whether a rule's definition begins here.
    bool at_definition() {
        const std::size_t before = at_;
        while (is_name(peek())) ++at_;
        skip_blanks();
        const bool found = at_ > before && text_.substr(at_).starts_with("::=");
        at_ = before;
        return found;
    }

    named& rule_named(const std::string& name) {
        const auto found = rules_.find(name);
        if (found != rules_.end()) return found->second;
        return rules_.emplace(name, named{build_.state()}).first->second;
    }

    void rule() {
        const std::string called = name();
        if (!eat("::=")) refuse("::= is expected behind a rule's name");
        skip_blanks();
        named& r = rule_named(called);
        if (std::exchange(r.defined, true))
            refuse("the rule " + in_quotes(called) + " is defined twice");
        const auto body = alternatives(0);
        build_.skip(r.start, body.first);
        build_.finish(body.last);
    }

    piece alternatives(int depth) {
        if (depth > deepest_group) refuse("groups are nested too deeply");
        const piece made{build_.state(), build_.state()};
        do {
            skip_blanks();
            const int begin = build_.state();
            build_.skip(made.first, begin);
            build_.skip(sequence(begin, depth), made.last);
        } while (eat("|"));
        return made;
    }

    int sequence(int from, int depth) {
        while (at_ < text_.size() && peek() != '|' && peek() != ')' && !at_definition())
            from = repeated(from, item(depth));
        return from;
    }

    piece item(int depth) {
        piece made{build_.state(), 0};
        const char c = peek();
        if (c == '"') {
            ++at_;
            int end = made.first;
            while (peek() != '"') {
                const int next = build_.state();
                const char32_t each = character();
                build_.character(end, next, each, each);
                end = next;
            }
            ++at_;
            made.last = end;
        } else if (c == '[') {
            ++at_;
            made.last = build_.state();
            char_class(made);
        } else if (c == '.') {
            ++at_;
            made.last = build_.state();
            build_.character(made.first, made.last, 0, 0x10FFFF);
        } else if (c == '(') {
            ++at_;
            const auto inner = alternatives(depth + 1);
            if (!eat(")")) refuse("a closing parenthesis is expected");
            build_.skip(made.first, inner.first);
            made.last = inner.last;
        } else {
            const auto called = name();
            made.last = build_.state();
            build_.call(made.first, made.last, rule_named(called).start);
        }
        skip_blanks();
        return made;
    }

    char32_t character() {
        if (at_ >= text_.size() || peek() == '\n') refuse("the text or class has no end");
        const auto byte = [&](std::size_t i) {
            return i < text_.size() ? static_cast<unsigned char>(text_[i]) : 0U;
        };
        if (peek() == '\\') {
            at_ += 2;
            switch (at_ <= text_.size() ? text_[at_ - 1] : '\0') {
                case 'n':
                    return '\n';
                case 'r':
                    return '\r';
                case 't':
                    return '\t';
                case 'x':
                    return hex(2);
                case 'u':
                    return hex(4);
                case 'U':
                    return hex(8);
                case '\\':
                case '"':
                case '[':
                case ']':
                case '-':
                case '^':
                    return static_cast<unsigned char>(text_[at_ - 1]);
                default:
                    refuse("an unknown escape");
            }
        }
        const unsigned lead = byte(at_);
        const int tail = lead < 0x80 ? 0 : lead < 0xC2 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        char32_t made = tail <= 0 ? lead : lead & (0x3FU >> tail);
        for (int i = 1; i <= tail; ++i) {
            if ((byte(at_ + static_cast<std::size_t>(i)) & 0xC0) != 0x80) refuse("is not UTF-8");
            made = made << 6 | (byte(at_ + static_cast<std::size_t>(i)) & 0x3F);
        }
        if (tail < 0 || made > 0x10FFFF) refuse("is not UTF-8");
        at_ += static_cast<std::size_t>(tail) + 1;
        return made;
    }

    char32_t hex(int digits) {
        char32_t made = 0;
        for (int i = 0; i < digits; ++i, ++at_) {
            const char c = peek();
            const int digit = c >= '0' && c <= '9'                 ? c - '0'
                              : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                                   : -1;
            if (digit < 0) refuse("hexadecimal digits are expected");
            made = made << 4 | static_cast<char32_t>(digit);
        }
        if (made > 0x10FFFF || (made >= 0xD800 && made < 0xE000)) refuse("is no character");
        return made;
    }

    void char_class(piece to) {
        const bool negated = eat("^");
        std::vector<std::pair<char32_t, char32_t>> ranges;
        while (peek() != ']') {
            const char32_t first = character();
            char32_t last = first;
            if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
                ++at_;
                last = character();
            }
            if (last < first) refuse("a range goes backwards");
            ranges.emplace_back(first, last);
        }
        ++at_;
        if (!negated) {
            for (const auto& [first, last] : ranges)
                build_.character(to.first, to.last, first, last);
            return;
        }
        std::sort(ranges.begin(), ranges.end());
        char32_t next = 0;
        for (const auto& [first, last] : ranges) {
            if (first > next) build_.character(to.first, to.last, next, first - 1);
            next = std::max<char32_t>(next, last + 1);
        }
        if (next <= 0x10FFFF) build_.character(to.first, to.last, next, 0x10FFFF);
    }

    std::size_t number() {
        std::size_t made = 0, digits = 0;
        for (; peek() >= '0' && peek() <= '9' && digits < 6; ++digits, ++at_)
            made = made * 10 + static_cast<std::size_t>(peek() - '0');
        if (digits == 0 || made > most_repeats) refuse("a number from 0 to 1000 is expected");
        skip_blanks();
        return made;
    }

    int repeated(int from, piece what) {
        std::size_t least = 1, most = 1;
        constexpr std::size_t endless = most_repeats + 1;
        if (eat("*")) {
            least = 0;
            most = endless;
        } else if (eat("+")) {
            most = endless;
        } else if (eat("?")) {
            least = 0;
        } else if (eat("{")) {
            skip_blanks();
            least = most = number();
            if (eat(",")) {
                skip_blanks();
                most = peek() == '}' ? endless : number();
            }
            if (!eat("}") || most < least) refuse("a repetition is {m}, {m,} or {m,n}");
        } else {
            build_.skip(from, what.first);
            return what.last;
        }
        skip_blanks();
        build_.finish(what.last);
        for (std::size_t i = 0; i < least; ++i) {
            const int next = build_.state();
            build_.call(from, next, what.first);
            from = next;
        }
        const int end = build_.state();
        if (most == endless) {
            const int loop = build_.state();
            build_.skip(from, loop);
            build_.call(loop, loop, what.first);
            from = loop;
        } else {
            for (std::size_t i = least; i < most; ++i) {
                const int next = build_.state();
                build_.skip(from, end);
                build_.call(from, next, what.first);
                from = next;
            }
        }
        build_.skip(from, end);
        return end;
    }

    rule_builder build_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::map<std::string, named> rules_;
};

}  // namespace

int add_gbnf(grammar& g, std::string_view text) { return gbnf_parser(g, text).root(); }

}  // namespace tessera::engine
