#include <algorithm>
#include <iterator>

#include "text/jinja/machine.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

// What orders and compares.

value without_case(machine& m, const value& x) {
    if (x.text() == nullptr) return x;
    m.charge(x.text()->size() / 8);
    return m.text(unicode::to_lower(*x.text()));
}

/// What values are compared by: strings without regard to case unless asked.
value sort_key(machine& m, const value& x, const value* path, bool case_sensitive) {
    const value key = member(m, x, path);
    return case_sensitive ? key : without_case(m, key);
}

/// The same of each path, such as "age" and "name" in "age,name". As in a list: what is equal, be
/// it none, needs no order.
value sort_keys(machine& m, const value& x, const value* paths, bool case_sensitive) {
    const std::string* text = paths != nullptr ? paths->text() : nullptr;
    if (text == nullptr) return m.list({sort_key(m, x, paths, case_sensitive)});
    std::vector<value> keys;
    for (std::string_view rest = *text;;) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const value path = m.text(rest.substr(0, comma));
        keys.push_back(sort_key(m, x, &path, case_sensitive));
        if (comma == rest.size()) return m.list(std::move(keys));
        rest.remove_prefix(comma + 1);
    }
}

using keyed_value = std::pair<value, value>;

void sort(machine& m, std::vector<keyed_value>& keyed, bool reverse) {
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
}

value values_of(machine& m, std::vector<keyed_value> keyed) {
    std::vector<value> out;
    for (auto& [key, x] : keyed) out.push_back(std::move(x));
    return m.list(std::move(out));
}

value sorted(machine& m, const value& x, call a) {
    std::vector<keyed_value> keyed;
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items)
        keyed.emplace_back(sort_keys(m, item, a[2], a.truth(1)), item);
    sort(m, keyed, a.truth(0));
    return values_of(m, std::move(keyed));
}

value sorted_dict(machine& m, const value& x, call a) {
    const std::string_view by = a.text_or(1, "key");
    if (by != "key" && by != "value") m.fail("dictsort sorts by 'key' or by 'value'");
    if (x.mapping() == nullptr) m.fail("dictsort takes a dict, not " + std::string(x.type_name()));
    const value index = std::int64_t{by == "value"};
    const value pairs = m.filter("items", x, {});
    std::vector<keyed_value> keyed;
    for (const value& pair : pairs.list()->items)
        keyed.emplace_back(sort_key(m, pair, &index, a.truth(0)), pair);
    sort(m, keyed, a.truth(2));
    return values_of(m, std::move(keyed));
}

value grouped(machine& m, const value& x, call a) {
    const value* otherwise = a.has(1) ? a[1] : nullptr;
    const bool case_sensitive = a.truth(2);
    const auto raw_key = [&](const value& item) { return member(m, item, a[0], otherwise); };
    std::vector<keyed_value> keyed;
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) {
        const value key = raw_key(item);
        keyed.emplace_back(case_sensitive ? key : without_case(m, key), item);
    }
    sort(m, keyed, false);
    std::vector<value> out;
    for (std::size_t at = 0; at < keyed.size();) {
        std::vector<value> members;
        std::size_t end = at;
        for (; end < keyed.size() && equal(m, keyed[end].first, keyed[at].first); ++end)
            members.push_back(keyed[end].second);
        if (end == at) members.push_back(keyed[end++].second);  // NaN is unlike itself
        const value key = raw_key(members[0]);
        out.push_back(m.group(key, m.list(std::move(members))));
        at = end;
    }
    return m.list(std::move(out));
}

value unique(machine& m, const value& x, call a) {
    std::vector<value> keys;
    std::vector<value> out;
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) {
        const value key = sort_key(m, item, a[1], a.truth(0));
        if (std::ranges::any_of(keys, [&](const value& known) { return equal(m, known, key); }))
            continue;
        keys.push_back(key);
        out.push_back(item);
    }
    return m.list(std::move(out));
}

template <bool Largest>
value extreme(machine& m, const value& x, call a) {
    const sequence_pointer items = m.iterate(x);
    if (items->items.empty()) return {};
    value best = items->items[0];
    value best_key = sort_key(m, best, a[1], a.truth(0));
    for (std::size_t i = 1; i < items->items.size(); ++i) {
        const value& item = items->items[i];
        const value key = sort_key(m, item, a[1], a.truth(0));
        if (Largest ? !less(m, best_key, key) : !less(m, key, best_key)) continue;
        best = item;
        best_key = key;
    }
    return best;
}

// What applies a test or a filter to each.

const std::string& name_in(machine& m, const value& x) {
    if (x.text() == nullptr) m.fail("the name of a test or a filter must be a string");
    return *x.text();
}

arguments behind(const arguments& given, std::size_t count) {
    const auto start = given.positional.begin() + static_cast<std::ptrdiff_t>(count);
    return {{start, given.positional.end()}, given.named, {}};
}

/// select, reject and the same by an attribute: the name of a test and its arguments may follow.
/// What is none, or anything else that is false, has no elements.
template <bool ByAttribute, bool Keep>
value chosen(machine& m, const value& x, call a) {
    constexpr std::size_t test_at = ByAttribute ? 1 : 0;
    if (!x.truth()) return m.list({});
    const std::vector<value>& given = a.all().positional;
    if (ByAttribute && given.empty()) m.fail(std::string(a.name()) + " needs an attribute");
    const value* path = ByAttribute ? given.data() : nullptr;
    const bool has_test = given.size() > test_at;
    const arguments rest = behind(a.all(), std::min(test_at + 1, given.size()));
    std::vector<value> out;
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) {
        const value subject = member(m, item, path);
        const bool good =
            has_test ? m.test(name_in(m, given[test_at]), subject, rest) : subject.truth();
        if (good == Keep) out.push_back(item);
    }
    return m.list(std::move(out));
}

/// map(attribute="name", default=...) or map("filter", arguments...).
value mapped(machine& m, const value& x, call a) {
    if (!x.truth()) return m.list({});
    const arguments& given = a.all();
    const value* path = nullptr;
    const value* otherwise = nullptr;
    if (given.positional.empty()) {
        for (const auto& [name, argument] : given.named) {
            if (name != "attribute" && name != "default")
                m.fail("map has no argument " + std::string(name));
            (name == "attribute" ? path : otherwise) = &argument;
        }
        if (path == nullptr) m.fail("map needs the name of a filter or an attribute");
        if (otherwise != nullptr && otherwise->is_none()) otherwise = nullptr;
    }
    const arguments rest = path != nullptr ? arguments() : behind(given, std::size_t{1});
    std::vector<value> out;
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) {
        out.push_back(path != nullptr ? member(m, item, path, otherwise)
                                      : m.filter(name_in(m, given.positional[0]), item, rest));
    }
    return m.list(std::move(out));
}

constexpr builtin selecting_table[] = {
    {"dictsort", "case_sensitive?,by?,reverse?", sorted_dict},
    {"groupby", "attribute,default?,case_sensitive?", grouped},
    {"map", "*", mapped},
    {"max", "case_sensitive?,attribute?", extreme<true>},
    {"min", "case_sensitive?,attribute?", extreme<false>},
    {"reject", "*", chosen<false, false>},
    {"rejectattr", "*", chosen<true, false>},
    {"select", "*", chosen<false, true>},
    {"selectattr", "*", chosen<true, true>},
    {"sort", "reverse?,case_sensitive?,attribute?", sorted},
    {"unique", "case_sensitive?,attribute?", unique},
};

}  // namespace

builtins selecting_filters() { return selecting_table; }

}  // namespace tessera::engine::jinja
