#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "constrain/machine.hpp"
#include "constrain/text_list.hpp"

namespace tessera::engine {
namespace {

char32_t first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3F); };
    const char32_t b = byte(0);
    if (b < 0x80) return b;
    if (b < 0xE0) return (b & 0x1F) << 6 | tail(1);
    if (b < 0xF0) return (b & 0x0F) << 12 | tail(1) << 6 | tail(2);
    return (b & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
}

}  // namespace

// What an object may still be told.
struct machine::names {
    using object = schema_graph::object;

    const schema_graph& graph;
    const object& shape;
    std::string_view bits;    // of members that are there
    std::string_view others;  // names of other members that are there
    std::uint32_t covered;    // of what is wanted
    std::size_t count = 0;
    std::size_t missing = 0;  // required and not there
    int room;                 // for nesting

    bool used(std::size_t i) const { return object::has(bits, i); }
    bool fits(const object::way& way) const {
        return graph.nodes[static_cast<std::size_t>(way.value)].depth <= room;
    }
    // Whether what is still required and wanted has place behind a member.
    bool leaves_room(std::size_t i, const object::way& way) const {
        const auto& m = shape.members[i];
        if (!m.required && count + missing >= shape.most) return false;
        if (shape.wanted == 0) return true;
        std::string with(bits);
        object::add(with, i);
        return shape.coverable(with, others, nullptr, covered | way.covers, room, graph);
    }
    bool leaves_room(const object::name_class& c, const object::way& way) const {
        if (count + missing >= shape.most) return false;
        return shape.wanted == 0 ||
               shape.coverable(bits, others, &c, covered | way.covers, room, graph);
    }
    bool open(std::size_t i) const {
        const auto& m = shape.members[i];
        return !used(i) && m.possible && std::ranges::any_of(m.ways, [&](const auto& way) {
            return fits(way) && leaves_room(i, way);
        });
    }
    bool open(const object::name_class& c) const {
        return object::names_left(c, others) > 0 &&
               std::ranges::any_of(
                   c.ways, [&](const auto& way) { return fits(way) && leaves_room(c, way); });
    }
    bool any() const {
        for (std::size_t i = 0; i < shape.members.size(); ++i)
            if (open(i)) return true;
        return std::any_of(shape.classes.begin(), shape.classes.end(),
                           [&](const auto& c) { return open(c); });
    }
    bool may_close() const {
        return missing == 0 && count >= shape.fewest && covered == shape.wanted;
    }
};

machine::names machine::open_names(const frame& object) const {
    const auto& g = graph(object);
    const auto& shape = at(g.objects, object.at);
    const std::size_t bytes = (shape.members.size() + 7) / 8;
    const std::string_view text = object.text;
    names made{.graph = g,
               .shape = shape,
               .bits = text.substr(0, bytes),
               .others = text.substr(bytes),
               .covered = object.length,
               .room = schema_graph::deepest - object.depth};
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const bool used = made.used(i);
        made.count += used;
        made.missing += !used && shape.members[i].required;
    }
    made.count += entries_with(made.others, "");
    return made;
}

bool machine::free_names(const frame& object) const {
    const auto open = open_names(object);
    return std::any_of(open.shape.classes.begin(), open.shape.classes.end(),
                       [&](const auto& c) { return !c.names && open.open(c); });
}

void machine::step_object(const frame& f, unsigned char byte, readings& to) {
    if (blank(f, byte, to)) return;
    frame next = f;
    next.blanks = 0;
    if (f.in == frame::phase::named) {
        if (byte != ':') return;
        next.in = frame::phase::followed;
        next.progress = 0;
        frame value{.parent = pool_.keep(std::move(next)), .what = kind::value, .graph = f.graph};
        value.at = f.progress;
        value.depth = f.depth;
        return add(to, pool_.keep(std::move(value)));
    }
    const bool separated = f.in == frame::phase::separated;
    const bool followed = f.in == frame::phase::followed;
    if (byte == '}' ? separated : byte == ',' ? !followed : byte != '"' || followed) return;
    const auto open = open_names(f);
    if (byte == '}') {
        if (open.may_close()) add(to, f.parent);
    } else if (!open.any()) {
        return;
    } else if (byte == ',') {
        next.in = frame::phase::separated;
        add(to, pool_.keep(std::move(next)));
    } else {
        frame key{.parent = pool_.keep(std::move(next)), .what = kind::key, .graph = f.graph};
        key.at = f.at;
        key.depth = f.depth;
        add(to, pool_.keep(std::move(key)));
    }
}

// Whether some name goes on from one that has begun, with a character of a range if one is given.
bool machine::live_name(const names& open, const std::string& begun,
                        const json_character::range* within) {
    const auto& members = open.shape.members;
    auto i = std::lower_bound(members.begin(), members.end(), begun,
                              [](const auto& m, const std::string& name) { return m.name < name; });
    for (; i != members.end() && i->name.starts_with(begun); ++i) {
        if (!open.open(static_cast<std::size_t>(i - members.begin()))) continue;
        if (!within) return true;
        if (i->name.size() == begun.size()) continue;
        const char32_t c = first_character(std::string_view(i->name).substr(begun.size()));
        if (c >= within->first && c <= within->last) return true;
    }
    for (const auto& c : open.shape.classes) {
        if (!open.open(c)) continue;
        if (!c.names) return true;
        language::state s = 0;
        std::size_t length = 0;
        for (std::string_view rest = begun; !rest.empty() && s != language::dead; ++length) {
            const char32_t each = first_character(rest);
            rest.remove_prefix(each < 0x80 ? 1 : each < 0x800 ? 2 : each < 0x10000 ? 3 : 4);
            s = c.names->next(s, length, each);
        }
        if (s == language::dead) continue;
        if (used_up(c.names->count(s, length), *c.names, open.others, begun, 0)) continue;
        if (!within || c.names->next_within(s, length, within->first, within->last)) return true;
    }
    return false;
}

void machine::step_key(const frame& f, unsigned char byte, readings& to) {
    const auto read = json_character::read(f.partial, byte, grammar_.tidy);
    if (read.what == json_character::outcome::bad) return;
    if (read.what == json_character::outcome::end) {
        for (const frame* each : named(f, f.text)) add(to, each);
        return;
    }
    const auto open = open_names(*f.parent);
    frame next = f;
    if (read.what == json_character::outcome::character) {
        next.partial = json_character::nothing;
        append_utf8(next.text, read.value);
        if (!live_name(open, next.text, nullptr)) return;
    } else {
        next.partial = read.rest;
        if (!std::any_of(read.within.begin(), read.within.begin() + read.ranges,
                         [&](const auto& range) { return live_name(open, f.text, &range); }))
            return;
    }
    add(to, pool_.keep(std::move(next)));
}

readings machine::named(const frame& key, const std::string& name) {
    const auto open = open_names(*key.parent);
    const auto& members = open.shape.members;
    readings made;
    const auto go_on = [&](const schema_graph::object::way& way, const auto& tell) {
        frame object = *key.parent;
        object.in = frame::phase::named;
        object.blanks = 0;
        object.progress = way.value;
        object.length |= way.covers;
        tell(object.text);
        add(made, pool_.keep(std::move(object)));
    };
    const auto member =
        std::lower_bound(members.begin(), members.end(), name,
                         [](const auto& m, const std::string& n) { return m.name < n; });
    if (member != members.end() && member->name == name) {
        const auto i = static_cast<std::size_t>(member - members.begin());
        if (open.used(i) || !member->possible) return made;
        for (const auto& way : member->ways)
            if (open.fits(way) && open.leaves_room(i, way))
                go_on(way, [&](std::string& text) { schema_graph::object::add(text, i); });
        return made;
    }
    if (has_entry(open.others, name)) return made;
    for (const auto& c : open.shape.classes) {
        if (!open.open(c)) continue;
        if (c.names && !c.names->set().words->contains(name)) continue;
        for (const auto& way : c.ways)
            if (open.fits(way) && open.leaves_room(c, way))
                go_on(way, [&](std::string& text) { text += name + separator; });
        return made;
    }
    return made;
}

std::vector<std::string> machine::told_apart(const frame& key) const {
    const auto open = open_names(*key.parent);
    std::vector<std::string> made;
    for (const auto& m : open.shape.members)
        if (m.name.starts_with(key.text)) made.push_back(m.name);
    each_entry(open.others, [&](std::string_view name) {
        if (name.starts_with(key.text)) made.emplace_back(name);
    });
    std::sort(made.begin(), made.end());
    return made;
}

}  // namespace tessera::engine
