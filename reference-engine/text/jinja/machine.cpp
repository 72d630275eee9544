#include "text/jinja/machine.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "text/jinja/lexer.hpp"
#include "text/jinja/machine_guards.hpp"

namespace tessera::engine::jinja {

machine::machine(const syntax_tree& tree, const template_limits& limits,
                 std::chrono::system_clock::time_point now)
    : tree_(tree),
      limits_(limits),
      now_(now),
      steps_left_(limits.steps),
      bytes_left_(limits.allocated_bytes) {
    scopes_.emplace_back();  // the context
    scopes_.emplace_back();  // what the template sets
}

void machine::define(int symbol, value x) {
    scopes_.front().variables.emplace_back(symbol, std::move(x));
}

std::string machine::run() {
    std::string out;
    out_ = &out;
    execute(tree_.body);
    return out;
}

void machine::append(std::string& out, std::string_view more) {
    if (more.size() > limits_.output_bytes || out.size() > limits_.output_bytes - more.size()) {
        out_of("output bytes");
    }
    if (more.size() > bytes_left_) out_of("memory");
    bytes_left_ -= more.size();
    charge(more.size() / 64);
    out += more;
}

void machine::append_repeated(std::string& out, std::string_view more, std::int64_t times) {
    if (more.empty() || times <= 0) return;
    const auto count = static_cast<std::size_t>(times);
    if (count > limits_.output_bytes / more.size()) out_of("output bytes");
    for (std::size_t i = 0; i < count; ++i) append(out, more);
    charge(count / 8);
}

value machine::text(std::string x) {
    const std::size_t cost = x.size() + sizeof(std::string);
    if (x.size() > limits_.output_bytes) out_of("output bytes");
    if (cost > bytes_left_) out_of("memory");
    bytes_left_ -= cost;
    charge(cost / 64);
    return std::make_shared<const std::string>(std::move(x));
}

value machine::text_like(const value& original, std::string x) {
    value made = text(std::move(x));
    return original.as<markup>() != nullptr ? value(markup{*made.shared_text()}) : made;
}

value machine::list(std::vector<value> items, bool tuple) {
    const std::size_t cost = sizeof(sequence) + items.size() * sizeof(value);
    if (cost > bytes_left_) out_of("memory");
    bytes_left_ -= cost;
    charge(items.size() / 8);
    auto out = std::make_shared<sequence>();
    for (const value& x : items) out->depth = std::max(out->depth, x.depth() + 1);
    if (out->depth > largest_depth) limit_at(line_, "values are nested too deeply");
    out->items = std::move(items);
    out->tuple = tuple;
    return sequence_pointer(std::move(out));
}

value machine::group(value key, value members) {
    const value pair = list({std::move(key), std::move(members)}, true);
    auto out = std::make_shared<sequence>(*pair.list());
    out->group = true;
    return sequence_pointer(std::move(out));
}

value machine::mapping(dict x) {
    constexpr std::size_t member_cost = 128;
    const std::size_t cost = sizeof(dict) + x.items.size() * member_cost;
    if (cost > bytes_left_) out_of("memory");
    bytes_left_ -= cost;
    charge(x.items.size());
    if (x.depth > largest_depth) limit_at(line_, "values are nested too deeply");
    return dict_pointer(std::make_shared<const dict>(std::move(x)));
}

value machine::make_names(const dict& members) {
    names& fresh = names_.emplace_back();
    for (const auto& [name, x] : members.items) fresh.items.emplace_back(*name, x);
    return &fresh;
}
value machine::make_cycler(std::vector<value> items) {
    (void)list(items);  // pays for them
    return &cyclers_.emplace_back(cycler{std::move(items)});
}
value machine::make_joiner(value separator) {
    (void)list({separator});
    return &joiners_.emplace_back(joiner{std::move(separator)});
}

void machine::fail(const std::string& reason) const { fail_at(line_, reason); }
void machine::unsupported(const std::string& what) const { unsupported_at(line_, what); }
void machine::limit(const std::string& what) const { limit_at(line_, what); }
void machine::out_of(const char* what) const {
    limit(std::string("the template needs too many ") + what);
}

// Variables.

value machine::lookup(const expression& e) {
    for (std::size_t at = scopes_.size() - 1;; at = scopes_[at].parent) {
        charge(scopes_[at].variables.size() / 16);
        for (const auto& [symbol, x] : scopes_[at].variables) {
            if (symbol == e.symbol) return x;
        }
        if (at == 0) break;
    }
    if (const builtin* known = find_global(e.text)) return known;
    if (e.text == "self") unsupported("'self'");
    return undefined{&e.text};
}

void machine::set(int symbol, value x) {
    auto& variables = scopes_.back().variables;
    charge(variables.size() / 16);
    for (auto& [known, old] : variables) {
        if (known == symbol) {
            old = std::move(x);
            return;
        }
    }
    variables.emplace_back(symbol, std::move(x));
}

void machine::assign(const target& to, const value& x) {
    if (!to.parts.empty()) {
        const sequence_pointer items = iterate(x);
        if (items->items.size() != to.parts.size()) {
            fail(std::to_string(to.parts.size()) + " variables for " +
                 std::to_string(items->items.size()) + " values");
        }
        for (std::size_t i = 0; i < to.parts.size(); ++i) assign(to.parts[i], items->items[i]);
        return;
    }
    if (to.name.empty()) return set(to.symbol, x);
    expression object;
    object.symbol = to.symbol;
    const value holder = lookup(object);
    const auto* found = holder.as<names*>();
    if (found == nullptr) fail("only a namespace has members that can be set");
    charge((*found)->items.size() / 8 + 1);
    if (value* member = (*found)->find(to.name)) {
        *member = x;
    } else {
        (*found)->items.emplace_back(to.name, x);
    }
}

// Statements.

machine::flow machine::execute(const block& body) {
    for (const statement& s : body) {
        if (const flow f = execute(s); f != flow::on) return f;
    }
    return flow::on;
}

std::string machine::capture(const block& body) {
    std::string out;
    std::string* outer = std::exchange(out_, &out);
    const scope_guard inner(*this);
    execute(body);  // an error leaves the machine for good, so that out_ needs no guard
    out_ = outer;
    return out;
}

machine::flow machine::execute(const statement& s) {
    if (s.is == statement::kind::text) {
        append(*out_, s.text);
        return flow::on;
    }
    const level deeper(*this, s.line);
    switch (s.is) {
        case statement::kind::text:
            break;
        case statement::kind::output:
            append_text(*this, *out_, evaluate(*s.expressions[0]));
            break;
        case statement::kind::condition: {
            std::size_t i = 0;
            while (i < s.expressions.size() && !evaluate(*s.expressions[i]).truth()) ++i;
            if (i < s.bodies.size()) return execute(s.bodies[i]);
            break;
        }
        case statement::kind::loop:
            return loop(s, evaluate(*s.expressions[0]), 0);
        case statement::kind::assign:
            assign(s.targets[0], evaluate(*s.expressions[0]));
            break;
        case statement::kind::capture: {
            value captured = text(capture(s.bodies[0]));
            if (s.expressions[0] != nullptr) captured = filtered(*s.expressions[0], captured);
            assign(s.targets[0], captured);
            break;
        }
        case statement::kind::filter_block:
            append_text(*this, *out_, filtered(*s.expressions[0], text(capture(s.bodies[0]))));
            break;
        case statement::kind::macro:
            set(s.symbol, macro{&s, scopes_.size() - 1});
            break;
        case statement::kind::call_block: {
            const expression& call_site = *s.expressions[0];
            const value callee = evaluate(*call_site.parts[0]);
            const arguments given = evaluate_arguments(call_site);
            const macro caller{&s, scopes_.size() - 1};
            if (callee.as<macro>() == nullptr) fail("a call block calls what is no macro");
            append_text(*this, *out_, call_macro(*callee.as<macro>(), given, &caller));
            break;
        }
        case statement::kind::with: {
            std::vector<value> values;
            for (const auto& e : s.expressions) values.push_back(evaluate(*e));
            const scope_guard inner(*this);
            for (std::size_t i = 0; i < values.size(); ++i) assign(s.targets[i], values[i]);
            return execute(s.bodies[0]);
        }
        case statement::kind::scope: {
            const scope_guard inner(*this);
            return execute(s.bodies[0]);
        }
        case statement::kind::stop:
            return flow::stop;
        case statement::kind::next:
            return flow::next;
    }
    return flow::on;
}

machine::flow machine::loop(const statement& s, const value& over, int depth) {
    sequence_pointer items = iterate(over);
    if (s.expressions[1] != nullptr) {
        std::vector<value> kept;
        for (const value& x : items->items) {
            const scope_guard inner(*this);
            assign(s.targets[0], x);
            if (evaluate(*s.expressions[1]).truth()) kept.push_back(x);
        }
        items = *list(std::move(kept)).as<sequence_pointer>();
    }
    const auto state = std::make_shared<loop_state>();
    state->items = items;
    state->depth = depth;
    state->source = s.recursive ? &s : nullptr;
    state->scope = scopes_.size() - 1;
    struct forgetting {  // so that a loop which has seen itself is no leak
        loop_state& which;
        ~forgetting() { which.seen.clear(); }
    };
    const forgetting at_end{*state};
    bool finished_one = false;
    for (; state->index < items->items.size(); ++state->index) {
        charge(4);
        const scope_guard inner(*this);
        set(tree_.loop, state);
        assign(s.targets[0], items->items[state->index]);
        const flow f = execute(s.bodies[0]);
        if (f == flow::stop) break;
        finished_one = finished_one || f == flow::on;
    }
    // In Jinja, iterations that break or continue leave count for nothing.
    return !finished_one && s.bodies.size() > 1 ? execute(s.bodies[1]) : flow::on;
}

/// The loop's body for what its elements hold.
value machine::call_loop(const loop_state& outer, const arguments& given) {
    if (outer.source == nullptr) fail("only a loop that is marked recursive can be called");
    if (given.positional.size() != 1 || !given.named.empty()) fail("a loop takes one argument");
    const scope_guard frame(*this, std::min(outer.scope, scopes_.size() - 1));
    std::string out;
    std::string* kept = std::exchange(out_, &out);
    loop(*outer.source, given.positional[0], outer.depth + 1);
    out_ = kept;
    return text(std::move(out));
}

}  // namespace tessera::engine::jinja
