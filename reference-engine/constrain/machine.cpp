#include "constrain/machine.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_readings = 1024;
constexpr std::uint32_t deepest_rule = 1000;  // calls that are open
constexpr std::string_view literals[] = {"null", "false", "true"};
constexpr char separator = '\xff';  // no UTF-8 has it

template <class Vector>
const auto& at(const Vector& v, std::int32_t i) {
    return v[static_cast<std::size_t>(i)];
}

bool is_blank(unsigned char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

char32_t first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3F); };
    const char32_t b = byte(0);
    if (b < 0x80) return b;
    if (b < 0xE0) return (b & 0x1F) << 6 | tail(1);
    if (b < 0xF0) return (b & 0x0F) << 12 | tail(1) << 6 | tail(2);
    return (b & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
}

// Calls what it is given with every entry of a list of separated texts.
template <class Each>
void each_entry(std::string_view list, Each each) {
    while (!list.empty()) {
        const auto end = list.find(separator);
        each(list.substr(0, end));
        list.remove_prefix(end + 1);
    }
}

bool has_entry(std::string_view list, std::string_view entry) {
    bool found = false;
    each_entry(list, [&](std::string_view each) { found |= each == entry; });
    return found;
}

std::uint32_t entries_with(std::string_view list, std::string_view beginning) {
    std::uint32_t found = 0;
    each_entry(list, [&](std::string_view each) { found += each.starts_with(beginning); });
    return found;
}

std::size_t hash_of(const frame& f) {
    std::size_t h = std::hash<std::string_view>()(f.text);
    const auto mix = [&](std::size_t x) { h = (h ^ x) * 0x9e3779b97f4a7c15U, h ^= h >> 29; };
    mix(reinterpret_cast<std::uintptr_t>(f.parent));
    mix(static_cast<std::size_t>(f.what) << 24 | static_cast<std::size_t>(f.in) << 16 |
        static_cast<std::size_t>(f.flag) << 8 | f.blanks);
    mix(static_cast<std::size_t>(f.graph) << 32 | static_cast<std::uint32_t>(f.at));
    mix(static_cast<std::size_t>(f.progress) << 32 | f.length);
    mix(static_cast<std::size_t>(f.partial) << 32 | static_cast<std::uint32_t>(f.depth));
    return h;
}

}  // namespace

void append_utf8(std::string& to, char32_t c) {
    const auto byte = [&](char32_t b) { to += static_cast<char>(b); };
    if (c < 0x80) return byte(c);
    if (c < 0x800) {
        byte(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            byte(0xE0 | c >> 12);
        } else {
            byte(0xF0 | c >> 18);
            byte(0x80 | (c >> 12 & 0x3F));
        }
        byte(0x80 | (c >> 6 & 0x3F));
    }
    byte(0x80 | (c & 0x3F));
}

int next_in_mark(std::string_view mark, int read, unsigned char byte) {
    const auto n = static_cast<std::size_t>(read);
    for (std::size_t k = n + 1; k > 0; --k)
        if (static_cast<unsigned char>(mark[k - 1]) == byte &&
            mark.substr(0, k - 1) == mark.substr(n + 1 - k, k - 1))
            return static_cast<int>(k);
    return 0;
}

const frame* frame_pool::find(const frame& f, std::size_t hash) const {
    const auto [first, last] = known_.equal_range(hash);
    for (auto i = first; i != last; ++i)
        if (*i->second == f) return i->second;
    return below_ ? below_->find(f, hash) : nullptr;
}

const frame* frame_pool::keep(frame f) {
    const std::size_t hash = hash_of(f);
    if (const frame* known = find(f, hash)) return known;
    frames_.push_back(std::move(f));
    known_.emplace(hash, &frames_.back());
    return &frames_.back();
}

void frame_pool::keep_only(std::vector<const frame*>& live) {
    frame_pool fresh(below_);
    for (const frame*& f : live) {
        std::vector<const frame*> chain;
        for (const frame* each = f; each; each = each->parent) chain.push_back(each);
        const frame* parent = nullptr;
        for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
            frame copy = **each;
            copy.parent = parent;
            parent = fresh.keep(std::move(copy));
        }
        f = parent;
    }
    std::swap(frames_, fresh.frames_);
    std::swap(known_, fresh.known_);
}

void machine::add(readings& to, const frame* f) {
    if (std::find(to.begin(), to.end(), f) != to.end()) return;
    if (to.size() == most_readings)
        throw engine_error(error_code::limit, "the text can be read in too many ways at once");
    to.push_back(f);
}

readings machine::begin() {
    const frame* const end = pool_.keep({});
    frame first{.parent = end, .what = kind::rule};
    first.at = grammar_.start;
    return {pool_.keep(std::move(first))};
}

void machine::step(const readings& from, unsigned char byte, readings& to) {
    for (const frame* f : from) step(f, byte, to);
}

void machine::step(const frame* f, unsigned char byte, readings& to) {
    switch (f->what) {
        case kind::end:
            return;
        case kind::rule: {
            if (f->flag) {
                for (const auto& e : at(grammar_.states, f->at).edges)
                    if (e.what == grammar::edge::kind::bytes && byte >= e.first && byte <= e.last)
                        add(to, going_on(*f, e.to));
                return;
            }
            readings leaves;
            expand(f, leaves);
            return step(leaves, byte, to);
        }
        case kind::text:
            return step_text(*f, byte, to);
        case kind::mark:
            return step_mark(*f, byte, to);
        case kind::value:
            if (!blank(*f, byte, to)) enter(f->graph, f->at, f->parent, byte, to);
            return;
        case kind::literal:
            return step_literal(*f, byte, to);
        case kind::number:
            return step_number(*f, byte, to);
        case kind::string:
            return step_string(*f, byte, to);
        case kind::key:
            return step_key(*f, byte, to);
        case kind::array:
            return step_array(*f, byte, to);
        case kind::object:
            return step_object(*f, byte, to);
    }
}

bool machine::complete(const readings& all) const {
    return std::any_of(all.begin(), all.end(), [&](const frame* f) { return complete(f); });
}

bool machine::complete(const frame* f) const {
    for (;; f = f->parent) {
        if (f->what == kind::end) return true;
        if (f->what == kind::text) return f->flag;
        if (f->what == kind::number) {
            const auto& texts =
                f->flag ? *at(graph(*f).distinct_numbers, f->at) : at(graph(*f).numbers, f->at);
            if (!texts.accepts(f->progress)) return false;
        } else if (f->what != kind::rule || f->flag || !at(grammar_.states, f->at).nullable) {
            return false;
        }
    }
}

void machine::expand(const frame* f, readings& to) {
    visited_.clear();
    expand_rule(f, to);
}

// A rule without left recursion reaches a byte, or its end, within as many calls as there are
// rules.
void machine::expand_rule(const frame* f, readings& to) {
    if (f->what != kind::rule || f->flag) return add(to, f);
    if (std::find(visited_.begin(), visited_.end(), f) != visited_.end()) return;
    visited_.push_back(f);
    const auto& s = at(grammar_.states, f->at);
    bool bytes = false;
    for (const auto& e : s.edges) {
        frame next{.parent = e.what == grammar::edge::kind::bytes ? nullptr : going_on(*f, e.to)};
        switch (e.what) {
            case grammar::edge::kind::bytes:
                bytes = true;
                continue;
            case grammar::edge::kind::rule:
                next.what = kind::rule;
                next.at = e.target;
                next.length = f->length + 1;
                if (next.length > deepest_rule)
                    throw engine_error(error_code::limit,
                                       "the grammar's rules are nested too deeply");
                break;
            case grammar::edge::kind::value:
                next.what = kind::value;
                next.graph = e.target;
                next.at = at(grammar_.graphs, e.target).root();
                break;
            case grammar::edge::kind::text:
                next.what = kind::text;
                next.at = e.target;
                next.flag = e.may_end;
                break;
        }
        expand_rule(pool_.keep(std::move(next)), to);
    }
    if (bytes) {
        frame only = *f;
        only.flag = true;
        add(to, pool_.keep(std::move(only)));
    }
    if (s.final) expand_rule(f->parent, to);
}

// Where a rule goes on in one of its states; its caller, when there is nothing more to it.
const frame* machine::going_on(const frame& rule, int state) {
    const auto& next = at(grammar_.states, state);
    if (next.final && next.edges.empty()) return rule.parent;
    frame made{.parent = rule.parent, .what = kind::rule};
    made.at = state;
    made.length = rule.length;
    return pool_.keep(std::move(made));
}

void machine::step_text(const frame& f, unsigned char byte, readings& to) {
    if (f.at < 0) return add(to, pool_.keep(f));
    const std::string& mark = at(grammar_.marks, f.at);
    frame next = f;
    next.progress = next_in_mark(mark, f.progress, byte);
    if (static_cast<std::size_t>(next.progress) == mark.size()) return add(to, f.parent);
    add(to, pool_.keep(std::move(next)));
}

void machine::step_mark(const frame& f, unsigned char byte, readings& to) {
    const std::string& mark = at(grammar_.marks, f.at);
    if (static_cast<unsigned char>(mark[static_cast<std::size_t>(f.progress)]) != byte) return;
    frame next = f;
    if (static_cast<std::size_t>(++next.progress) == mark.size()) return add(to, f.parent);
    add(to, pool_.keep(std::move(next)));
}

bool machine::blank(const frame& f, unsigned char byte, readings& to) {
    if (!is_blank(byte)) return false;
    if (f.blanks < most_blanks) {
        frame next = f;
        ++next.blanks;
        add(to, pool_.keep(std::move(next)));
    }
    return true;
}

bool machine::collects(const frame* parent) const {
    return parent->what == kind::array && at(graph(*parent).arrays, parent->at).distinct;
}

void machine::enter(int graph_index, node_id n, const frame* parent, unsigned char byte,
                    readings& to) {
    const auto& g = at(grammar_.graphs, graph_index);
    const auto& node = at(g.nodes, n);
    const bool collect = collects(parent);
    frame made{.parent = parent, .graph = graph_index};
    const auto push = [&](kind what, std::int32_t place, std::int32_t progress) {
        frame f = made;
        f.what = what;
        f.at = place;
        f.progress = progress;
        if (what == kind::array || what == kind::object)
            f.depth = parent->depth + 1;
        else
            f.depth = parent->depth;
        f.flag = collect && (what == kind::string || what == kind::number);
        if (f.flag) f.text = what == kind::string ? "s" : "n";
        if (f.flag && what == kind::number) f.text += static_cast<char>(byte);
        if (what == kind::object)
            f.text.assign((at(g.objects, place).members.size() + 7) / 8, '\0');
        add(to, pool_.keep(std::move(f)));
    };
    const auto literal = [&](std::int32_t which, bool allowed) {
        if (!allowed) return;
        if (collect && has_entry(parent->text, literals[which])) return;
        push(kind::literal, which, 1);
    };
    switch (byte) {
        case 'n':
            return literal(0, node.null);
        case 'f':
            return literal(1, node.no);
        case 't':
            return literal(2, node.yes);
        case '"':
            for (const int s : node.strings) {
                if (collect && at(g.strings, s).count(0, 0) <= entries_with(parent->text, "s"))
                    continue;
                push(kind::string, s, 0);
            }
            return;
        case '[':
            for (const int a : node.arrays)
                if (parent->depth + at(g.arrays, a).depth <= schema_graph::deepest)
                    push(kind::array, a, 0);
            return;
        case '{':
            for (const int o : node.objects)
                if (parent->depth + at(g.objects, o).depth <= schema_graph::deepest)
                    push(kind::object, o, 0);
            return;
        default:
            for (const int i : node.numbers) {
                const auto& texts = collect ? *at(g.distinct_numbers, i) : at(g.numbers, i);
                if (texts.empty()) continue;
                const auto state = texts.next(number_automaton::start, byte);
                if (state == number_automaton::dead) continue;
                if (collect &&
                    texts.count(state) <=
                        entries_with(parent->text, std::string("n") + static_cast<char>(byte)))
                    continue;
                push(kind::number, i, state);
            }
    }
}

const frame* machine::after(const frame& scalar) {
    const frame* const parent = scalar.parent;
    if (!collects(parent)) return parent;
    frame told = *parent;
    told.text += scalar.what == kind::literal ? std::string(literals[scalar.at]) : scalar.text;
    told.text += separator;
    return pool_.keep(std::move(told));
}

void machine::step_literal(const frame& f, unsigned char byte, readings& to) {
    const auto word = literals[f.at];
    const auto i = static_cast<std::size_t>(f.progress);
    if (static_cast<unsigned char>(word[i]) != byte) return;
    if (i + 1 == word.size()) return add(to, after(f));
    frame next = f;
    ++next.progress;
    add(to, pool_.keep(std::move(next)));
}

void machine::step_number(const frame& f, unsigned char byte, readings& to) {
    const auto& texts = f.flag ? *at(graph(f).distinct_numbers, f.at) : at(graph(f).numbers, f.at);
    const auto state = texts.next(f.progress, byte);
    if (state != number_automaton::dead) {
        frame next = f;
        next.progress = state;
        if (f.flag) next.text += static_cast<char>(byte);
        if (!f.flag || texts.count(state) > entries_with(f.parent->text, next.text))
            add(to, pool_.keep(std::move(next)));
    }
    if (!texts.accepts(f.progress) || (f.flag && has_entry(f.parent->text, f.text))) return;
    step(after(f), byte, to);
}

void machine::step_string(const frame& f, unsigned char byte, readings& to) {
    const auto& words = at(graph(f).strings, f.at);
    const auto read = json_character::read(f.partial, byte);
    frame next = f;
    switch (read.what) {
        case json_character::outcome::bad:
            return;
        case json_character::outcome::end:
            if (!words.accepts(f.progress, f.length)) return;
            if (f.flag && has_entry(f.parent->text, f.text)) return;
            return add(to, after(f));
        case json_character::outcome::unfinished: {
            bool live = false;
            for (int i = 0; i < read.ranges && !live; ++i) {
                const auto [first, last] = read.within[static_cast<std::size_t>(i)];
                live = words.next_within(f.progress, f.length, first, last);
            }
            if (!live) return;
            next.partial = read.rest;
            break;
        }
        case json_character::outcome::character:
            next.progress = words.next(f.progress, f.length, read.value);
            if (next.progress == language::dead) return;
            next.partial = json_character::nothing;
            ++next.length;
            // A length that no longer matters makes no new state.
            if (words.set().longest == string_set::unlimited)
                next.length = static_cast<std::uint32_t>(
                    std::min<std::size_t>(next.length, words.set().shortest));
            if (f.flag) {
                append_utf8(next.text, read.value);
                if (words.count(next.progress, next.length) <=
                    entries_with(f.parent->text, next.text))
                    return;
            }
            break;
    }
    add(to, pool_.keep(std::move(next)));
}

void machine::step_array(const frame& f, unsigned char byte, readings& to) {
    if (blank(f, byte, to)) return;
    const auto& shape = at(graph(f).arrays, f.at);
    const auto items = static_cast<std::size_t>(f.progress);
    const auto item = [&] { return at(graph(f).nodes, shape.at(items)).depth; };
    const bool more = items < shape.most && f.depth + item() <= schema_graph::deepest;
    if (f.in != frame::phase::separated && byte == ']') {
        if (items >= shape.fewest) add(to, f.parent);
    } else if (f.in == frame::phase::followed) {
        if (byte != ',' || !more) return;
        frame next = f;
        next.in = frame::phase::separated;
        next.blanks = 0;
        add(to, pool_.keep(std::move(next)));
    } else if (more) {
        frame next = f;
        next.in = frame::phase::followed;
        next.blanks = 0;
        ++next.progress;
        enter(f.graph, shape.at(items), pool_.keep(std::move(next)), byte, to);
    }
}

struct machine::names {
    const schema_graph& graph;
    const schema_graph::object& shape;
    std::string_view bits;    // of members that are there
    std::string_view others;  // names of other members that are there
    std::size_t count = 0;
    std::size_t missing = 0;  // required and not there
    int room;                 // for nesting

    bool used(std::size_t i) const {
        return (static_cast<unsigned char>(bits[i / 8]) >> (i % 8) & 1) != 0;
    }
    bool only_required() const { return count + missing >= shape.most; }
    bool fits(node_id value) const {
        return graph.nodes[static_cast<std::size_t>(value)].depth <= room;
    }
    bool open(std::size_t i) const {
        const auto& m = shape.members[i];
        return !used(i) && m.possible && (m.required || !only_required()) && fits(m.value);
    }
    bool open(const schema_graph::object::name_class& c) const {
        if (only_required() || !fits(c.value)) return false;
        return !c.names || c.names->count(0, 0) > entries_with(others, "");
    }
    bool any() const {
        for (std::size_t i = 0; i < shape.members.size(); ++i)
            if (open(i)) return true;
        return std::any_of(shape.classes.begin(), shape.classes.end(),
                           [&](const auto& c) { return open(c); });
    }
    bool may_close() const { return missing == 0 && count >= shape.fewest; }
};

machine::names machine::open_names(const frame& object) const {
    const auto& g = graph(object);
    const auto& shape = at(g.objects, object.at);
    const std::size_t bytes = (shape.members.size() + 7) / 8;
    const std::string_view text = object.text;
    names made{g,
               shape,
               text.substr(0, bytes),
               text.substr(bytes),
               0,
               0,
               schema_graph::deepest - object.depth};
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
        if (s == language::dead || c.names->count(s, length) <= entries_with(open.others, begun))
            continue;
        if (!within || c.names->next_within(s, length, within->first, within->last)) return true;
    }
    return false;
}

void machine::step_key(const frame& f, unsigned char byte, readings& to) {
    const auto read = json_character::read(f.partial, byte);
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
    frame object = *key.parent;
    object.in = frame::phase::named;
    object.blanks = 0;
    const auto member =
        std::lower_bound(members.begin(), members.end(), name,
                         [](const auto& m, const std::string& n) { return m.name < n; });
    if (member != members.end() && member->name == name) {
        const auto i = static_cast<std::size_t>(member - members.begin());
        if (!open.open(i)) return {};
        char& bits = object.text[i / 8];
        bits = static_cast<char>(static_cast<unsigned char>(bits) | 1U << (i % 8));
        object.progress = member->value;
        return {pool_.keep(std::move(object))};
    }
    if (has_entry(open.others, name)) return {};
    for (const auto& c : open.shape.classes) {
        if (!open.open(c)) continue;
        if (c.names && !c.names->set().words->contains(name)) continue;
        object.text += name;
        object.text += separator;
        object.progress = c.value;
        return {pool_.keep(std::move(object))};
    }
    return {};
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
