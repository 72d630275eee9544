#include <algorithm>
#include <cstdint>

#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

value list(machine& m, const value& x, call) { return m.list(m.iterate(x)->items); }
value first(machine& m, const value& x, call) {
    const sequence_pointer items = m.iterate(x);
    return items->items.empty() ? value() : items->items.front();
}
value last(machine& m, const value& x, call) {
    const sequence_pointer items = m.iterate(x);
    return items->items.empty() ? value() : items->items.back();
}

value join(machine& m, const value& x, call a) {
    const std::string between = a[0] != nullptr ? as_text(m, *a[0]) : "";
    std::string out;
    const sequence_pointer items = m.iterate(x);
    for (std::size_t i = 0; i < items->items.size(); ++i) {
        if (i > 0) m.append(out, between);
        append_text(m, out, member(m, items->items[i], a[1]));
    }
    return m.text(std::move(out));
}

value sum(machine& m, const value& x, call a) {
    value out = a[1] != nullptr ? *a[1] : value(std::int64_t{0});
    if (out.text() != nullptr) m.fail("sum adds no strings; join does");
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) out = m.binary(op::add, out, member(m, item, a[0]));
    return out;
}

value reverse(machine& m, const value& x, call) {
    std::vector<value> items = m.iterate(x)->items;
    std::ranges::reverse(items);
    if (x.text() == nullptr) return m.list(std::move(items));
    std::string out;
    for (const value& c : items) m.append(out, *c.text());
    return m.text_like(x, std::move(out));
}

value batch(machine& m, const value& x, call a) {
    const std::int64_t size = a.integer_or(0, 0);
    std::vector<value> out;
    std::vector<value> row;
    const auto full = [&] { return static_cast<std::int64_t>(row.size()) == size; };
    const sequence_pointer items = m.iterate(x);
    for (const value& item : items->items) {
        if (full()) {
            out.push_back(m.list(std::move(row)));
            row.clear();
        }
        row.push_back(item);
    }
    while (a.has(1) && !row.empty() && static_cast<std::int64_t>(row.size()) < size) {
        m.charge(1);
        row.push_back(*a[1]);
    }
    if (!row.empty()) out.push_back(m.list(std::move(row)));
    return m.list(std::move(out));
}

value slice(machine& m, const value& x, call a) {
    const sequence_pointer items = m.iterate(x);
    const auto size = static_cast<std::int64_t>(items->items.size());
    const std::int64_t count = a.integer_or(0, 0);
    if (count == 0) m.fail("slice takes a number of slices that is not zero");
    std::vector<value> out;
    auto at = items->items.begin();
    for (std::int64_t i = 0; i < count; ++i) {
        m.charge(1);
        const bool longer = i < size % count;
        const auto end = at + size / count + (longer ? 1 : 0);
        std::vector<value> part(at, end);
        if (a.has(1) && !longer) part.push_back(*a[1]);
        out.push_back(m.list(std::move(part)));
        at = end;
    }
    return m.list(std::move(out));
}

constexpr builtin list_filter_table[] = {
    {"batch", "linecount,fill_with?", batch},
    {"first", "", first},
    {"join", "d?,attribute?", join},
    {"last", "", last},
    {"list", "", list},
    {"reverse", "", reverse},
    {"slice", "slices,fill_with?", slice},
    {"sum", "attribute?,start?", sum},
};

}  // namespace

builtins list_filters() { return list_filter_table; }

}  // namespace tessera::engine::jinja
