#include <algorithm>

#include "text/jinja/machine.hpp"
#include "text/jinja/numbers.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

void append_hex(std::string& out, std::string_view prefix, char32_t x, int digits) {
    out += prefix;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out += "0123456789abcdef"[(x >> shift) & 15U];
    }
}

std::string quoted_repr(std::string_view text) {
    const bool doubles =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = doubles ? '"' : '\'';
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        at += c.size;
        if (c.point == static_cast<unsigned char>(quote) || c.point == '\\') {
            out += '\\';
            out += static_cast<char>(c.point);
        } else if (c.point == '\n') {
            out += "\\n";
        } else if (c.point == '\r') {
            out += "\\r";
        } else if (c.point == '\t') {
            out += "\\t";
        } else if (unicode::is_printable(c.point)) {
            unicode::append(out, c.point);
        } else if (c.point < 0x100) {
            append_hex(out, "\\x", c.point, 2);
        } else if (c.point < 0x10000) {
            append_hex(out, "\\u", c.point, 4);
        } else {
            append_hex(out, "\\U", c.point, 8);
        }
    }
    return out += quote;
}

std::string quoted_json(std::string_view text, bool ascii) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const unicode::decoded c = unicode::decode(text, at);
        at += c.size;
        switch (c.point) {
            case '"':
                out += "\\\"";
                continue;
            case '\\':
                out += "\\\\";
                continue;
            case '\n':
                out += "\\n";
                continue;
            case '\r':
                out += "\\r";
                continue;
            case '\t':
                out += "\\t";
                continue;
            case '\f':
                out += "\\f";
                continue;
            case '\b':
                out += "\\b";
                continue;
            default:
                break;
        }
        if (c.point < 0x20 || (ascii && c.point >= 0x7f && c.point < 0x10000)) {
            append_hex(out, "\\u", c.point, 4);
        } else if (ascii && c.point >= 0x10000) {
            append_hex(out, "\\u", 0xd800 + ((c.point - 0x10000) >> 10), 4);
            append_hex(out, "\\u", 0xdc00 + ((c.point - 0x10000) & 0x3ff), 4);
        } else {
            unicode::append(out, c.point);
        }
    }
    return out += '"';
}

std::string scalar_text(const value& x) {
    if (x.is_undefined()) return "";
    if (x.is_none()) return "None";
    if (const bool* b = x.as<bool>()) return *b ? "True" : "False";
    if (const auto* i = x.as<wide_integer>()) return integer_text(*i);
    if (const double* d = x.as<double>()) return real_text(*d);
    return "<" + std::string(x.type_name()) + ">";
}

}  // namespace

void append_text(machine& m, std::string& out, const value& x) {
    if (const std::string* text = x.text()) return m.append(out, *text);
    if (!x.is_undefined()) append_repr(m, out, x);
}

std::string as_text(machine& m, const value& x) {
    std::string out;
    append_text(m, out, x);
    return out;
}

void append_repr(machine& m, std::string& out, const value& x) {
    m.charge(1);
    if (const std::string* text = x.text()) {
        m.charge(text->size() / 16);
        if (x.as<markup>() == nullptr) return m.append(out, quoted_repr(*text));
        return m.append(out, "Markup(" + quoted_repr(*text) + ")");
    }
    if (const sequence* list = x.list()) {
        m.append(out, list->tuple ? "(" : "[");
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            if (i > 0) m.append(out, ", ");
            append_repr(m, out, list->items[i]);
        }
        return m.append(out, !list->tuple ? "]" : list->items.size() == 1 ? ",)" : ")");
    }
    if (const dict* mapping = x.mapping()) {
        m.append(out, "{");
        for (std::size_t i = 0; i < mapping->items.size(); ++i) {
            if (i > 0) m.append(out, ", ");
            m.append(out, quoted_repr(*mapping->items[i].first));
            m.append(out, ": ");
            append_repr(m, out, mapping->items[i].second);
        }
        return m.append(out, "}");
    }
    m.append(out, x.is_undefined() ? "Undefined" : scalar_text(x));
}

void append_json(machine& m, std::string& out, const value& x, const json_style& style, int level) {
    m.charge(1);
    const auto new_line = [&](int depth) {
        if (!style.indent) return;
        m.append(out, "\n");
        for (int i = 0; i < depth; ++i) m.append_repeated(out, " ", *style.indent);
    };
    const auto separate = [&](std::size_t i) {
        if (i > 0) m.append(out, style.item_separator);
        new_line(level + 1);
    };
    if (const std::string* text = x.text()) {
        m.charge(text->size() / 16);
        m.append(out, quoted_json(*text, style.ascii));
    } else if (const sequence* list = x.list()) {
        if (list->items.empty()) return m.append(out, "[]");
        m.append(out, "[");
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            separate(i);
            append_json(m, out, list->items[i], style, level + 1);
        }
        new_line(level);
        m.append(out, "]");
    } else if (const dict* mapping = x.mapping()) {
        if (mapping->items.empty()) return m.append(out, "{}");
        std::vector<const std::pair<text_pointer, value>*> members;
        for (const auto& member : mapping->items) members.push_back(&member);
        if (style.sort_keys) {
            m.charge(members.size() * 8);
            std::ranges::sort(members, {},
                              [](const auto* member) { return std::string_view(*member->first); });
        }
        m.append(out, "{");
        for (std::size_t i = 0; i < members.size(); ++i) {
            separate(i);
            m.append(out, quoted_json(*members[i]->first, style.ascii));
            m.append(out, style.key_separator);
            append_json(m, out, members[i]->second, style, level + 1);
        }
        new_line(level);
        m.append(out, "}");
    } else if (x.is_none()) {
        m.append(out, "null");
    } else if (const bool* b = x.as<bool>()) {
        m.append(out, *b ? "true" : "false");
    } else if (const double* d = x.as<double>()) {
        m.append(out, real_text(*d, true));
    } else if (x.as<wide_integer>() != nullptr) {
        m.append(out, scalar_text(x));
    } else {
        m.fail("a value of type " + std::string(x.type_name()) + " has no JSON form");
    }
}

}  // namespace tessera::engine::jinja
