#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using bound_arguments = std::vector<const value*>;
using function = value (*)(machine&, const value&, const bound_arguments&);

const std::string& text_of(machine& m, const value& x) {
    if (x.text() == nullptr) m.fail("an argument must be a string");
    return *x.text();
}
// A view: `otherwise` is a literal.
std::string_view text_or(machine& m, const value* x, std::string_view otherwise) {
    return x == nullptr ? otherwise : std::string_view(text_of(m, *x));
}
std::int64_t integer_or(machine& m, const value* x, std::int64_t otherwise) {
    if (x == nullptr || x->is_none()) return otherwise;
    if (!x->is_integer()) m.fail("an argument must be an integer");
    return x->integer();
}
std::string as_text(machine& m, const value& x) {
    std::string out;
    append_text(m, out, x);
    return out;
}

/// A member by a path such as "function.name".
value member(machine& m, const value& x, const value* path) {
    if (path == nullptr || path->is_none()) return x;
    if (path->is_integer()) return m.item(x, *path);
    std::string_view rest = text_or(m, path, "");
    value out = x;
    while (true) {
        const std::size_t dot = std::min(rest.find('.'), rest.size());
        out = m.item(out, m.text(std::string(rest.substr(0, dot))));
        if (dot == rest.size()) return out;
        rest.remove_prefix(dot + 1);
    }
}

template <class Change>
value map_text(machine& m, const value& x, Change change) {
    const std::string in = as_text(m, x);
    m.charge(in.size() / 8);
    std::string out;
    bool inside = false;  // a word
    for (std::size_t at = 0; at < in.size();) {
        const unicode::decoded c = unicode::decode(in, at);
        unicode::append(out, change(c.point, inside, at == 0));
        inside = unicode::is_letter(c.point) || unicode::is_number(c.point) || c.point == '\'';
        at += c.size;
    }
    return m.text(std::move(out));
}

value filter_upper(machine& m, const value& x, const bound_arguments&) {
    return map_text(m, x, [](char32_t c, bool, bool) { return unicode::to_upper(c); });
}
value filter_lower(machine& m, const value& x, const bound_arguments&) {
    return map_text(m, x, [](char32_t c, bool, bool) { return unicode::to_lower(c); });
}
value filter_capitalize(machine& m, const value& x, const bound_arguments&) {
    return map_text(m, x, [](char32_t c, bool, bool first) {
        return first ? unicode::to_upper(c) : unicode::to_lower(c);
    });
}
value filter_title(machine& m, const value& x, const bound_arguments&) {
    return map_text(m, x, [](char32_t c, bool inside, bool) {
        return inside ? unicode::to_lower(c) : unicode::to_upper(c);
    });
}

value filter_trim(machine& m, const value& x, const bound_arguments& a) {
    const std::string in = as_text(m, x);
    const bool given = a[0] != nullptr && !a[0]->is_none();
    return m.text(strip(in, given ? &text_of(m, *a[0]) : nullptr, true, true));
}

value filter_tojson(machine& m, const value& x, const bound_arguments& a) {
    json_style style;
    style.ascii = a[0] != nullptr && a[0]->truth();
    style.sort_keys = a[3] != nullptr && a[3]->truth();
    if (a[1] != nullptr && !a[1]->is_none()) {
        const std::int64_t indent = integer_or(m, a[1], 0);
        style.indent = static_cast<int>(std::clamp<std::int64_t>(indent, 0, 64));
        style.item_separator = ",";
    }
    if (a[2] != nullptr && !a[2]->is_none()) {
        const sequence* both = a[2]->list();
        if (both == nullptr || both->items.size() != 2) m.fail("separators must be a pair");
        style.item_separator = text_or(m, &both->items[0], "");
        style.key_separator = text_or(m, &both->items[1], "");
    }
    std::string out;
    append_json(m, out, x, style);
    return m.text(std::move(out));
}

value filter_length(machine& m, const value& x, const bound_arguments&) {
    if (const std::string* text = x.text()) {
        m.charge(text->size() / 64);
        return static_cast<std::int64_t>(unicode::count(*text));
    }
    if (const dict* mapping = x.mapping()) return static_cast<std::int64_t>(mapping->items.size());
    return static_cast<std::int64_t>(m.iterate(x)->items.size());
}

value filter_default(machine& m, const value& x, const bound_arguments& a) {
    const bool falsy = a[1] != nullptr && a[1]->truth() && !x.truth();
    if (!x.is_undefined() && !falsy) return x;
    return a[0] != nullptr ? *a[0] : m.text("");
}

value filter_items(machine& m, const value& x, const bound_arguments&) {
    if (x.is_undefined()) return m.list({});
    if (x.mapping() == nullptr) m.fail("items of a value of type " + std::string(x.type_name()));
    std::vector<value> out;
    for (const auto& [name, member_value] : x.mapping()->items) {
        out.push_back(m.list({value(name), member_value}, true));
    }
    return m.list(std::move(out));
}

value filter_list(machine& m, const value& x, const bound_arguments&) {
    return m.list(m.iterate(x)->items);
}
value filter_first(machine& m, const value& x, const bound_arguments&) {
    const sequence_pointer items = m.iterate(x);
    return items->items.empty() ? value() : items->items.front();
}
value filter_last(machine& m, const value& x, const bound_arguments&) {
    const sequence_pointer items = m.iterate(x);
    return items->items.empty() ? value() : items->items.back();
}

value filter_join(machine& m, const value& x, const bound_arguments& a) {
    const std::string between = a[0] != nullptr ? as_text(m, *a[0]) : "";
    std::string out;
    bool first = true;
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) {
        if (!first) m.append(out, between);
        first = false;
        append_text(m, out, member(m, item, a[1]));
    }
    return m.text(std::move(out));
}

value filter_replace(machine& m, const value& x, const bound_arguments& a) {
    if (a[0] == nullptr || a[1] == nullptr) m.fail("replace takes two strings");
    const std::string in = as_text(m, x);
    const std::string from = as_text(m, *a[0]);
    const std::string to = as_text(m, *a[1]);
    const std::int64_t most = integer_or(m, a[2], -1);
    m.charge(in.size() / 16);
    std::string out;
    std::size_t at = 0;
    for (std::int64_t i = 0; most < 0 || i < most; ++i) {
        m.charge(1);
        if (from.empty()) {  // Python puts it before every character and at the end
            m.append(out, to);
            if (at >= in.size()) return m.text(std::move(out));
            const std::size_t size = unicode::decode(in, at).size;
            m.append(out, std::string_view(in).substr(at, size));
            at += size;
            continue;
        }
        const std::size_t next = in.find(from, at);
        if (next == std::string::npos) break;
        m.append(out, std::string_view(in).substr(at, next - at));
        m.append(out, to);
        at = next + from.size();
    }
    m.append(out, std::string_view(in).substr(at));
    return m.text(std::move(out));
}

value filter_string(machine& m, const value& x, const bound_arguments&) {
    return x.text() != nullptr ? x : m.text(as_text(m, x));
}

value filter_int(machine& m, const value& x, const bound_arguments& a) {
    const value otherwise = a[0] != nullptr ? *a[0] : value(std::int64_t{0});
    if (x.is_integer()) return x.integer();
    double real = 0;
    if (const double* d = x.as<double>()) {
        real = *d;
    } else if (x.text() != nullptr) {
        const std::string in = strip(*x.text(), nullptr, true, true);
        const char* end = in.data() + in.size();
        const char* start = in.data() + (in.starts_with('+') ? 1 : 0);
        std::int64_t whole = 0;
        const int base = static_cast<int>(std::clamp<std::int64_t>(integer_or(m, a[1], 10), 2, 36));
        if (std::from_chars(start, end, whole, base).ptr == end && start != end) return whole;
        if (std::from_chars(start, end, real).ptr != end || start == end) return otherwise;
    } else {
        return otherwise;
    }
    if (!(std::abs(real) < 9e18)) return otherwise;
    return static_cast<std::int64_t>(real);
}

value filter_float(machine&, const value& x, const bound_arguments& a) {
    if (x.is_number()) return x.real();
    if (x.text() != nullptr) {
        const std::string in = strip(*x.text(), nullptr, true, true);
        const char* start = in.data() + (in.starts_with('+') ? 1 : 0);
        double real = 0;
        if (std::from_chars(start, in.data() + in.size(), real).ptr == in.data() + in.size() &&
            start != in.data() + in.size()) {
            return real;
        }
    }
    return a[0] != nullptr ? *a[0] : value(0.0);
}

value filter_abs(machine& m, const value& x, const bound_arguments&) {
    if (!x.is_number()) m.fail("abs takes a number");
    if (const double* d = x.as<double>()) return std::abs(*d);
    return x.integer() < 0 ? m.binary(op::subtract, std::int64_t{0}, x) : value(x.integer());
}

value filter_round(machine& m, const value& x, const bound_arguments& a) {
    if (!x.is_number()) m.fail("round takes a number");
    const std::string_view how = text_or(m, a[1], "common");
    const double scale = std::pow(10, std::clamp<std::int64_t>(integer_or(m, a[0], 0), -300, 300));
    const double scaled = x.real() * scale;
    const double out = how == "ceil"    ? std::ceil(scaled)
                       : how == "floor" ? std::floor(scaled)
                                        : std::nearbyint(scaled);
    return out / scale;
}

value filter_sum(machine& m, const value& x, const bound_arguments& a) {
    value out = a[1] != nullptr ? *a[1] : value(std::int64_t{0});
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) out = m.binary(op::add, out, member(m, item, a[0]));
    return out;
}

value filter_reverse(machine& m, const value& x, const bound_arguments&) {
    std::vector<value> items = m.iterate(x)->items;
    std::ranges::reverse(items);
    if (x.text() == nullptr) return m.list(std::move(items));
    std::string out;
    for (const value& c : items) m.append(out, *c.text());
    return m.text(std::move(out));
}

/// What values are compared by: strings without regard to case unless asked.
value sort_key(machine& m, const value& x, const value* path, bool case_sensitive) {
    const value key = member(m, x, path);
    return key.text() != nullptr && !case_sensitive ? filter_lower(m, key, {}) : key;
}

value sorted(machine& m, const std::vector<value>& items, const value* path, bool case_sensitive,
             bool reverse) {
    using keyed_value = std::pair<value, value>;
    std::vector<keyed_value> keyed;
    for (const value& x : items) keyed.emplace_back(sort_key(m, x, path, case_sensitive), x);
    const auto before = [&](const keyed_value& a, const keyed_value& b) {
        return reverse ? less(m, b.first, a.first) : less(m, a.first, b.first);
    };
    // A merge sort is stable, and sound for values without a strict order, such as NaN.
    std::vector<keyed_value> merged;
    const auto at = [&](std::size_t i) {
        return keyed.begin() + static_cast<std::ptrdiff_t>(std::min(i, keyed.size()));
    };
    for (std::size_t width = 1; width < keyed.size(); width *= 2) {
        merged.clear();
        for (std::size_t i = 0; i < keyed.size(); i += 2 * width) {
            std::merge(at(i), at(i + width), at(i + width), at(i + 2 * width),
                       std::back_inserter(merged), before);
        }
        keyed.swap(merged);
    }
    std::vector<value> out;
    for (auto& [key, x] : keyed) out.push_back(std::move(x));
    return m.list(std::move(out));
}

value filter_sort(machine& m, const value& x, const bound_arguments& a) {
    return sorted(m, m.iterate(x)->items, a[2], a[1] != nullptr && a[1]->truth(),
                  a[0] != nullptr && a[0]->truth());
}

value filter_dictsort(machine& m, const value& x, const bound_arguments& a) {
    const value by = text_or(m, a[1], "key") == "value" ? std::int64_t{1} : std::int64_t{0};
    return sorted(m, filter_items(m, x, {}).list()->items, &by, a[0] != nullptr && a[0]->truth(),
                  a[2] != nullptr && a[2]->truth());
}

value filter_unique(machine& m, const value& x, const bound_arguments& a) {
    std::vector<value> keys;
    std::vector<value> out;
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) {
        const value key = sort_key(m, item, a[1], a[0] != nullptr && a[0]->truth());
        if (std::ranges::any_of(keys, [&](const value& known) { return equal(m, known, key); }))
            continue;
        keys.push_back(key);
        out.push_back(item);
    }
    return m.list(std::move(out));
}

template <bool Largest>
value filter_extreme(machine& m, const value& x, const bound_arguments& a) {
    value best;
    value best_key;
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) {
        const value key = sort_key(m, item, a[1], a[0] != nullptr && a[0]->truth());
        if (best_key.is_undefined() ||
            (Largest ? less(m, best_key, key) : less(m, key, best_key))) {
            best = item;
            best_key = key;
        }
    }
    return best;
}

value filter_indent(machine& m, const value& x, const bound_arguments& a) {
    const bool is_text = a[0] != nullptr && a[0]->text() != nullptr;
    const std::int64_t width =
        is_text ? 0 : std::clamp<std::int64_t>(integer_or(m, a[0], 4), 0, 1000);
    const std::string margin =
        is_text ? *a[0]->text() : std::string(static_cast<std::size_t>(width), ' ');
    const bool first = a[1] != nullptr && a[1]->truth();
    const bool blank = a[2] != nullptr && a[2]->truth();
    const std::string in = as_text(m, x);
    std::string out;
    for (std::size_t at = 0; at <= in.size();) {
        const std::size_t end = std::min(in.find('\n', at), in.size());
        if (at > 0) m.append(out, "\n");
        if (at == 0 ? first : blank || end > at) m.append(out, margin);
        m.append(out, std::string_view(in).substr(at, end - at));
        at = end + 1;
    }
    return m.text(std::move(out));
}

value filter_escape(machine& m, const value& x, const bound_arguments&) {
    std::string out;
    for (const char c : as_text(m, x)) {
        const char* entity = c == '&'    ? "&amp;"
                             : c == '<'  ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '\'' ? "&#39;"
                             : c == '"'  ? "&#34;"
                                         : nullptr;
        m.append(out, entity != nullptr ? std::string_view(entity) : std::string_view(&c, 1));
    }
    return m.text(std::move(out));
}

value filter_attr(machine& m, const value& x, const bound_arguments& a) {
    return m.attribute(x, text_or(m, a[0], ""));
}
value filter_safe(machine&, const value& x, const bound_arguments&) { return x; }

struct row {
    std::string_view name;
    std::string_view parameters;
    function run;
};
constexpr row rows[] = {
    {"abs", "", filter_abs},
    {"attr", "name", filter_attr},
    {"capitalize", "", filter_capitalize},
    {"count", "", filter_length},
    {"d", "default_value,boolean", filter_default},
    {"default", "default_value,boolean", filter_default},
    {"dictsort", "case_sensitive,by,reverse", filter_dictsort},
    {"e", "", filter_escape},
    {"escape", "", filter_escape},
    {"first", "", filter_first},
    {"float", "default", filter_float},
    {"indent", "width,first,blank", filter_indent},
    {"int", "default,base", filter_int},
    {"items", "", filter_items},
    {"join", "d,attribute", filter_join},
    {"last", "", filter_last},
    {"length", "", filter_length},
    {"list", "", filter_list},
    {"lower", "", filter_lower},
    {"max", "case_sensitive,attribute", filter_extreme<true>},
    {"min", "case_sensitive,attribute", filter_extreme<false>},
    {"replace", "old,new,count", filter_replace},
    {"reverse", "", filter_reverse},
    {"round", "precision,method", filter_round},
    {"safe", "", filter_safe},
    {"sort", "reverse,case_sensitive,attribute", filter_sort},
    {"string", "", filter_string},
    {"sum", "attribute,start", filter_sum},
    {"title", "", filter_title},
    {"tojson", "ensure_ascii,indent,separators,sort_keys", filter_tojson},
    {"trim", "chars", filter_trim},
    {"unique", "case_sensitive,attribute", filter_unique},
    {"upper", "", filter_upper},
};

/// select, reject, selectattr and rejectattr: the name of a test and its arguments may follow.
value filter_select(machine& m, const value& x, const arguments& given, bool by_attribute,
                    bool keep) {
    const std::size_t test_at = by_attribute ? 1 : 0;
    if (by_attribute && given.positional.empty()) m.fail("selectattr needs an attribute");
    const value* path = by_attribute ? &given.positional[0] : nullptr;
    const bool has_test = given.positional.size() > test_at;
    arguments rest;
    if (has_test) {
        rest.positional.assign(given.positional.begin() + static_cast<std::ptrdiff_t>(test_at) + 1,
                               given.positional.end());
    }
    std::vector<value> out;
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) {
        const value subject = member(m, item, path);
        const bool good = has_test
                              ? m.test(text_or(m, &given.positional[test_at], ""), subject, rest)
                              : subject.truth();
        if (good == keep) out.push_back(item);
    }
    return m.list(std::move(out));
}

/// map(attribute="name", default=...) or map("filter", arguments...).
value filter_map(machine& m, const value& x, const arguments& given) {
    const value* path = nullptr;
    const value* otherwise = nullptr;
    arguments rest;
    if (given.positional.empty()) {
        const auto bound = match_arguments(m, "map", "attribute,default", given);
        path = bound[0];
        otherwise = bound[1];
        if (path == nullptr) m.fail("map needs the name of a filter or an attribute");
    } else {
        rest.positional.assign(given.positional.begin() + 1, given.positional.end());
        rest.named = given.named;
    }
    std::vector<value> out;
    const sequence_pointer all = m.iterate(x);
    for (const value& item : all->items) {
        value mapped = path != nullptr ? member(m, item, path)
                                       : m.filter(text_or(m, &given.positional[0], ""), item, rest);
        if (mapped.is_undefined() && otherwise != nullptr) mapped = *otherwise;
        out.push_back(std::move(mapped));
    }
    return m.list(std::move(out));
}

}  // namespace

value machine::filter(std::string_view name, const value& operand, const arguments& given) {
    charge(1);
    const auto* found = std::ranges::find(rows, name, &row::name);
    if (found != std::end(rows)) {
        return found->run(*this, operand, match_arguments(*this, name, found->parameters, given));
    }
    if (name == "map") return filter_map(*this, operand, given);
    for (const bool keep : {true, false}) {
        if (name == (keep ? "select" : "reject"))
            return filter_select(*this, operand, given, false, keep);
        if (name == (keep ? "selectattr" : "rejectattr")) {
            return filter_select(*this, operand, given, true, keep);
        }
    }
    unsupported("the filter " + in_quotes(name));
}

}  // namespace tessera::engine::jinja
