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

template <std::string (*Change)(std::string_view)>
value changed_text(machine& m, const value& x, call) {
    const std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    return m.text_like(x, Change(in));
}

/// Unlike str.title(), words begin behind white space, hyphens and opening brackets only.
std::string with_titles(std::string_view text) {
    const auto parts = [](char32_t c) {
        return is_python_space(c) ||
               std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos;
    };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        while (at < text.size()) {
            const unicode::decoded c = unicode::decode(text, at);
            if (parts(c.point)) break;
            at += c.size;
        }
        if (at > start) {
            const std::string_view word = text.substr(start, at - start);
            const std::size_t first = character_at(word, 0).size();
            out += unicode::to_upper(word.substr(0, first));
            out += unicode::to_lower(word.substr(first));
        }
        if (at == text.size()) break;
        const std::string_view between = character_at(text, at);
        out += between;
        at += between.size();
    }
    return out;
}

value title(machine& m, const value& x, call) {
    const std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    return m.text(with_titles(in));
}

value trim(machine& m, const value& x, call a) {
    const std::string in = as_text(m, x);
    return m.text_like(x, std::string(strip(in, a.text_if(0), true, true)));
}

value replace(machine& m, const value& x, call a) {
    const std::string in = as_text(m, x);
    return m.text(replaced(m, in, as_text(m, *a[0]), as_text(m, *a[1]), a.integer_or(2, -1)));
}

value format(machine& m, const value& x, call a) {
    const arguments& given = a.all();
    const value pattern = x.text() != nullptr ? x : m.text(as_text(m, x));
    if (given.named.empty()) return percent_format(m, pattern, m.list(given.positional, true));
    if (!given.positional.empty()) m.fail("format takes values or named values, not both");
    dict members;
    for (const auto& [name, member] : given.named)
        members.set(std::make_shared<const std::string>(name), member);
    return percent_format(m, pattern, m.mapping(std::move(members)));
}

value string(machine& m, const value& x, call) {
    return x.text() != nullptr ? x : m.text(as_text(m, x));
}

// Markup.

value safe_text(machine& m, std::string text) {
    return markup{*m.text(std::move(text)).shared_text()};
}
value escape_again(machine& m, const value& x, call) {
    const std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    return safe_text(m, escaped(in));
}
value escape(machine& m, const value& x, call a) {
    return x.as<markup>() != nullptr ? x : escape_again(m, x, a);
}
value safe(machine& m, const value& x, call) {
    return x.as<markup>() != nullptr ? x : safe_text(m, as_text(m, x));
}

/// Without comments and tags, words one space apart.
value strip_tags(machine& m, const value& x, call) {
    std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    // As in MarkupSafe: comments first, so that a tag inside one ends nothing.
    for (const auto& [open, close] : {std::pair{"<!--", "-->"}, std::pair{"<", ">"}}) {
        std::string kept;
        std::size_t at = 0;
        for (;;) {
            const std::size_t start = in.find(open, at);
            const std::size_t end = start == std::string::npos ? start : in.find(close, start + 1);
            if (end == std::string::npos) break;
            kept.append(in, at, start - at);
            at = end + std::string_view(close).size();
        }
        in = kept.append(in, at);
    }
    if (in.find('&') != std::string::npos) m.unsupported("striptags of a text with entities");
    std::string out;
    bool between = false;
    for (std::size_t at = 0; at < in.size();) {
        const std::string_view c = character_at(in, at);
        at += c.size();
        const bool space = is_python_space(unicode::decode(c, 0).point);
        if (!space && between && !out.empty()) out += ' ';
        if (!space) out += c;
        between = space;
    }
    return m.text(std::move(out));
}

bool spoils_attribute(char c) {
    return c == '/' || c == '>' || c == '=' ||
           (static_cast<unsigned char>(c) < 0x80 && is_python_space(static_cast<unsigned char>(c)));
}
value xml_attributes(machine& m, const value& x, call a) {
    if (x.mapping() == nullptr) m.fail("xmlattr takes a dict");
    std::string out;
    for (const auto& [name, member] : x.mapping()->items) {
        if (member.is_none() || member.is_undefined()) continue;
        if (std::ranges::any_of(*name, spoils_attribute))
            m.fail("the name of an attribute has a space, '/', '>' or '='");
        const std::string text = as_text(m, member);
        if (!out.empty()) m.append(out, " ");
        m.append(out, escaped(*name) + "=\"");
        m.append(out, member.as<markup>() != nullptr ? text : escaped(text));
        m.append(out, "\"");
    }
    if (!out.empty() && (a[0] == nullptr || a[0]->truth())) out.insert(0, " ");
    return m.text(std::move(out));
}

// URLs.

void append_quoted(machine& m, std::string& out, std::string_view text, bool in_query) {
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') ||
                           std::string_view("_.-~").find(c) != std::string_view::npos;
        if (plain || (c == '/' && !in_query)) {
            m.append(out, {&c, 1});
        } else if (c == ' ' && in_query) {
            m.append(out, "+");
        } else {
            const auto byte = static_cast<unsigned char>(c);
            const char hex[] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
            m.append(out, {hex, 3});
        }
    }
}

value url_encode(machine& m, const value& x, call a) {
    std::string out;
    if (x.mapping() == nullptr && x.list() == nullptr) {
        append_quoted(m, out, as_text(m, x), false);
        return m.text(std::move(out));
    }
    const value pairs = x.mapping() != nullptr ? m.filter("items", x, {}) : x;
    for (const value& pair : pairs.list()->items) {
        const sequence_pointer both = m.iterate(pair);
        if (both->items.size() != 2) m.fail(std::string(a.name()) + " takes a dict or pairs");
        if (!out.empty()) m.append(out, "&");
        append_quoted(m, out, as_text(m, both->items[0]), true);
        m.append(out, "=");
        append_quoted(m, out, as_text(m, both->items[1]), true);
    }
    return m.text(std::move(out));
}

constexpr builtin text_filter_table[] = {
    {"capitalize", "", changed_text<unicode::capitalized>},
    {"e", "", escape},
    {"escape", "", escape},
    {"forceescape", "", escape_again},
    {"format", "*", format},
    {"lower", "", changed_text<unicode::to_lower>},
    {"replace", "old,new,count?", replace},
    {"safe", "", safe},
    {"string", "", string},
    {"striptags", "", strip_tags},
    {"title", "", title},
    {"trim", "chars?", trim},
    {"upper", "", changed_text<unicode::to_upper>},
    {"urlencode", "", url_encode},
    {"urlize", "*", nullptr},
    {"xmlattr", "autospace?", xml_attributes},
};

}  // namespace

builtins text_filters() { return text_filter_table; }

}  // namespace tessera::engine::jinja
