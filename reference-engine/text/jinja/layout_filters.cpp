#include <algorithm>
#include <cstdint>

#include "text/jinja/formatting.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/text_operations.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

const std::string& text_of(machine& m, const value& x, call a) {
    if (x.text() == nullptr)
        m.fail(std::string(a.name()) + " takes a string, not " + std::string(x.type_name()));
    return *x.text();
}

value indent(machine& m, const value& x, call a) {
    std::string margin;
    if (a.has(0) && a[0]->text() != nullptr) {
        margin = *a[0]->text();
    } else {
        m.append_repeated(margin, " ", a.integer_or(0, 4));
    }
    const std::string in = text_of(m, x, a) + "\n";
    m.charge(in.size() / 8);
    std::string out;
    bool first = true;
    for (std::string_view rest = in; !rest.empty(); first = false) {
        const std::string_view line = take_line(rest);
        if (!first) m.append(out, "\n");
        if (first ? a.truth(1) : a.truth(2) || !line.empty()) m.append(out, margin);
        m.append(out, line);
    }
    return m.text_like(x, std::move(out));
}

value center(machine& m, const value& x, call a) {
    return justified_text(m, x, '^', a.integer_or(0, 80), " ");
}

value truncate(machine& m, const value& x, call a) {
    const std::int64_t length = a.integer_or(0, 255);
    const std::string_view end = a.text_or(2, "...");
    const std::int64_t leeway = a.integer_or(3, 5);
    const auto end_size = static_cast<std::int64_t>(unicode::count(end));
    if (length < end_size || leeway < 0)
        m.fail("truncate takes a length of at least what ends the text, and no negative leeway");
    const auto fits = [&](std::int64_t size) { return size <= length || size - length <= leeway; };
    if (x.text() == nullptr && fits(static_cast<std::int64_t>(m.iterate(x)->items.size())))
        return x;
    const std::string& in = text_of(m, x, a);
    m.charge(in.size() / 16);
    if (fits(static_cast<std::int64_t>(unicode::count(in)))) return x;
    std::string_view kept = std::string_view(in).substr(
        0, prefix_size(in, static_cast<std::uint64_t>(length - end_size)));
    if (!a.truth(1)) kept = kept.substr(0, kept.rfind(' '));
    return m.text_like(x, std::string(kept) + std::string(end));
}

value word_count(machine& m, const value& x, call) {
    const std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    std::int64_t words = 0;
    bool inside = false;
    for (std::size_t at = 0; at < in.size();) {
        const unicode::decoded c = unicode::decode(in, at);
        at += c.size;
        const bool word =
            unicode::is_letter(c.point) || unicode::is_numeric(c.point) || c.point == '_';
        words += word && !inside ? 1 : 0;
        inside = word;
    }
    return words;
}

value file_size(machine& m, const value& x, call a) {
    const value number = m.filter("float", x, {{none{}}, {}, {}});
    if (!number.is_number()) m.fail("filesizeformat takes a number");
    const double bytes = number.real();
    const bool binary = a.truth(0);
    const double base = binary ? 1024 : 1000;
    if (bytes == 1) return m.text("1 Byte");
    std::string out;
    if (bytes < base) {
        append_text(m, out, m.filter("int", number, {}));
        return m.text(out + " Bytes");
    }
    const std::string_view letters = binary ? "KMGTPEZY" : "kMGTPEZY";
    double unit = base;
    std::size_t i = 0;
    while (i + 1 < letters.size() && bytes >= unit * base) {
        unit *= base;
        ++i;
    }
    format_spec spec;
    spec.type = 'f';
    spec.precision = 1;
    append_number(m, out, base * bytes / (unit * base), spec);
    out += ' ';
    out += letters[i];
    return m.text(out + (binary ? "iB" : "B"));
}

constexpr builtin layout_table[] = {
    {"center", "width?", center},
    {"filesizeformat", "binary?", file_size},
    {"indent", "width?,first?,blank?", indent},
    {"pprint", "*", nullptr},
    {"truncate", "length?,killwords?,end?,leeway?", truncate},
    {"wordcount", "", word_count},
    {"wordwrap", "*", nullptr},
};

}  // namespace

builtins text_layout_filters() { return layout_table; }

}  // namespace tessera::engine::jinja
