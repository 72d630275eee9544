#include <algorithm>
#include <array>
#include <limits>

#include "core/error.hpp"
#include "text/jinja/lexer.hpp"
#include "text/jinja/machine.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

std::string_view character_at(std::string_view text, std::size_t at) {
    return text.substr(at, unicode::decode(text, at).size);
}

constexpr std::string_view text_methods[] = {
    "strip",    "lstrip",  "rstrip",       "split",       "rsplit",  "splitlines", "startswith",
    "endswith", "upper",   "lower",        "capitalize",  "title",   "replace",    "join",
    "find",     "rfind",   "count",        "index",       "isdigit", "isalpha",    "isspace",
    "isupper",  "islower", "removeprefix", "removesuffix"};
constexpr std::string_view dict_methods[] = {"items", "keys", "values", "get", "copy"};
constexpr std::string_view list_methods[] = {"index", "count"};
constexpr std::string_view changing_methods[] = {"append", "extend",  "insert",    "remove",
                                                 "pop",    "popitem", "clear",     "sort",
                                                 "update", "reverse", "setdefault"};

bool has_method(const value& object, std::string_view name) {
    const auto in = [&](const auto& names) {
        return std::ranges::find(names, name) != std::end(names);
    };
    if (object.text() != nullptr) return in(text_methods);
    if (object.mapping() != nullptr) return in(dict_methods) || in(changing_methods);
    if (object.list() != nullptr) return in(list_methods) || in(changing_methods);
    return object.as<std::shared_ptr<const loop_state>>() != nullptr && name == "cycle";
}

value loop_attribute(const loop_state& loop, std::string_view name) {
    const auto size = static_cast<std::int64_t>(loop.items->items.size());
    const auto index = static_cast<std::int64_t>(loop.index);
    if (name == "index") return index + 1;
    if (name == "index0") return index;
    if (name == "first") return index == 0;
    if (name == "last") return index + 1 == size;
    if (name == "length") return size;
    if (name == "revindex") return size - index;
    if (name == "revindex0") return size - index - 1;
    if (name == "depth") return std::int64_t{1};  // more in recursive loops only
    if (name == "depth0") return std::int64_t{0};
    if (name == "previtem" && index > 0) return loop.items->items[loop.index - 1];
    if (name == "nextitem" && index + 1 < size) return loop.items->items[loop.index + 1];
    return {};
}

}  // namespace

sequence_pointer machine::iterate(const value& x) {
    if (const auto* list = x.as<sequence_pointer>()) return *list;
    std::vector<value> items;
    if (const dict* mapping = x.mapping()) {
        for (const auto& [name, member] : mapping->items) items.emplace_back(name);
    } else if (const std::string* whole = x.text()) {
        for (std::size_t at = 0; at < whole->size();) {
            const std::string_view c = character_at(*whole, at);
            at += c.size();
            items.push_back(text(std::string(c)));
        }
    } else if (!x.is_undefined()) {
        fail("a value of type " + std::string(x.type_name()) + " cannot be gone through");
    }
    return *list(std::move(items)).as<sequence_pointer>();
}

value machine::attribute(const value& object, std::string_view name, const std::string* kept) {
    if (object.is_undefined()) {
        const std::string* owner = object.as<undefined>()->name;
        fail((owner != nullptr ? "'" + *owner + "'" : "a value") + " is undefined, so it has no " +
             in_quotes(name));
    }
    if (const auto* n = object.as<names*>()) {
        const value* member = (*n)->find(name);
        return member != nullptr ? *member : value(undefined{kept});
    }
    if (has_method(object, name)) {
        return std::make_shared<const jinja::method>(jinja::method{object, std::string(name)});
    }
    if (const auto* loop = object.as<std::shared_ptr<const loop_state>>())
        return loop_attribute(**loop, name);
    if (const dict* mapping = object.mapping()) {
        if (const value* member = mapping->find(name)) return *member;
    }
    return undefined{kept};
}

value machine::item(const value& object, const value& index) {
    if (const std::string* name = index.text()) {
        const dict* mapping = object.mapping();
        const value* member = mapping != nullptr ? mapping->find(*name) : nullptr;
        return member != nullptr ? *member : attribute(object, *name);
    }
    if (object.is_undefined()) return attribute(object, "item");
    const sequence* list = object.list();
    const std::string* whole = object.text();
    if (!index.is_integer() || (list == nullptr && whole == nullptr)) return {};
    const auto size =
        static_cast<std::int64_t>(list != nullptr ? list->items.size() : unicode::count(*whole));
    std::int64_t i = index.integer();
    if (i < 0) i += size;
    if (i < 0 || i >= size) return {};
    if (list != nullptr) return list->items[static_cast<std::size_t>(i)];
    charge(whole->size() / 16);
    std::size_t at = 0;
    for (; i > 0; --i) at += unicode::decode(*whole, at).size;
    return text(std::string(character_at(*whole, at)));
}

value machine::slice(const value& object, const value* start, const value* stop,
                     const value* step) {
    for (const value* bound : {start, stop, step}) {
        if (bound != nullptr && !bound->is_integer())
            fail("the bounds of a slice must be integers");
    }
    const std::string* whole = object.text();
    if (whole == nullptr && object.list() == nullptr) {
        fail("a value of type " + std::string(object.type_name()) + " has no slices");
    }
    const sequence_pointer items = iterate(object);
    const auto size = static_cast<std::int64_t>(items->items.size());
    const std::int64_t stride = step != nullptr ? step->integer() : 1;
    if (stride == 0) fail("the step of a slice is zero");
    // As Python's slice.indices().
    const std::int64_t low = stride > 0 ? 0 : -1;
    const std::int64_t high = stride > 0 ? size : size - 1;
    const auto limit = [&](const value* bound, std::int64_t otherwise) {
        if (bound == nullptr) return otherwise;
        std::int64_t i = bound->integer();
        if (i < 0) i += size;
        return std::clamp(i, low, high);
    };
    const std::int64_t from = limit(start, stride > 0 ? low : high);
    const std::int64_t to = limit(stop, stride > 0 ? high : low);
    std::vector<value> out;
    const auto more = [&](std::int64_t i) { return stride > 0 ? i < to : i > to; };
    for (std::int64_t i = from; more(i);) {
        out.push_back(items->items[static_cast<std::size_t>(i)]);
        if (__builtin_add_overflow(i, stride, &i)) break;
    }
    if (whole == nullptr) return list(std::move(out), object.list()->tuple);
    std::string joined;
    for (const value& c : out) append(joined, *c.text());
    return text(std::move(joined));
}

std::vector<const value*> match_arguments(machine& m, std::string_view what, std::string_view names,
                                          const arguments& given) {
    std::vector<std::string_view> parameters;
    for (std::size_t at = 0; at < names.size();) {
        const std::size_t comma = std::min(names.find(',', at), names.size());
        parameters.push_back(names.substr(at, comma - at));
        at = comma + 1;
    }
    std::vector<const value*> out(parameters.size(), nullptr);
    if (given.positional.size() > out.size()) m.fail(std::string(what) + " has too many arguments");
    for (std::size_t i = 0; i < given.positional.size(); ++i) out[i] = &given.positional[i];
    for (const auto& [name, x] : given.named) {
        const auto it = std::ranges::find(parameters, name);
        if (it == parameters.end())
            m.fail(std::string(what) + " has no argument " + in_quotes(name));
        out[static_cast<std::size_t>(it - parameters.begin())] = &x;
    }
    return out;
}

value machine::call(const value& callee, const arguments& given) {
    if (const auto* which = callee.as<macro>()) return call_macro(*which, given, nullptr);
    if (const auto* which = callee.as<builtin>()) return call_builtin(*which, given);
    if (const auto* which = callee.as<std::shared_ptr<const jinja::method>>()) {
        return method((*which)->self, (*which)->name, given);
    }
    if (callee.is_undefined() && callee.as<undefined>()->name != nullptr) {
        const std::string& name = *callee.as<undefined>()->name;
        if (std::ranges::find(changing_methods, name) != std::end(changing_methods))
            unsupported(name);
        fail(in_quotes(name) + " is undefined");
    }
    fail("a value of type " + std::string(callee.type_name()) + " cannot be called");
}

value machine::call_builtin(builtin which, const arguments& given) {
    switch (which) {
        case builtin::range:
            return range(given);
        case builtin::raise_exception: {
            const auto bound = match_arguments(*this, "raise_exception", "message", given);
            std::string message;
            if (bound[0] != nullptr) append_text(*this, message, *bound[0]);
            throw engine_error(error_code::rejected, message);
        }
        case builtin::strftime_now:
            return strftime(given);
        case builtin::dict:
        case builtin::names:
            break;
    }
    dict members;
    if (given.positional.size() > 1) fail("one dict at most, then named values");
    if (!given.positional.empty()) {
        const dict* other = given.positional[0].mapping();
        if (other == nullptr) fail("the argument must be a dict");
        charge(other->items.size());
        members = *other;
        members.index.clear();
        for (std::size_t i = 0; i < members.items.size(); ++i)
            members.index.emplace(*members.items[i].first, i);
    }
    for (const auto& [name, x] : given.named) {
        members.set(std::make_shared<const std::string>(name), x);
    }
    const value made = mapping(std::move(members));
    if (which == builtin::dict) return made;
    auto& fresh = names_.emplace_back(std::make_unique<names>());
    for (const auto& [name, x] : made.mapping()->items) fresh->items.emplace_back(*name, x);
    return fresh.get();
}

value machine::range(const arguments& given) {
    const auto bound = match_arguments(*this, "range", "start,stop,step", given);
    for (const value* x : bound) {
        if (x != nullptr && !x->is_integer()) fail("range takes integers");
    }
    if (bound[0] == nullptr) fail("range needs an argument");
    const std::int64_t start = bound[1] == nullptr ? 0 : bound[0]->integer();
    const std::int64_t stop = bound[1] == nullptr ? bound[0]->integer() : bound[1]->integer();
    const std::int64_t step = bound[2] == nullptr ? 1 : bound[2]->integer();
    if (step == 0) fail("the step of a range is zero");
    constexpr std::size_t longest = 100'000;
    std::vector<value> items;
    for (std::int64_t i = start; step > 0 ? i < stop : i > stop;) {
        if (items.size() == longest) limit_at(line_, "a range is longer than 100000");
        items.emplace_back(i);
        if (__builtin_add_overflow(i, step, &i)) break;
    }
    return list(std::move(items));
}

value machine::strftime(const arguments& given) {
    const auto bound = match_arguments(*this, "strftime_now", "format", given);
    if (bound[0] == nullptr || bound[0]->text() == nullptr) fail("strftime_now takes a format");
    const std::string& format = *bound[0]->text();
    if (format.empty()) return text("");
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now_);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 1024> buffer{};
    const std::size_t size = std::strftime(buffer.data(), buffer.size(), format.c_str(), &utc);
    if (size == 0) fail("the format of strftime_now gives no text, or too much");
    return text(std::string(buffer.data(), size));
}

}  // namespace tessera::engine::jinja
