#include "text/jinja/machine.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "text/jinja/lexer.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {

/// One level of evaluation deeper as long as it lives.
class machine::level {
  public:
    level(machine& m, int line) : m_(m) {
        m_.line_ = line;
        if (++m_.depth_ > m_.limits_.depth) {
            --m_.depth_;
            limit_at(line, "macros or expressions are nested too deeply");
        }
        m_.charge(1);
    }
    ~level() { --m_.depth_; }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

  private:
    machine& m_;
};

/// A scope on top of the stack as long as it lives.
class machine::scope_guard {
  public:
    scope_guard(machine& m, std::size_t parent) : m_(m) { m_.scopes_.push_back({parent, {}}); }
    explicit scope_guard(machine& m) : scope_guard(m, m.scopes_.size() - 1) {}
    ~scope_guard() { m_.scopes_.pop_back(); }
    scope_guard(const scope_guard&) = delete;
    scope_guard& operator=(const scope_guard&) = delete;

  private:
    machine& m_;
};

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

value machine::text(std::string x) {
    const std::size_t cost = x.size() + sizeof(std::string);
    if (x.size() > limits_.output_bytes) out_of("output bytes");
    if (cost > bytes_left_) out_of("memory");
    bytes_left_ -= cost;
    charge(cost / 64);
    return std::make_shared<const std::string>(std::move(x));
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

value machine::mapping(dict x) {
    constexpr std::size_t member_cost = 128;
    const std::size_t cost = sizeof(dict) + x.items.size() * member_cost;
    if (cost > bytes_left_) out_of("memory");
    bytes_left_ -= cost;
    charge(x.items.size());
    if (x.depth > largest_depth) limit_at(line_, "values are nested too deeply");
    return dict_pointer(std::make_shared<const dict>(std::move(x)));
}

void machine::fail(const std::string& reason) const { fail_at(line_, reason); }
void machine::unsupported(const std::string& what) const { unsupported_at(line_, what); }
void machine::out_of(const char* what) const {
    limit_at(line_, std::string("the template needs too many ") + what);
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
    static constexpr std::pair<std::string_view, builtin> builtins[] = {
        {"range", builtin::range},
        {"dict", builtin::dict},
        {"namespace", builtin::names},
        {"raise_exception", builtin::raise_exception},
        {"strftime_now", builtin::strftime_now}};
    for (const auto& [name, which] : builtins) {
        if (e.text == name) return which;
    }
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

void machine::assign(const target& to, value x) {
    if (to.name.empty()) return set(to.symbol, std::move(x));
    expression object;
    object.symbol = to.symbol;
    const value holder = lookup(object);
    const auto* found = holder.as<names*>();
    if (found == nullptr) fail("only a namespace has members that can be set");
    charge((*found)->items.size() / 8 + 1);
    if (value* member = (*found)->find(to.name)) {
        *member = std::move(x);
    } else {
        (*found)->items.emplace_back(to.name, std::move(x));
    }
}

void machine::assign(const statement& s, const value& x) {
    if (!s.unpack) return assign(s.targets.front(), x);
    const sequence_pointer items = iterate(x);
    if (items->items.size() != s.targets.size()) {
        fail(std::to_string(s.targets.size()) + " variables for " +
             std::to_string(items->items.size()) + " values");
    }
    for (std::size_t i = 0; i < s.targets.size(); ++i) assign(s.targets[i], items->items[i]);
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
            return loop(s);
        case statement::kind::assign:
            assign(s, evaluate(*s.expressions[0]));
            break;
        case statement::kind::capture: {
            value captured = text(capture(s.bodies[0]));
            if (s.expressions[0] != nullptr) captured = filtered(*s.expressions[0], captured);
            assign(s, captured);
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
            const arguments given = evaluate_arguments(call_site, 1);
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

machine::flow machine::loop(const statement& s) {
    sequence_pointer items = iterate(evaluate(*s.expressions[0]));
    if (s.expressions[1] != nullptr) {
        std::vector<value> kept;
        for (const value& x : items->items) {
            const scope_guard inner(*this);
            assign(s, x);
            if (evaluate(*s.expressions[1]).truth()) kept.push_back(x);
        }
        items = *list(std::move(kept)).as<sequence_pointer>();
    }
    if (items->items.empty()) return s.bodies.size() > 1 ? execute(s.bodies[1]) : flow::on;
    for (std::size_t i = 0; i < items->items.size(); ++i) {
        charge(4);
        const scope_guard inner(*this);
        set(tree_.loop, std::make_shared<const loop_state>(loop_state{items, i}));
        assign(s, items->items[i]);
        if (execute(s.bodies[0]) == flow::stop) break;
    }
    return flow::on;
}

// Expressions.

value machine::evaluate_or_undefined(const expression_pointer& e) {
    return e == nullptr ? value() : evaluate(*e);
}

arguments machine::evaluate_arguments(const expression& e, std::size_t first) {
    arguments out;
    const std::size_t positional = e.parts.size() - e.keywords.size();
    for (std::size_t i = first; i < e.parts.size(); ++i) {
        if (i < positional) {
            out.positional.push_back(evaluate(*e.parts[i]));
        } else {
            out.named.emplace_back(e.keywords[i - positional], evaluate(*e.parts[i]));
        }
    }
    return out;
}

/// A chain of filters whose innermost operand is `captured`.
value machine::filtered(const expression& e, const value& captured) {
    const level deeper(*this, e.line);
    const value operand = e.parts[0] == nullptr ? captured : filtered(*e.parts[0], captured);
    return filter(e.text, operand, evaluate_arguments(e, 1));
}

value machine::evaluate(const expression& e) {
    const level deeper(*this, e.line);
    using kind = expression::kind;
    const auto part = [&](std::size_t i) { return evaluate(*e.parts[i]); };
    switch (e.is) {
        case kind::literal:
            return e.constant;
        case kind::name:
            return lookup(e);
        case kind::list:
        case kind::tuple: {
            std::vector<value> items;
            for (const auto& p : e.parts) items.push_back(evaluate(*p));
            return list(std::move(items), e.is == kind::tuple);
        }
        case kind::dict: {
            dict out;
            for (std::size_t i = 0; i < e.parts.size(); i += 2) {
                const value key = part(i);
                if (key.text() == nullptr) unsupported("a dict key that is not a string");
                out.set(*key.as<text_pointer>(), part(i + 1));
            }
            return mapping(std::move(out));
        }
        case kind::negation:
            return !part(0).truth();
        case kind::minus: {
            const value x = part(0);
            return binary(op::subtract, std::int64_t{0}, x);
        }
        case kind::plus:
            return binary(op::add, std::int64_t{0}, part(0));
        case kind::binary: {
            const value left = part(0);
            return binary(e.ops[0], left, part(1));
        }
        case kind::comparison: {
            value left = part(0);
            for (std::size_t i = 0; i < e.ops.size(); ++i) {
                value right = part(i + 1);
                if (!compare(e.ops[i], left, right)) return false;
                left = std::move(right);
            }
            return true;
        }
        case kind::conjunction: {
            value left = part(0);
            return left.truth() ? part(1) : left;
        }
        case kind::disjunction: {
            value left = part(0);
            return left.truth() ? left : part(1);
        }
        case kind::conditional:
            return part(0).truth() ? part(1) : evaluate_or_undefined(e.parts[2]);
        case kind::attribute:
            return attribute(part(0), e.text, &e.text);
        case kind::subscript: {
            const value object = part(0);
            return item(object, part(1));
        }
        case kind::slice: {
            const value object = part(0);
            const value bounds[] = {evaluate_or_undefined(e.parts[1]),
                                    evaluate_or_undefined(e.parts[2]),
                                    evaluate_or_undefined(e.parts[3])};
            const auto given = [&](std::size_t i) {
                return e.parts[i + 1] == nullptr || bounds[i].is_none() ? nullptr : &bounds[i];
            };
            return slice(object, given(0), given(1), given(2));
        }
        case kind::call: {
            const value callee = part(0);
            const arguments given = evaluate_arguments(e, 1);
            line_ = e.line;
            return call(callee, given);
        }
        case kind::filter: {
            const value operand = part(0);
            const arguments given = evaluate_arguments(e, 1);
            line_ = e.line;
            return filter(e.text, operand, given);
        }
        case kind::test: {
            const value operand = part(0);
            const arguments given = evaluate_arguments(e, 1);
            return test(e.text, operand, given) != e.negated;
        }
    }
    return {};
}

value machine::call_macro(const macro& which, const arguments& given, const macro* caller) {
    const statement& source = *which.source;
    const std::size_t first_default = source.is == statement::kind::call_block ? 1 : 0;
    const std::size_t defaults = source.expressions.size() - first_default;
    const std::size_t count = source.targets.size();
    if (given.positional.size() > count)
        fail("the macro takes " + std::to_string(count) + " arguments");
    std::vector<const value*> bound(count, nullptr);
    for (std::size_t i = 0; i < given.positional.size(); ++i) bound[i] = &given.positional[i];
    for (const auto& [name, x] : given.named) {
        const auto it = std::ranges::find(source.targets, name, &target::name);
        if (it == source.targets.end()) fail("the macro has no argument " + in_quotes(name));
        bound[static_cast<std::size_t>(it - source.targets.begin())] = &x;
    }

    // A macro that outlived its scope sees what is there now; either way only what is below it.
    const scope_guard frame(*this, std::min(which.scope, scopes_.size() - 1));
    for (std::size_t i = 0; i < count; ++i) {
        const bool has_default = i + defaults >= count;
        value x = bound[i] != nullptr ? *bound[i]
                  : has_default
                      ? evaluate(*source.expressions[first_default + i + defaults - count])
                      : value(undefined{&source.targets[i].name});
        set(source.targets[i].symbol, std::move(x));
    }
    if (caller != nullptr) set(tree_.caller, *caller);
    return text(capture(source.bodies[0]));
}

}  // namespace tessera::engine::jinja
