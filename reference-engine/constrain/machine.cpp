#include "constrain/machine.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "constrain/text_list.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::uint8_t most_blanks = 128;
constexpr std::size_t most_readings = 1024;
constexpr std::uint32_t deepest_rule = 1000;  // calls that are open
constexpr std::string_view literals[] = {"null", "false", "true"};

bool is_blank(unsigned char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
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
        const bool goes_on = e.what != grammar::edge::kind::bytes && e.to >= 0;
        frame next{.parent = goes_on ? going_on(*f, e.to) : nullptr};
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
    if (static_cast<std::size_t>(next.progress) < mark.size())
        add(to, pool_.keep(std::move(next)));
    else if (f.parent)
        add(to, f.parent);
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
    frame next = f;
    ++next.blanks;
    if (grammar_.tidy) {
        constexpr std::uint8_t new_line = 2;
        constexpr std::uint8_t deepest_indentation = new_line + 32;
        const bool line = byte == '\n';
        if (line            ? f.blanks != 0
            : f.blanks == 0 ? byte != ' '
                            : f.blanks < new_line || byte == '\r')
            return true;
        if (line) next.blanks = new_line;
        if (next.blanks > deepest_indentation) return true;
    } else if (next.blanks > most_blanks) {
        return true;
    }
    add(to, pool_.keep(std::move(next)));
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
        if (what == kind::object) f.text = at(g.objects, place).no_members();
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
                const auto& words = at(g.strings, s);
                if (collect && used_up(words.count(0, 0), words, parent->text, "s", 1)) continue;
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
                if (collect && used_up(texts.count(state), texts, parent->text,
                                       std::string("n") + static_cast<char>(byte), 1))
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
        if (!f.flag || !used_up(texts.count(state), texts, f.parent->text, next.text, 1))
            add(to, pool_.keep(std::move(next)));
    }
    if (!texts.accepts(f.progress) || (f.flag && has_entry(f.parent->text, f.text))) return;
    step(after(f), byte, to);
}

void machine::step_string(const frame& f, unsigned char byte, readings& to) {
    const auto& words = at(graph(f).strings, f.at);
    const auto read = json_character::read(f.partial, byte, grammar_.tidy);
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
                if (used_up(words.count(next.progress, next.length), words, f.parent->text,
                            next.text, 1))
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
    if (f.in != frame::phase::separated && byte == ']') {
        if (items >= shape.fewest && shape.enough(f.length)) add(to, f.parent);
        return;
    }
    if (items >= shape.most) return;
    const int room = schema_graph::deepest - f.depth;
    frame next = f;
    next.blanks = 0;
    // Calls what it is given with the ways that an item more may go.
    const auto each_way = [&](const auto& each) {
        for (const auto& way : shape.at(items)) {
            if (at(graph(f).nodes, way.value).depth > room) continue;
            next.length = shape.after(f.length, way);
            if (next.length != shape.overfull &&
                shape.completable(items + 1, next.length, room, graph(f)))
                each(way);
        }
    };
    if (f.in == frame::phase::followed) {
        if (byte != ',') return;
        bool more = false;
        each_way([&](const auto&) { more = true; });
        next.length = f.length;
        next.in = frame::phase::separated;
        if (more) add(to, pool_.keep(std::move(next)));
    } else {
        next.in = frame::phase::followed;
        ++next.progress;
        each_way([&](const auto& way) { enter(f.graph, way.value, pool_.keep(next), byte, to); });
    }
}

}  // namespace tessera::engine
