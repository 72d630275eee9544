#include <algorithm>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/text_operations.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

// Searches.

/// The part of a text that the arguments `start` and `end` choose, as a slice does.
struct chosen_part {
    std::string_view text;
    std::int64_t start = 0;  // in characters
    bool there = true;       // false where it starts behind the end of the text
};
chosen_part part_of(machine& m, const value& self, call a) {
    const std::string_view whole = *self.text();
    m.charge(whole.size() / 16 + 1);
    if (!a.has(1) && !a.has(2)) return {whole};
    const auto size = static_cast<std::int64_t>(unicode::count(whole));
    const auto bound = [&](std::int64_t i) {
        return i < 0 ? std::max<std::int64_t>(i + size, 0) : i;
    };
    const std::int64_t start = bound(a.integer_or(1, 0));
    const std::int64_t end = std::min(bound(a.integer_or(2, size)), size);
    if (start > end) return {{}, start, false};
    const std::string_view tail =
        whole.substr(prefix_size(whole, static_cast<std::uint64_t>(start)));
    return {tail.substr(0, prefix_size(tail, static_cast<std::uint64_t>(end - start))), start};
}

template <bool Backwards, bool Required>
value position(machine& m, const value& self, call a) {
    const chosen_part part = part_of(m, self, a);
    const std::string& what = a.text(0);
    const std::size_t at =
        !part.there ? std::string_view::npos
                    : (Backwards ? rfind_text(part.text, what) : find_text(part.text, what));
    if (at != std::string_view::npos)
        return part.start + static_cast<std::int64_t>(unicode::count(part.text.substr(0, at)));
    if (Required) m.fail("the string is not in the other");
    return std::int64_t{-1};
}

value count(machine& m, const value& self, call a) {
    const chosen_part part = part_of(m, self, a);
    const std::string& what = a.text(0);
    if (!part.there) return std::int64_t{0};
    if (what.empty()) return static_cast<std::int64_t>(unicode::count(part.text)) + 1;
    std::int64_t n = 0;
    for (std::size_t at = find_text(part.text, what); at != std::string_view::npos;
         at = find_text(part.text, what, at + what.size())) {
        ++n;
    }
    return n;
}

template <bool Start>
value has_affix(machine& m, const value& self, call a) {
    const chosen_part part = part_of(m, self, a);
    const auto fits = [&](const value& affix) {
        if (affix.text() == nullptr) m.fail(std::string(a.name()) + " takes a string");
        m.charge(affix.text()->size() / 64 + 1);
        return part.there &&
               (Start ? part.text.starts_with(*affix.text()) : part.text.ends_with(*affix.text()));
    };
    const sequence* several = a[0]->list();
    if (several == nullptr || !several->tuple) return fits(*a[0]);
    return std::ranges::any_of(several->items, fits);
}

constexpr builtin search_table[] = {
    {"count", "sub,start?,end?", count},
    {"endswith", "suffix,start?,end?", has_affix<false>},
    {"find", "sub,start?,end?", position<false, false>},
    {"index", "sub,start?,end?", position<false, true>},
    {"rfind", "sub,start?,end?", position<true, false>},
    {"rindex", "sub,start?,end?", position<true, true>},
    {"startswith", "prefix,start?,end?", has_affix<true>},
};

// Questions about all characters.

template <bool (*Holds)(char32_t), bool OfNone = false>
value all(machine& m, const value& self, call) {
    const std::string& text = *self.text();
    m.charge(text.size() / 16 + 1);
    if (text.empty()) return OfNone;
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        if (!Holds(c.point)) return false;
        at += c.size;
    }
    return true;
}
bool is_alphanumeric(char32_t c) { return unicode::is_letter(c) || unicode::is_numeric(c); }
bool is_ascii(char32_t c) { return c < 0x80; }

template <bool Upper>
value cased(machine& m, const value& self, call) {
    m.charge(self.text()->size() / 16 + 1);
    return has_case(*self.text(), Upper);
}

/// Capitals only where nothing cased precedes, and small letters only behind something cased.
value titled(machine& m, const value& self, call) {
    const std::string& text = *self.text();
    m.charge(text.size() / 16 + 1);
    bool any = false;
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        at += c.size;
        const bool capital = unicode::is_upper(c.point) || unicode::is_title(c.point);
        if (capital ? inside : unicode::is_lower(c.point) && !inside) return false;
        inside = unicode::is_cased(c.point);
        any = any || inside;
    }
    return any;
}

value is_identifier(machine& m, const value& self, call) {
    const std::string& text = *self.text();
    m.charge(text.size() / 16 + 1);
    if (text.empty()) return false;
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        if (c.point >= 0x80) m.unsupported("isidentifier of characters beyond ASCII");
        const bool letter = unicode::is_letter(c.point) || c.point == '_';
        if (!letter && (at == 0 || !unicode::is_decimal(c.point))) return false;
        at += c.size;
    }
    return true;
}

constexpr builtin question_table[] = {
    {"isalnum", "", all<is_alphanumeric>},
    {"isalpha", "", all<unicode::is_letter>},
    {"isascii", "", all<is_ascii, true>},
    {"isdecimal", "", all<unicode::is_decimal>},
    {"isdigit", "", all<unicode::is_digit>},
    {"isidentifier", "", is_identifier},
    {"islower", "", cased<false>},
    {"isnumeric", "", all<unicode::is_numeric>},
    {"isprintable", "", all<unicode::is_printable, true>},
    {"isspace", "", all<is_python_space>},
    {"istitle", "", titled},
    {"isupper", "", cased<true>},
};

}  // namespace

builtins text_search_methods() { return search_table; }
builtins text_question_methods() { return question_table; }

}  // namespace tessera::engine::jinja
