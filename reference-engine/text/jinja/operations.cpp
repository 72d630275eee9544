#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "text/jinja/machine.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

/// The shortest text that reads back as the same number, in Python's notation.
std::string float_text(double x, bool json) {
    if (std::isnan(x)) return json ? "NaN" : "nan";
    if (std::isinf(x)) return std::string(x < 0 ? "-" : "") + (json ? "Infinity" : "inf");
    std::array<char, 64> buffer{};
    const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                          std::chars_format::scientific);
    const std::string text(buffer.data(), scientific.ptr);
    const int exponent = std::stoi(text.substr(text.find('e') + 1));
    if (exponent < -4 || exponent >= 16) return text;
    const auto fixed =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed);
    std::string out(buffer.data(), fixed.ptr);
    if (out.find('.') == std::string::npos) out += ".0";
    return out;
}

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
    if (const auto* i = x.as<std::int64_t>()) return std::to_string(*i);
    if (const double* d = x.as<double>()) return float_text(*d, false);
    return "<" + std::string(x.type_name()) + ">";
}

}  // namespace

void append_text(machine& m, std::string& out, const value& x) {
    if (const std::string* text = x.text()) return m.append(out, *text);
    append_repr(m, out, x);
}

void append_repr(machine& m, std::string& out, const value& x) {
    m.charge(1);
    if (const std::string* text = x.text()) {
        m.charge(text->size() / 16);
        return m.append(out, quoted_repr(*text));
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
    m.append(out, scalar_text(x));
}

void append_json(machine& m, std::string& out, const value& x, const json_style& style, int level) {
    m.charge(1);
    const auto new_line = [&](int depth) {
        if (style.indent < 0) return;
        m.append(out, "\n" + std::string(static_cast<std::size_t>(style.indent * depth), ' '));
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
        m.append(out, float_text(*d, true));
    } else if (x.as<std::int64_t>() != nullptr) {
        m.append(out, scalar_text(x));
    } else {
        m.fail("a value of type " + std::string(x.type_name()) + " has no JSON form");
    }
}

bool equal(machine& m, const value& a, const value& b) {
    m.charge(1);
    if (a.is_number() && b.is_number()) {
        return a.is_integer() && b.is_integer() ? a.integer() == b.integer() : a.real() == b.real();
    }
    if (const std::string* x = a.text()) {
        const std::string* y = b.text();
        if (y != nullptr) m.charge(std::min(x->size(), y->size()) / 64);
        return y != nullptr && *x == *y;
    }
    if (const sequence* x = a.list()) {
        const sequence* y = b.list();
        if (y == nullptr || x->tuple != y->tuple || x->items.size() != y->items.size())
            return false;
        for (std::size_t i = 0; i < x->items.size(); ++i) {
            if (!equal(m, x->items[i], y->items[i])) return false;
        }
        return true;
    }
    if (const dict* x = a.mapping()) {
        const dict* y = b.mapping();
        if (y == nullptr || x->items.size() != y->items.size()) return false;
        for (const auto& [name, left] : x->items) {
            const value* right = y->find(*name);
            if (right == nullptr || !equal(m, left, *right)) return false;
        }
        return true;
    }
    if (a.is_undefined()) return b.is_undefined();
    if (a.is_none()) return b.is_none();
    if (const auto* x = a.as<names*>()) return b.as<names*>() != nullptr && *x == *b.as<names*>();
    return false;
}

bool less(machine& m, const value& a, const value& b) {
    m.charge(1);
    if (a.is_number() && b.is_number()) {
        return a.is_integer() && b.is_integer() ? a.integer() < b.integer() : a.real() < b.real();
    }
    if (a.text() != nullptr && b.text() != nullptr) {
        m.charge(std::min(a.text()->size(), b.text()->size()) / 64);
        return *a.text() < *b.text();
    }
    const sequence* x = a.list();
    const sequence* y = b.list();
    if (x == nullptr || y == nullptr || x->tuple != y->tuple) {
        m.fail("values of types " + std::string(a.type_name()) + " and " +
               std::string(b.type_name()) + " have no order");
    }
    for (std::size_t i = 0; i < std::min(x->items.size(), y->items.size()); ++i) {
        if (!equal(m, x->items[i], y->items[i])) return less(m, x->items[i], y->items[i]);
    }
    return x->items.size() < y->items.size();
}

bool contains(machine& m, const value& container, const value& x) {
    m.charge(1);
    if (const std::string* text = container.text()) {
        if (x.text() == nullptr) m.fail("only a string can be in a string");
        m.charge(text->size() / 16);
        return text->find(*x.text()) != std::string::npos;
    }
    if (const dict* mapping = container.mapping()) {
        return x.text() != nullptr && mapping->find(*x.text()) != nullptr;
    }
    if (const auto* n = container.as<names*>())
        return x.text() != nullptr && (*n)->find(*x.text()) != nullptr;
    if (container.is_undefined()) return false;
    const sequence* list = container.list();
    if (list == nullptr)
        m.fail("nothing can be in a value of type " + std::string(container.type_name()));
    return std::ranges::any_of(list->items, [&](const value& item) { return equal(m, item, x); });
}

bool machine::compare(op which, const value& left, const value& right) {
    switch (which) {
        case op::equal:
            return equal(*this, left, right);
        case op::unequal:
            return !equal(*this, left, right);
        case op::less:
            return less(*this, left, right);
        case op::less_equal:
            return !less(*this, right, left);
        case op::greater:
            return less(*this, right, left);
        case op::greater_equal:
            return !less(*this, left, right);
        case op::in:
            return contains(*this, right, left);
        case op::not_in:
            return !contains(*this, right, left);
        default:
            fail("no comparison");
    }
}

value machine::binary(op which, const value& left, const value& right) {
    if (which == op::join) {
        std::string out;
        append_text(*this, out, left);
        append_text(*this, out, right);
        return text(std::move(out));
    }
    for (const value* x : {&left, &right}) {
        if (!x->is_undefined()) continue;
        const std::string* name = x->as<undefined>()->name;
        fail((name != nullptr ? "'" + *name + "'" : "a value") + " is undefined");
    }
    if (which == op::add && left.text() != nullptr && right.text() != nullptr) {
        std::string out;
        append(out, *left.text());
        append(out, *right.text());
        return text(std::move(out));
    }
    if (which == op::add && left.list() != nullptr && right.list() != nullptr &&
        left.list()->tuple == right.list()->tuple) {
        charge(left.list()->items.size() + right.list()->items.size());
        std::vector<value> items = left.list()->items;
        items.insert(items.end(), right.list()->items.begin(), right.list()->items.end());
        return list(std::move(items), left.list()->tuple);
    }
    if (which == op::multiply && left.text() != nullptr && right.is_integer()) {
        std::string out;
        for (std::int64_t i = 0; i < right.integer() && !left.text()->empty(); ++i) {
            append(out, *left.text());
            charge(1);
        }
        return text(std::move(out));
    }
    if (!left.is_number() || !right.is_number()) {
        fail("types " + std::string(left.type_name()) + " and " + std::string(right.type_name()) +
             " do not go together here");
    }
    const bool whole = left.is_integer() && right.is_integer();
    const bool divides = which == op::divide || which == op::floor_divide || which == op::modulo;
    if (divides && right.real() == 0) fail("division by zero");
    if (whole && which != op::divide && !(which == op::power && right.integer() < 0)) {
        const std::int64_t a = left.integer();
        const std::int64_t b = right.integer();
        std::int64_t out = 0;
        bool overflow = false;
        switch (which) {
            case op::add:
                overflow = __builtin_add_overflow(a, b, &out);
                break;
            case op::subtract:
                overflow = __builtin_sub_overflow(a, b, &out);
                break;
            case op::multiply:
                overflow = __builtin_mul_overflow(a, b, &out);
                break;
            case op::floor_divide:
            case op::modulo:
                overflow = a == std::numeric_limits<std::int64_t>::min() && b == -1;
                if (overflow) break;
                out = which == op::modulo ? a % b : a / b;
                if (a % b != 0 && (a < 0) != (b < 0)) out += which == op::modulo ? b : -1;
                break;
            default: {  // power
                out = 1;
                for (std::int64_t i = 0; i < b && !overflow; ++i) {
                    charge(1);
                    overflow = __builtin_mul_overflow(out, a, &out);
                }
            }
        }
        if (overflow) fail("a number does not fit 64 bits");
        return out;
    }
    const double a = left.real();
    const double b = right.real();
    switch (which) {
        case op::add:
            return a + b;
        case op::subtract:
            return a - b;
        case op::multiply:
            return a * b;
        case op::divide:
            return a / b;
        case op::floor_divide:
            return std::floor(a / b);
        case op::modulo: {
            const double rest = std::fmod(a, b);
            return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
        }
        default:
            return std::pow(a, b);
    }
}

}  // namespace tessera::engine::jinja
