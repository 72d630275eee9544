#include <algorithm>
#include <cstdint>

#include "core/error.hpp"
#include "text/jinja/machine.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

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
    if (name == "depth") return loop.depth + 1;
    if (name == "depth0") return loop.depth;
    if (name == "previtem" && index > 0) return loop.items->items[loop.index - 1];
    if (name == "nextitem" && index + 1 < size) return loop.items->items[loop.index + 1];
    return {};
}

/// The parts of a path; numbers among them are indices.
value path_part(machine& m, std::string_view part) {
    const bool index = !part.empty() && part.size() < 18 &&
                       std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    return index ? value(std::stoll(std::string(part))) : m.text(part);
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
        charge((*n)->items.size() / 8);
        const value* member = (*n)->find(name);
        return member != nullptr ? *member : value(undefined{kept});
    }
    if (const builtin* found = find_method(object, name))
        return std::make_shared<const method>(method{object, found});
    if (const auto* loop = object.as<std::shared_ptr<loop_state>>())
        return loop_attribute(**loop, name);
    if (const auto* c = object.as<cycler*>(); c != nullptr && name == "current")
        return (*c)->items[(*c)->at];
    if (const auto* which = object.as<macro>(); which != nullptr && name == "name")
        return text(which->source->text);
    if (const sequence* pair = object.list(); pair != nullptr && pair->group) {
        if (name == "grouper") return pair->items[0];
        if (name == "list") return pair->items[1];
    }
    if (const dict* mapping = object.mapping()) {
        if (const value* member = mapping->find(name)) return *member;
    }
    return undefined{kept};
}

value machine::item(const value& object, const value& index) {
    if (const std::string* name = index.text()) {
        charge(name->size() / 64);
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
    wide_integer i = index.integer();
    if (i < 0) i += size;
    if (i < 0 || i >= size) return {};
    if (list != nullptr) return list->items[static_cast<std::size_t>(i)];
    charge(whole->size() / 16);
    const std::size_t at = prefix_size(*whole, static_cast<std::uint64_t>(i));
    return text_like(object, std::string(character_at(*whole, at)));
}

value machine::slice(const value& object, const value* start, const value* stop,
                     const value* step) {
    if (object.is_undefined()) return attribute(object, "slice");
    const std::string* whole = object.text();
    if (whole == nullptr && object.list() == nullptr)
        fail("a value of type " + std::string(object.type_name()) + " has no slices");
    for (const value* bound : {start, stop, step}) {
        if (bound != nullptr && !bound->is_integer())
            fail("the bounds of a slice must be integers");
    }
    const sequence_pointer items = iterate(object);
    const auto size = static_cast<std::int64_t>(items->items.size());
    // Nothing is longer than half of what 64 bits hold.
    const auto near = [](wide_integer x) {
        return static_cast<std::int64_t>(std::clamp<wide_integer>(x, INT64_MIN / 2, INT64_MAX / 2));
    };
    const std::int64_t stride = step != nullptr ? near(step->integer()) : 1;
    if (stride == 0) fail("the step of a slice is zero");
    // As Python's slice.indices().
    const std::int64_t low = stride > 0 ? 0 : -1;
    const std::int64_t high = stride > 0 ? size : size - 1;
    const auto limit = [&](const value* bound, std::int64_t otherwise) {
        if (bound == nullptr) return otherwise;
        std::int64_t i = near(bound->integer());
        if (i < 0) i += size;
        return std::clamp(i, low, high);
    };
    const std::int64_t from = limit(start, stride > 0 ? low : high);
    const std::int64_t to = limit(stop, stride > 0 ? high : low);
    std::vector<value> out;
    const auto more = [&](std::int64_t i) { return stride > 0 ? i < to : i > to; };
    for (std::int64_t i = from; more(i); i += stride)
        out.push_back(items->items[static_cast<std::size_t>(i)]);
    if (whole == nullptr) return list(std::move(out), object.list()->tuple);
    std::string joined;
    for (const value& c : out) append(joined, *c.text());
    return text_like(object, std::move(joined));
}

value member(machine& m, const value& x, const value* path, const value* otherwise) {
    if (path == nullptr || path->is_none()) return x;
    const auto step = [&](const value& object, const value& part) {
        value found = m.item(object, part);
        return found.is_undefined() && otherwise != nullptr ? *otherwise : found;
    };
    if (path->text() == nullptr) return step(x, *path);
    std::string_view rest = *path->text();
    value out = x;
    for (;;) {
        const std::size_t dot = std::min(rest.find('.'), rest.size());
        out = step(out, path_part(m, rest.substr(0, dot)));
        if (dot == rest.size()) return out;
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace tessera::engine::jinja
