#include "text/jinja/formatting.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "text/jinja/numbers.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

/// Appends what a field became, escaped where the pattern is markup and the value is not.
void append_field(machine& m, std::string& out, std::string_view text, const value& pattern,
                  const value& x) {
    const bool escapes = pattern.as<markup>() != nullptr && x.as<markup>() == nullptr;
    m.append(out, escapes ? std::string_view(escaped(text)) : text);
}

/// One `pattern % arguments`.
class percent_call {
  public:
    percent_call(machine& m, const value& pattern, const value& given)
        : m_(m), pattern_(pattern), given_(given), rest_(*pattern.text()) {}

    value run() {
        std::string out;
        while (!rest_.empty()) {
            const std::size_t sign = std::min(rest_.find('%'), rest_.size());
            m_.append(out, rest_.substr(0, sign));
            rest_.remove_prefix(sign);
            if (rest_.empty()) break;
            rest_.remove_prefix(1);
            field(out);
        }
        // As in Python, a dict and a list may be left over.
        const bool all = used_ >= available() || given_.mapping() != nullptr ||
                         (given_.list() != nullptr && !is_tuple());
        if (!all) m_.fail("a '%' format has more arguments than places");
        return m_.text_like(pattern_, std::move(out));
    }

  private:
    bool is_tuple() const { return given_.list() != nullptr && given_.list()->tuple; }
    std::size_t available() const { return is_tuple() ? given_.list()->items.size() : 1; }
    value next() {
        if (named_) return *named_;
        if (used_ >= available()) m_.fail("a '%' format has more places than arguments");
        ++used_;
        return is_tuple() ? given_.list()->items[used_ - 1] : given_;
    }
    std::optional<std::int64_t> number_or_star() {
        if (!rest_.starts_with('*')) return take_number(rest_);
        rest_.remove_prefix(1);
        const value x = next();
        if (!x.is_integer()) m_.fail("'*' in a '%' format takes an integer");
        constexpr std::int64_t most = std::int64_t{1} << 40;
        return static_cast<std::int64_t>(std::clamp<wide_integer>(x.integer(), -most, most));
    }
    void read_name() {
        named_.reset();
        if (!rest_.starts_with('(')) return;
        std::size_t at = 1;
        for (int open = 1; at < rest_.size(); ++at) {
            open += rest_[at] == '(' ? 1 : rest_[at] == ')' ? -1 : 0;
            if (open == 0) break;
        }
        if (at == rest_.size()) m_.fail("a name in a '%' format has no end");
        const std::string_view name = rest_.substr(1, at - 1);
        if (given_.mapping() == nullptr) m_.fail("a '%' format with names takes a dict");
        const value* found = given_.mapping()->find(name);
        if (found == nullptr) m_.fail("a '%' format has no value for " + in_quotes(name));
        named_ = *found;
        rest_.remove_prefix(at + 1);
    }

    void field(std::string& out) {
        read_name();
        format_spec spec;
        bool left = false;
        for (; !rest_.empty(); rest_.remove_prefix(1)) {
            const char flag = rest_[0];
            if (flag == '-') {
                left = true;
            } else if (flag == '+' || (flag == ' ' && spec.sign != '+')) {
                spec.sign = flag;
            } else if (flag == '#') {
                spec.alternate = true;
            } else if (flag == '0') {
                spec.zero = true;
            } else if (flag != ' ') {
                break;
            }
        }
        spec.width = number_or_star().value_or(0);
        if (spec.width < 0) left = true;
        spec.width = std::abs(spec.width);
        if (rest_.starts_with('.')) {
            rest_.remove_prefix(1);
            spec.precision = std::max<std::int64_t>(number_or_star().value_or(0), 0);
        }
        while (!rest_.empty() && (rest_[0] == 'h' || rest_[0] == 'l' || rest_[0] == 'L'))
            rest_.remove_prefix(1);
        if (rest_.empty()) m_.fail("a '%' format is incomplete");
        spec.type = rest_[0];
        rest_.remove_prefix(1);
        if (left) {
            spec.align = '<';
        } else if (spec.zero) {
            spec.fill = "0";
        }
        conversion(out, spec);
    }

    void conversion(std::string& out, format_spec spec) {
        switch (spec.type) {
            case '%':
                return m_.append(out, "%");
            case 's':
            case 'r': {
                const value x = next();
                std::string text;
                spec.type == 's' ? append_text(m_, text, x) : append_repr(m_, text, x);
                return append_text_field(out, x, text, spec);
            }
            case 'c': {
                const value x = next();
                if (x.text() != nullptr && unicode::count(*x.text()) != 1)
                    m_.fail("'%c' takes one character");
                if (x.text() != nullptr) return append_text_field(out, x, *x.text(), spec);
                spec.fill = " ";
                spec.zero = false;
                if (spec.align == '\0') spec.align = '>';
                return append_number(m_, out, x, spec);
            }
            case 'i':
            case 'u':
            case 'd': {
                value x = next();
                if (const double* real = x.as<double>()) {
                    const auto whole = truncated(*real);
                    if (!whole) m_.limit("a number to format needs more than 128 bits");
                    x = *whole;
                }
                spec.type = 'd';
                return append_number(m_, out, x, spec);
            }
            case 'o':
            case 'x':
            case 'X':
            case 'e':
            case 'E':
            case 'f':
            case 'F':
            case 'g':
            case 'G': {
                const value x = next();
                if (!x.is_number()) m_.fail("a '%' format of a number takes a number");
                return append_number(m_, out, x, spec);
            }
            case 'a':
                m_.unsupported("the conversion '%a'");
            default:
                m_.fail("a '%' format has an unknown conversion");
        }
    }
    void append_text_field(std::string& out, const value& x, std::string_view text,
                           format_spec spec) {
        if (spec.precision) {
            text = text.substr(0, prefix_size(text, static_cast<std::uint64_t>(*spec.precision)));
        }
        spec.fill = " ";
        std::string padded;
        append_padded(m_, padded, text, spec, '>');
        append_field(m_, out, padded, pattern_, x);
    }

    machine& m_;
    const value& pattern_;
    const value& given_;
    std::string_view rest_;
    std::size_t used_ = 0;
    std::optional<value> named_;
};

/// One pattern.format(arguments).
class brace_call {
  public:
    brace_call(machine& m, const value& pattern, const arguments& given)
        : m_(m), pattern_(pattern), given_(given) {}

    value run() { return m_.text_like(pattern_, expanded(*pattern_.text(), false)); }

  private:
    /// A pattern, or the specification inside one, where nothing is doubled.
    std::string expanded(std::string_view rest, bool inside) {
        std::string out;
        while (!rest.empty()) {
            const std::size_t brace = std::min(rest.find_first_of("{}"), rest.size());
            m_.append(out, rest.substr(0, brace));
            rest.remove_prefix(brace);
            if (rest.empty()) break;
            const char kind = rest[0];
            if (!inside && rest.size() > 1 && rest[1] == kind) {
                m_.append(out, rest.substr(0, 1));
                rest.remove_prefix(2);
                continue;
            }
            if (kind == '}') m_.fail("a format has a single '}'");
            rest.remove_prefix(1);
            field(out, take_field(rest), inside);
        }
        return out;
    }
    std::string_view take_field(std::string_view& rest) {
        int open = 1;
        for (std::size_t at = 0; at < rest.size(); ++at) {
            open += rest[at] == '{' ? 1 : rest[at] == '}' ? -1 : 0;
            if (open != 0) continue;
            const std::string_view out = rest.substr(0, at);
            rest.remove_prefix(at + 1);
            return out;
        }
        m_.fail("a format has a single '{'");
    }

    void field(std::string& out, std::string_view source, bool inside) {
        // An index in brackets may hold what would else end the name.
        std::size_t end = 0;
        bool bracket = false;
        for (; end < source.size(); ++end) {
            if (source[end] == '[') bracket = true;
            if (source[end] == ']') bracket = false;
            if (!bracket && (source[end] == '!' || source[end] == ':')) break;
        }
        value x = named_by(source.substr(0, end));
        std::string_view rest = source.substr(end);
        char conversion = '\0';
        if (rest.starts_with('!')) {
            if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':'))
                m_.fail("a conversion in a format is one letter");
            conversion = rest[1];
            rest.remove_prefix(2);
        }
        std::string spec(rest.empty() ? rest : rest.substr(1));
        if (spec.find_first_of("{}") != std::string::npos) {
            if (inside) m_.fail("a format is nested too deeply");
            spec = expanded(spec, true);
        }
        const value original = x;
        if (conversion == 's' || conversion == 'r') {
            std::string text;
            conversion == 's' ? append_text(m_, text, x) : append_repr(m_, text, x);
            x = m_.text(std::move(text));
        } else if (conversion == 'a') {
            m_.unsupported("the conversion '!a'");
        } else if (conversion != '\0') {
            m_.fail("a format has an unknown conversion");
        }
        std::string text;
        append_formatted(text, x, spec);
        append_field(m_, out, text, inside ? value() : pattern_, original);
    }

    void append_formatted(std::string& out, const value& x, const std::string& spec_text) {
        if (spec_text.empty()) return append_text(m_, out, x);
        const format_spec spec = read_format_spec(m_, spec_text);
        if (x.is_number()) {
            const bool whole = x.is_integer() && std::string_view("eEfFgG%").find(spec.type) ==
                                                     std::string_view::npos;
            if (whole && spec.precision) m_.fail("the format of an integer has a precision");
            return append_number(m_, out, x, spec);
        }
        if (x.text() == nullptr)
            m_.fail("a value of type " + std::string(x.type_name()) + " takes no format");
        if ((spec.type != '\0' && spec.type != 's') || spec.align == '=' || spec.sign != '-' ||
            spec.alternate || spec.grouping != '\0') {
            m_.fail("the format " + in_quotes(spec_text) + " is none of a string");
        }
        std::string_view text = *x.text();
        if (spec.precision)
            text = text.substr(0, prefix_size(text, static_cast<std::uint64_t>(*spec.precision)));
        append_padded(m_, out, text, spec, '<');
    }

    /// "0", "name", "0.attribute[item]", or the next one for "".
    value named_by(std::string_view path) {
        m_.charge(1);
        const std::size_t end = std::min(path.find_first_of(".["), path.size());
        value out = argument(path.substr(0, end));
        for (std::string_view rest = path.substr(end); !rest.empty();) {
            const bool item = rest[0] == '[';
            rest.remove_prefix(1);
            const std::size_t stop = std::min(rest.find_first_of(item ? "]" : ".["), rest.size());
            const std::string_view name = rest.substr(0, stop);
            if (name.empty() || (item && stop == rest.size()))
                m_.fail("a name in a format is incomplete");
            rest.remove_prefix(stop + (item ? 1 : 0));
            if (item && !rest.empty() && rest[0] != '.' && rest[0] != '[')
                m_.fail("a name in a format goes on behind ']'");
            if (item) {
                const auto index = index_of(name);
                out = m_.item(out, index ? value(*index) : m_.text(name));
            } else {
                out = m_.attribute(out, name);
            }
        }
        return out;
    }
    static std::optional<std::int64_t> index_of(std::string_view name) {
        const auto out = take_number(name);
        return name.empty() ? out : std::nullopt;
    }
    value argument(std::string_view name) {
        std::optional<std::int64_t> index = index_of(name);
        if (name.empty() || index) {
            if (counts_ && *counts_ != name.empty())
                m_.fail("a format counts its places both itself and not");
            counts_ = name.empty();
            if (name.empty()) index = next_++;
            if (*index >= static_cast<std::int64_t>(given_.positional.size()))
                m_.fail("a format has more places than arguments");
            return given_.positional[static_cast<std::size_t>(*index)];
        }
        const auto it =
            std::ranges::find(given_.named, name, [](const auto& x) { return x.first; });
        if (it == given_.named.end()) m_.fail("a format has no value for " + in_quotes(name));
        return it->second;
    }

    machine& m_;
    const value& pattern_;
    const arguments& given_;
    std::optional<bool> counts_;  // its places itself
    std::int64_t next_ = 0;
};

}  // namespace

value percent_format(machine& m, const value& pattern, const value& given) {
    return percent_call(m, pattern, given).run();
}

value brace_format(machine& m, const value& pattern, const arguments& given) {
    return brace_call(m, pattern, given).run();
}

}  // namespace tessera::engine::jinja
