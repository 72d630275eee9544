#include "text/jinja/lexer.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {

void fail_at(int line, const std::string& reason) {
    throw engine_error(error_code::malformed,
                       "chat template, line " + std::to_string(line) + ": " + reason);
}
void unsupported_at(int line, const std::string& what) {
    throw engine_error(error_code::unsupported, "chat template, line " + std::to_string(line) +
                                                    ": " + what + " is not supported");
}
void limit_at(int line, const std::string& what) {
    throw engine_error(error_code::limit,
                       "chat template, line " + std::to_string(line) + ": " + what);
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string with_plain_newlines(std::string_view source) {
    std::string out;
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            if (i + 1 < source.size() && source[i + 1] == '\n') continue;
            out += '\n';
        } else {
            out += source[i];
        }
    }
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

class scanner {
  public:
    explicit scanner(std::string text) : text_(std::move(text)) {}

    std::vector<token> run() {
        while (at_ < text_.size()) data();
        tokens_.push_back({token::kind::end, line_, {}});
        return std::move(tokens_);
    }

  private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool starts(std::string_view what) const {
        return std::string_view(text_).substr(at_).starts_with(what);
    }
    void advance(std::size_t count) {
        line_ += static_cast<int>(
            std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                       text_.begin() + static_cast<std::ptrdiff_t>(at_ + count), '\n'));
        at_ += count;
    }
    void add(token::kind is, std::string text = {}) {
        tokens_.push_back({is, line_, std::move(text)});
    }
    void skip_space() {
        while (at_ < text_.size()) {
            const unicode::decoded c = unicode::decode(text_, at_);
            if (!unicode::is_space(c.point)) break;
            advance(c.size);
        }
    }

    /// Text up to the next tag, and the tag.
    void data() {
        std::size_t open = at_;
        do {
            open = text_.find('{', open);
            if (open == std::string::npos) return emit_data(text_.size(), '\0', false);
            const char next = open + 1 < text_.size() ? text_[open + 1] : '\0';
            if (next == '%' || next == '{' || next == '#') break;
            ++open;
        } while (true);
        const char what = text_[open + 1];
        const char sign = open + 2 < text_.size() ? text_[open + 2] : '\0';
        emit_data(open, sign, what != '{');
        advance(2);
        if (sign == '-' || sign == '+') advance(1);
        if (what == '#') return comment();
        if (what == '%' && raw()) return;
        add(what == '%' ? token::kind::begin_block : token::kind::begin_output);
        tag(what == '%');
    }

    /// Data from at_ to `end`, where a tag with that sign begins.
    void emit_data(std::size_t end, char sign, bool strips_line) {
        std::string_view data = std::string_view(text_).substr(at_, end - at_);
        if (sign == '-') {
            while (!data.empty() && unicode::is_space(last_point(data))) remove_last(data);
        } else if (strips_line && sign != '+') {
            const std::size_t newline = data.rfind('\n');
            const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
            const bool whole_line = start > 0 || at_ == 0 || text_[at_ - 1] == '\n';
            if (whole_line && blank(data.substr(start))) data = data.substr(0, start);
        }
        if (!data.empty()) add(token::kind::data, std::string(data));
        advance(end - at_);
    }
    static char32_t last_point(std::string_view text) {
        std::size_t at = text.size() - 1;
        while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) --at;
        return unicode::decode(text, at).point;
    }
    static void remove_last(std::string_view& text) {
        while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) {
            text.remove_suffix(1);
        }
        text.remove_suffix(1);
    }
    static bool blank(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const unicode::decoded c = unicode::decode(text, at);
            if (!unicode::is_space(c.point)) return false;
            at += c.size;
        }
        return true;
    }

    /// The end of a tag that `closer` ("%}", "#}", "}}") makes, with its sign.
    bool close(std::string_view closer, bool trims_newline) {
        const bool minus =
            peek() == '-' && std::string_view(text_).substr(at_ + 1).starts_with(closer);
        const bool plus = trims_newline && peek() == '+' &&
                          std::string_view(text_).substr(at_ + 1).starts_with(closer);
        if (!minus && !plus && !starts(closer)) return false;
        advance(closer.size() + (minus || plus ? 1 : 0));
        if (minus) {
            skip_space();
        } else if (!plus && trims_newline && peek() == '\n') {
            advance(1);
        }
        return true;
    }

    void comment() {
        const int line = line_;
        while (at_ < text_.size()) {
            if (close("#}", true)) return;
            advance(1);
        }
        fail_at(line, "the comment has no end");
    }

    /// {% raw %} ... {% endraw %}; false if this is another block.
    bool raw() {
        const std::size_t start = at_;
        const int line = line_;
        skip_space();
        if (starts("raw")) {
            advance(3);
            skip_space();
            if (close("%}", false)) {
                raw_body(line);
                return true;
            }
        }
        at_ = start;
        line_ = line;
        return false;
    }
    void raw_body(int line) {
        const std::size_t body = at_;
        const int body_line = line_;
        for (std::size_t open = text_.find("{%", at_); open != std::string::npos;
             open = text_.find("{%", open + 2)) {
            advance(open - at_ + 2);
            const char sign = peek();
            if (sign == '-' || sign == '+') advance(1);
            skip_space();
            if (!starts("endraw")) continue;
            advance(6);
            skip_space();
            const std::size_t close_at = at_;
            const int close_line = line_;
            if (peek() != '%' && peek() != '-' && peek() != '+') continue;
            at_ = body;
            line_ = body_line;
            emit_data(open, sign, true);
            at_ = close_at;
            line_ = close_line;
            if (close("%}", true)) return;
            fail_at(close_line, "the endraw block has no end");
        }
        fail_at(line, "the raw block has no endraw");
    }

    void tag(bool is_block) {
        const int line = line_;
        int brackets = 0;
        for (;;) {
            skip_space();
            if (at_ >= text_.size()) fail_at(line, "the tag has no end");
            if (brackets == 0 && close(is_block ? "%}" : "}}", is_block)) {
                return add(is_block ? token::kind::end_block : token::kind::end_output);
            }
            const char c = peek();
            if (is_name_start(c)) {
                std::size_t size = 1;
                while (is_name_start(peek(size)) || is_digit(peek(size))) ++size;
                add(token::kind::name, text_.substr(at_, size));
                advance(size);
            } else if (is_digit(c)) {
                number();
            } else if (c == '\'' || c == '"') {
                string(c);
            } else {
                brackets += symbol();
            }
        }
    }

    void number() {
        std::size_t size = 0;
        bool real = false;
        const auto digits = [&] {
            while (is_digit(peek(size)) || (peek(size) == '_' && is_digit(peek(size + 1)))) ++size;
        };
        const bool in_base = peek() == '0' && is_name_start(peek(1)) && peek(1) != 'e' &&
                             peek(1) != 'E' && peek(1) != '_';
        if (in_base) {  // 0x1F
            while (is_name_start(peek(size)) || is_digit(peek(size))) ++size;
            add(token::kind::integer, text_.substr(at_, size));
            return advance(size);
        }
        digits();
        const bool is_index = at_ > 0 && text_[at_ - 1] == '.';  // x.0.1 has two of them
        if (is_index) {
            add(token::kind::integer, text_.substr(at_, size));
            return advance(size);
        }
        if (peek(size) == '.' && is_digit(peek(size + 1))) {
            real = true;
            ++size;
            digits();
        }
        if (peek(size) == 'e' || peek(size) == 'E') {
            const std::size_t sign = peek(size + 1) == '+' || peek(size + 1) == '-' ? 1 : 0;
            if (is_digit(peek(size + 1 + sign))) {
                real = true;
                size += 1 + sign;
                digits();
            }
        }
        add(real ? token::kind::real : token::kind::integer, text_.substr(at_, size));
        advance(size);
    }

    void string(char quote) {
        const int line = line_;
        std::string out;
        advance(1);
        for (;;) {
            const std::size_t stop = text_.find_first_of(quote == '"' ? "\"\\" : "'\\", at_);
            if (stop == std::string::npos) fail_at(line, "the string has no end");
            out.append(text_, at_, stop - at_);
            advance(stop - at_);
            if (peek() == quote) break;
            escape(out);
        }
        advance(1);
        tokens_.push_back({token::kind::string, line, std::move(out)});
    }

    void escape(std::string& out) {
        static constexpr std::string_view letters = "abfnrtv\\'\"";
        static constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
        const char c = peek(1);
        if (c == '\0') fail_at(line_, "the string has no end");
        if (const std::size_t i = letters.find(c); i != std::string_view::npos) {
            out += meanings[i];
            return advance(2);
        }
        if (c == '\n') return advance(2);
        if (c >= '0' && c <= '7') {
            std::size_t size = 1;
            char32_t point = 0;
            for (; size <= 3 && peek(size) >= '0' && peek(size) <= '7'; ++size) {
                point = point * 8 + static_cast<char32_t>(peek(size) - '0');
            }
            unicode::append(out, point);
            return advance(size);
        }
        const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits == 0) {  // as in Python, an unknown escape stays as it is
            out += '\\';
            return advance(1);
        }
        char32_t point = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char d = peek(2 + i);
            const int digit = is_digit(d)            ? d - '0'
                              : d >= 'a' && d <= 'f' ? d - 'a' + 10
                              : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                                     : -1;
            if (digit < 0) fail_at(line_, "the escape in the string is incomplete");
            point = point * 16 + static_cast<char32_t>(digit);
        }
        if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
            fail_at(line_, "the escape in the string is no character");
        }
        unicode::append(out, point);
        advance(2 + digits);
    }

    /// Returns the change of the number of open brackets.
    int symbol() {
        static constexpr std::string_view symbols[] = {
            "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<",
            ">",  "=",  "(",  ")",  "[",  "]",  "{", "}", ".", ",", ":", "|"};
        for (const std::string_view s : symbols) {
            if (!starts(s)) continue;
            add(token::kind::symbol, std::string(s));
            advance(s.size());
            if (s == "(" || s == "[" || s == "{") {
                open_ += s.front();
                return 1;
            }
            if (s != ")" && s != "]" && s != "}") return 0;
            const char expected = s == ")" ? '(' : s == "]" ? '[' : '{';
            if (open_.empty() || open_.back() != expected) {
                fail_at(line_, "unexpected '" + std::string(s) + "'");
            }
            open_.pop_back();
            return -1;
        }
        fail_at(line_, "unexpected character " +
                           in_quotes(text_.substr(at_, unicode::decode(text_, at_).size)));
    }

    std::string text_;
    std::string open_;  // brackets
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<token> tokens_;
};

}  // namespace

std::vector<token> tokenize(std::string_view source) {
    return scanner(with_plain_newlines(source)).run();
}

}  // namespace tessera::engine::jinja
