#include <array>
#include <chrono>
#include <ctime>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {
namespace {

using call = const call_arguments&;

value make_range(machine& m, const value&, call a) {
    for (const std::size_t i : {0, 1, 2}) {
        if (a[i] != nullptr && !a[i]->is_integer()) m.fail("range takes integers");
    }
    const wide_integer start = a[1] == nullptr ? 0 : a[0]->integer();
    const wide_integer stop = a[1] == nullptr ? a[0]->integer() : a[1]->integer();
    const wide_integer step = a[2] == nullptr ? 1 : a[2]->integer();
    if (step == 0) m.fail("the step of a range is zero");
    constexpr std::size_t longest = 100'000;  // as in Jinja's sandbox
    std::vector<value> items;
    for (wide_integer i = start; step > 0 ? i < stop : i > stop;) {
        if (items.size() == longest) m.limit("a range is longer than 100000");
        items.emplace_back(i);
        if (__builtin_add_overflow(i, step, &i)) break;
    }
    return m.list(std::move(items));
}

/// dict() and namespace(): a dict or a list of pairs, then named values.
dict members_of(machine& m, call a) {
    const arguments& given = a.all();
    dict out;
    if (given.positional.size() > 1) m.fail("one dict at most, then named values");
    if (!given.positional.empty()) {
        const value& first = given.positional[0];
        const auto add = [&](const text_pointer& name, const value& x) {
            m.charge(name->size() / 64 + 1);
            out.set(name, x);
        };
        if (const dict* other = first.mapping()) {
            for (const auto& [name, x] : other->items) add(name, x);
        } else {
            const sequence_pointer pairs = m.iterate(first);
            for (const value& pair : pairs->items) {
                const sequence_pointer both = m.iterate(pair);
                if (both->items.size() != 2) m.fail("a dict is made of pairs");
                if (both->items[0].text() == nullptr)
                    m.unsupported("a dict key that is not a string");
                add(*both->items[0].shared_text(), both->items[1]);
            }
        }
    }
    for (const auto& [name, x] : given.named) out.set(std::make_shared<const std::string>(name), x);
    return out;
}

value make_dict(machine& m, const value&, call a) { return m.mapping(members_of(m, a)); }
value make_namespace(machine& m, const value&, call a) {
    const value members = m.mapping(members_of(m, a));
    return m.make_names(*members.mapping());
}
value make_cycler(machine& m, const value&, call a) {
    if (a.all().positional.empty() || !a.all().named.empty())
        m.fail("cycler takes the values to go through");
    return m.make_cycler(a.all().positional);
}
value make_joiner(machine& m, const value&, call a) {
    return m.make_joiner(a[0] != nullptr ? *a[0] : m.text(", "));
}

value raise_exception(machine& m, const value&, call a) {
    throw engine_error(error_code::rejected, as_text(m, *a[0]));
}

/// As a Python datetime without a time zone does it.
value strftime_now(machine& m, const value&, call a) {
    const auto instant = std::chrono::floor<std::chrono::microseconds>(m.now());
    const auto second = std::chrono::floor<std::chrono::seconds>(instant);
    std::string micros = std::to_string((instant - second).count());
    micros.insert(0, 6 - micros.size(), '0');
    std::string format;
    const std::string& given = a.text(0);
    for (std::size_t at = 0; at < given.size(); ++at) {
        const char next = given[at] == '%' && at + 1 < given.size() ? given[at + 1] : '\0';
        if (next == 'f') format += micros;
        if (next == 'f' || next == 'z' || next == 'Z') {
            ++at;
        } else {
            format += given[at];
            if (next == '%') format += given[++at];
        }
    }
    const std::time_t time = std::chrono::system_clock::to_time_t(second);
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 1024> buffer{};
    format += '!';  // tells an empty text from one that is too long
    const std::size_t size = std::strftime(buffer.data(), buffer.size(), format.c_str(), &utc);
    if (size == 0) m.limit("strftime_now gives more than 1 KiB");
    return m.text(std::string(buffer.data(), size - 1));
}

constexpr builtin global_table[] = {
    {"cycler", "*", make_cycler},
    {"dict", "*", make_dict},
    {"joiner", "sep?", make_joiner},
    {"lipsum", "*", nullptr},
    {"namespace", "*", make_namespace},
    {"raise_exception", "message", raise_exception},
    {"range", "start,stop?,step?", make_range},
    {"strftime_now", "format", strftime_now},
};

value cycler_next(machine&, const value& self, call) {
    cycler& c = **self.as<cycler*>();
    const value out = c.items[c.at];
    c.at = (c.at + 1) % c.items.size();
    return out;
}
value cycler_reset(machine&, const value& self, call) {
    (*self.as<cycler*>())->at = 0;
    return none{};
}
constexpr builtin cycler_table[] = {{"next", "", cycler_next}, {"reset", "", cycler_reset}};

value loop_cycle(machine& m, const value& self, call a) {
    const std::vector<value>& items = a.all().positional;
    if (items.empty()) m.fail("cycle takes the values to go through");
    return items[(*self.as<std::shared_ptr<loop_state>>())->index % items.size()];
}
value loop_changed(machine& m, const value& self, call a) {
    loop_state& loop = **self.as<std::shared_ptr<loop_state>>();
    const value now = m.list(a.all().positional, true);
    if (!loop.seen.empty() && equal(m, loop.seen[0], now)) return false;
    loop.seen.assign(1, now);
    return true;
}
constexpr builtin loop_table[] = {{"changed", "*", loop_changed}, {"cycle", "*", loop_cycle}};

}  // namespace

builtins globals() { return global_table; }
builtins cycler_methods() { return cycler_table; }
builtins loop_methods() { return loop_table; }

}  // namespace tessera::engine::jinja
