#include <algorithm>

#include "core/error.hpp"
#include "text/jinja/machine_guards.hpp"

namespace tessera::engine::jinja {

value machine::evaluate_or_undefined(const expression_pointer& e) {
    return e == nullptr ? value() : evaluate(*e);
}

arguments machine::evaluate_arguments(const expression& e) {
    arguments out;
    const std::size_t positional = e.parts.size() - e.keywords.size();
    for (std::size_t i = 1; i < e.parts.size(); ++i) {
        if (i < positional) {
            out.positional.push_back(evaluate(*e.parts[i]));
        } else {
            out.named.emplace_back(e.keywords[i - positional], evaluate(*e.parts[i]));
        }
    }
    if (e.rest != nullptr) {
        const sequence_pointer more = iterate(evaluate(*e.rest));
        charge(more->items.size());
        out.positional.insert(out.positional.end(), more->items.begin(), more->items.end());
    }
    if (e.named_rest != nullptr) unpack_named(evaluate(*e.named_rest), out);
    return out;
}

void machine::unpack_named(const value& members, arguments& out) {
    if (members.mapping() == nullptr) fail("only a dict can follow '**'");
    for (const auto& [name, x] : members.mapping()->items) {
        charge(out.named.size() / 8 + 1);
        if (std::ranges::find(out.named, *name, [](const auto& one) { return one.first; }) !=
            out.named.end()) {
            fail("the argument " + in_quotes(*name) + " is there twice");
        }
        out.named.emplace_back(*name, x);
    }
    out.unpacked.push_back(members);
}

/// A chain of filters whose innermost operand is `captured`.
value machine::filtered(const expression& e, const value& captured) {
    const level deeper(*this, e.line);
    const value operand = e.parts[0] == nullptr ? captured : filtered(*e.parts[0], captured);
    return filter(e.text, operand, evaluate_arguments(e));
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
                charge(key.text()->size() / 64);
                out.set(*key.shared_text(), part(i + 1));
            }
            return mapping(std::move(out));
        }
        case kind::negation:
            return !part(0).truth();
        case kind::minus:
            return negative(part(0));
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
            const arguments given = evaluate_arguments(e);
            line_ = e.line;
            return call(callee, given);
        }
        case kind::filter: {
            const value operand = part(0);
            const arguments given = evaluate_arguments(e);
            line_ = e.line;
            return filter(e.text, operand, given);
        }
        case kind::test: {
            const value operand = part(0);
            const arguments given = evaluate_arguments(e);
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
    std::vector<value> rest;
    dict named_rest;
    std::vector<const value*> bound(count, nullptr);
    for (std::size_t i = 0; i < given.positional.size(); ++i) {
        if (i < count) {
            bound[i] = &given.positional[i];
        } else if (source.takes_rest) {
            rest.push_back(given.positional[i]);
        } else {
            fail("the macro takes " + std::to_string(count) + " arguments");
        }
    }
    for (const auto& [name, x] : given.named) {
        const auto it = std::ranges::find(source.targets, name, &target::name);
        const auto at = static_cast<std::size_t>(it - source.targets.begin());
        if (at < count) {
            if (bound[at] != nullptr) fail("the argument " + in_quotes(name) + " is there twice");
            bound[at] = &x;
        } else if (source.takes_names) {
            named_rest.set(std::make_shared<const std::string>(name), x);
        } else {
            fail("the macro has no argument " + in_quotes(name));
        }
    }

    static const std::string caller_name = "caller";
    if (caller != nullptr && !source.takes_caller) {
        if (!source.takes_names) fail("a call block calls a macro that never uses caller");
        named_rest.set(std::make_shared<const std::string>(caller_name), *caller);
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
    if (source.takes_caller)
        set(tree_.caller, caller != nullptr ? value(*caller) : value(undefined{&caller_name}));
    if (source.takes_rest) set(tree_.varargs, list(std::move(rest), true));
    if (source.takes_names) set(tree_.kwargs, mapping(std::move(named_rest)));
    return text(capture(source.bodies[0]));
}

}  // namespace tessera::engine::jinja
