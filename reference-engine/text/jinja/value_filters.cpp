#include <cmath>
#include <cstdint>

#include "text/jinja/machine.hpp"
#include "text/jinja/numbers.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

void need_defined(machine& m, const value& x, call a) {
    if (!x.is_undefined()) return;
    const std::string* name = x.as<undefined>()->name;
    m.fail((name != nullptr ? "'" + *name + "'" : "a value") + " is undefined, so it has no " +
           std::string(a.name()));
}

value whole_part(machine& m, double x, const value& otherwise) {
    if (!std::isfinite(x)) return otherwise;
    const auto out = truncated(x);
    if (!out) m.limit("an integer needs more than 128 bits");
    return *out;
}

value to_integer(machine& m, const value& x, call a) {
    need_defined(m, x, a);
    const value otherwise = a[0] != nullptr ? *a[0] : value(std::int64_t{0});
    if (x.is_integer()) return x.integer();
    if (const double* real = x.as<double>()) {
        if (std::isinf(*real)) m.fail("an infinite number has no integer");
        return whole_part(m, *real, otherwise);
    }
    if (x.text() == nullptr) return otherwise;
    const std::int64_t base = a.integer_or(1, 10);
    wide_integer whole = 0;
    m.charge(x.text()->size() / 8);
    switch (read_integer(*x.text(), base < 0 || base > 36 ? 1 : static_cast<int>(base), whole)) {
        case reading::good:
            return whole;
        case reading::too_large:
            m.limit("an integer needs more than 128 bits");
        case reading::malformed:
            break;
    }
    const auto real = read_real(*x.text());
    return real ? whole_part(m, *real, otherwise) : otherwise;
}

value to_real(machine& m, const value& x, call a) {
    need_defined(m, x, a);
    if (x.is_number()) return x.real();
    if (x.text() != nullptr) {
        m.charge(x.text()->size() / 8);
        if (const auto real = read_real(*x.text())) return *real;
    }
    return a[0] != nullptr ? *a[0] : value(0.0);
}

value absolute(machine& m, const value& x, call) {
    if (!x.is_number()) m.fail("abs takes a number");
    if (const double* d = x.as<double>()) return std::abs(*d);
    return x.integer() < 0 ? m.negative(x) : value(x.integer());
}

wide_integer rounded_whole(machine& m, wide_integer x, std::int64_t digits) {
    if (digits >= 0) return x;
    if (digits < -38) return 0;
    const value unit = arithmetic(m, op::power, std::int64_t{10}, -digits);
    const value rest = arithmetic(m, op::modulo, x, unit);
    const value below = arithmetic(m, op::subtract, x, rest);
    const wide_integer missing = unit.integer() - rest.integer();
    const bool odd = below.integer() / unit.integer() % 2 != 0;
    const bool up = rest.integer() > missing || (rest.integer() == missing && odd);
    return up ? arithmetic(m, op::add, below, unit).integer() : below.integer();
}

value round(machine& m, const value& x, call a) {
    if (!x.is_number()) m.fail("round takes a number");
    const std::string_view how = a.text_or(1, "common");
    const std::int64_t digits = a.integer_or(0, 0);
    if (how == "common") {
        if (x.is_integer()) return rounded_whole(m, x.integer(), digits);
        return rounded(x.real(), digits);
    }
    if (how != "ceil" && how != "floor") m.fail("round takes 'common', 'ceil' or 'floor'");
    const value scale = arithmetic(m, op::power, std::int64_t{10}, digits);
    const value scaled = arithmetic(m, op::multiply, x, scale);
    if (scaled.is_integer()) return arithmetic(m, op::divide, scaled, scale);
    const double whole = how == "ceil" ? std::ceil(scaled.real()) : std::floor(scaled.real());
    return arithmetic(m, op::divide, whole, scale);
}

value tojson(machine& m, const value& x, call a) {
    json_style style;
    style.ascii = a.truth(0);
    style.sort_keys = a.truth(3);
    if (a.has(1)) {
        style.indent = a.integer_or(1, 0);
        style.item_separator = ",";
    }
    if (a.has(2)) {
        const sequence* both = a[2]->list();
        if (both == nullptr || both->items.size() != 2 || both->items[0].text() == nullptr ||
            both->items[1].text() == nullptr) {
            m.fail("the separators of tojson must be two strings");
        }
        style.item_separator = *both->items[0].text();
        style.key_separator = *both->items[1].text();
    }
    std::string out;
    append_json(m, out, x, style);
    return m.text(std::move(out));
}

value length(machine& m, const value& x, call) {
    if (const std::string* text = x.text()) {
        m.charge(text->size() / 64);
        return static_cast<std::int64_t>(unicode::count(*text));
    }
    if (const dict* mapping = x.mapping()) return static_cast<std::int64_t>(mapping->items.size());
    return static_cast<std::int64_t>(m.iterate(x)->items.size());
}

value or_default(machine& m, const value& x, call a) {
    const bool falsy = a.truth(1) && !x.truth();
    if (!x.is_undefined() && !falsy) return x;
    return a[0] != nullptr ? *a[0] : m.text("");
}

value items(machine& m, const value& x, call) {
    if (x.is_undefined()) return m.list({});
    if (x.mapping() == nullptr) m.fail("items of a value of type " + std::string(x.type_name()));
    std::vector<value> out;
    for (const auto& [name, member_value] : x.mapping()->items)
        out.push_back(m.list({value(name), member_value}, true));
    return m.list(std::move(out));
}

/// Attributes alone: the members of a dict are none.
value attr(machine& m, const value& x, call a) {
    const std::string& name = a.text(0);
    if (x.mapping() != nullptr && find_method(x, name) == nullptr) return {};
    return m.attribute(x, name);
}

constexpr builtin value_filter_table[] = {
    {"abs", "", absolute},
    {"attr", "name", attr},
    {"count", "", length},
    {"d", "default_value?,boolean?", or_default},
    {"default", "default_value?,boolean?", or_default},
    {"float", "default?", to_real},
    {"int", "default?,base?", to_integer},
    {"items", "", items},
    {"length", "", length},
    {"random", "*", nullptr},
    {"round", "precision?,method?", round},
    {"tojson", "ensure_ascii?,indent?,separators?,sort_keys?", tojson},
};

}  // namespace

builtins value_filters() { return value_filter_table; }

}  // namespace tessera::engine::jinja
