#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/jinja/value.hpp"

namespace tessera::engine::jinja {

enum class op : std::uint8_t {
    add,
    subtract,
    multiply,
    divide,
    floor_divide,
    modulo,
    power,
    join,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    not_in,
};

struct expression;
using expression_pointer = std::unique_ptr<expression>;

/// What is in `parts`: see each kind. Not nested deeper than the parser allows.
struct expression {
    enum class kind : std::uint8_t {
        literal,      // `constant`
        name,         // `symbol`, `text`
        list,         // the items
        tuple,        // the items
        dict,         // key, value, key, value ...
        negation,     // not x
        minus,        // -x
        plus,         // +x
        binary,       // left, right; `ops[0]`
        comparison,   // n + 1 operands of n `ops`
        conjunction,  // left, right
        disjunction,  // left, right
        conditional,  // condition, then, else or null
        attribute,    // object; `text`
        subscript,    // object, index
        slice,        // object, start, stop, step; null where absent
        call,         // callee, arguments; the last of them have `keywords`
        filter,       // operand, or null in a filter block; arguments as in a call; `text`
        test,         // operand, arguments as in a call; `text`, `negated`
    };
    kind is = kind::literal;
    bool negated = false;
    int line = 0;
    int depth = 1;
    int symbol = -1;
    std::string text;
    value constant;
    std::vector<op> ops;
    std::vector<expression_pointer> parts;
    std::vector<std::string> keywords;
    expression_pointer rest;        // arguments behind '*', or null
    expression_pointer named_rest;  // arguments behind '**', or null
};

using block = std::vector<statement>;

/// Where a value goes.
struct target {
    int symbol = -1;
    std::string name;           // the member of a namespace, or empty; a parameter's name
    std::vector<target> parts;  // of a tuple
};

struct statement {
    enum class kind : std::uint8_t {
        text,       // `text`
        output,     // expressions[0]
        condition,  // conditions; one body each and perhaps one more for else
        loop,       // iterable, filter or null to targets[0]; body, perhaps else
        assign,     // expressions[0] to targets[0]
        capture,    // body, through the filters of expressions[0] if not null, to targets[0]
        macro,      // `symbol`, `text`; parameters in `targets`; defaults of the last of them; body
        call_block,    // the call; parameters in `targets` with defaults behind it; body
        filter_block,  // the filters; body
        with,          // expressions to `targets` in a scope of their own; body
        scope,         // body in a scope of its own
        stop,          // break
        next,          // continue
    };
    kind is = kind::text;
    bool recursive = false;     // a loop that its body may call
    bool takes_caller = false;  // a macro that uses `caller`
    bool takes_rest = false;    // a macro that uses `varargs`
    bool takes_names = false;   // a macro that uses `kwargs`
    int line = 0;
    int symbol = -1;
    std::string text;
    std::vector<target> targets;
    std::vector<expression_pointer> expressions;
    std::vector<block> bodies;
};

/// A parsed template. Variables are numbered.
struct syntax_tree {
    block body;
    std::unordered_map<std::string, int> symbols;
    int caller = -1;  // symbols that the evaluator binds
    int loop = -1;
    int varargs = -1;
    int kwargs = -1;
};

/// Throws engine_error malformed, unsupported or limit with the line.
syntax_tree parse(std::string_view source);

}  // namespace tessera::engine::jinja
