#include <cstdint>

#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

value items_of(machine& m, const value& self, call) { return m.filter("items", self, {}); }
value copy(machine&, const value& self, call) { return self; }
value keys(machine& m, const value& self, call) {
    std::vector<value> out;
    for (const auto& [name, x] : self.mapping()->items) out.emplace_back(name);
    return m.list(std::move(out));
}
value values(machine& m, const value& self, call) {
    std::vector<value> out;
    for (const auto& [name, x] : self.mapping()->items) out.push_back(x);
    return m.list(std::move(out));
}
value get(machine& m, const value& self, call a) {
    const std::string* key = a[0]->text();
    if (key != nullptr) m.charge(key->size() / 64);
    const value* found = key != nullptr ? self.mapping()->find(*key) : nullptr;
    if (found != nullptr) return *found;
    return a[1] != nullptr ? *a[1] : value(none{});
}
value from_keys(machine& m, const value&, call a) {
    dict out;
    const sequence_pointer names = m.iterate(*a[0]);
    for (const value& name : names->items) {
        if (name.text() == nullptr) m.unsupported("a dict key that is not a string");
        m.charge(name.text()->size() / 64 + 1);
        out.set(*name.shared_text(), a[1] != nullptr ? *a[1] : value(none{}));
    }
    return m.mapping(std::move(out));
}

// Those without a function change what they are called on, which Jinja's sandbox forbids.
constexpr builtin dict_table[] = {
    {"clear", "*", nullptr},
    {"copy", "", copy},
    {"fromkeys", "iterable,value?", from_keys},
    {"get", "key,default?", get},
    {"items", "", items_of},
    {"keys", "", keys},
    {"pop", "*", nullptr},
    {"popitem", "*", nullptr},
    {"setdefault", "*", nullptr},
    {"update", "*", nullptr},
    {"values", "", values},
};

value index(machine& m, const value& self, call a) {
    const auto& all = self.list()->items;
    const auto size = static_cast<std::int64_t>(all.size());
    const auto bound = [&](std::int64_t i) {
        return i < 0 ? std::max<std::int64_t>(i + size, 0) : i;
    };
    const std::int64_t end = std::min(bound(a.integer_or(2, size)), size);
    for (std::int64_t i = bound(a.integer_or(1, 0)); i < end; ++i) {
        if (equal(m, all[static_cast<std::size_t>(i)], *a[0])) return i;
    }
    m.fail("the value is not in the list");
}
value times_held(machine& m, const value& self, call a) {
    std::int64_t n = 0;
    for (const value& x : self.list()->items) n += equal(m, x, *a[0]) ? 1 : 0;
    return n;
}

constexpr builtin tuple_table[] = {{"count", "value", times_held},
                                   {"index", "value,start?,stop?", index}};
constexpr builtin list_table[] = {
    {"append", "*", nullptr}, {"clear", "*", nullptr},   {"copy", "", copy},
    {"extend", "*", nullptr}, {"insert", "*", nullptr},  {"pop", "*", nullptr},
    {"remove", "*", nullptr}, {"reverse", "*", nullptr}, {"sort", "*", nullptr},
};

}  // namespace

builtins dict_methods() { return dict_table; }
builtins tuple_methods() { return tuple_table; }
builtins list_methods() { return list_table; }

}  // namespace tessera::engine::jinja
