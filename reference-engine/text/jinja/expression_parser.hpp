#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "text/jinja/numbers.hpp"
#include "text/jinja/syntax.hpp"
#include "text/jinja/token_reader.hpp"

namespace tessera::engine::jinja::detail {

constexpr int deepest_expression = 200;  // of the tree, chains of operators included
constexpr int deepest_nesting = 60;      // of brackets and blocks, each several calls of the parser

/// Reads expressions from a list of tokens, by recursive descent that is bounded in depth.
class expression_parser : protected token_reader {
  protected:
    using kind = expression::kind;

    explicit expression_parser(std::string_view source) : token_reader(source) {
        tree_.caller = symbol("caller");
        tree_.loop = symbol("loop");
        tree_.varargs = symbol("varargs");
        tree_.kwargs = symbol("kwargs");
    }

    /// One level deeper as long as it lives.
    class level {
      public:
        explicit level(expression_parser& p) : p_(p) {
            if (++p_.nesting_ > deepest_nesting) limit_at(p_.now().line, "nested too deeply");
        }
        ~level() { --p_.nesting_; }
        level(const level&) = delete;
        level& operator=(const level&) = delete;

      private:
        expression_parser& p_;
    };

    int symbol(const std::string& name) {
        return tree_.symbols.emplace(name, static_cast<int>(tree_.symbols.size())).first->second;
    }
    int expect_variable() {
        const std::string name = expect_any_name();
        for (const char* word : {"true", "false", "none", "True", "False", "None"}) {
            if (name == word) fail_at(now().line, "cannot assign to " + name);
        }
        return symbol(name);
    }

    // Expressions.

    expression_pointer make(kind is, int line) const {
        auto out = std::make_unique<expression>();
        out->is = is;
        out->line = line;
        return out;
    }
    static void deepen(expression& to, const expression& part) {
        to.depth = std::max(to.depth, part.depth + 1);
        if (to.depth > deepest_expression) limit_at(to.line, "the expression is too deep");
    }
    static void add(expression& to, expression_pointer part) {
        if (part != nullptr) deepen(to, *part);
        to.parts.push_back(std::move(part));
    }
    template <class... Parts>
    expression_pointer make(kind is, int line, Parts... parts) const {
        expression_pointer out = make(is, line);
        (add(*out, std::move(parts)), ...);
        return out;
    }
    expression_pointer literal(value x, int line) const {
        expression_pointer out = make(kind::literal, line);
        out->constant = std::move(x);
        return out;
    }

    expression_pointer parse_expression() {
        const level deeper(*this);
        const int line = now().line;
        expression_pointer out = parse_or();
        while (accept_name("if")) {
            expression_pointer condition = parse_or();
            expression_pointer otherwise;
            if (accept_name("else")) otherwise = parse_expression();
            out = make(kind::conditional, line, std::move(condition), std::move(out),
                       std::move(otherwise));
        }
        return out;
    }

    expression_pointer parse_or() {
        expression_pointer out = parse_and();
        while (is_name("or")) {
            const int line = take().line;
            out = make(kind::disjunction, line, std::move(out), parse_and());
        }
        return out;
    }
    expression_pointer parse_and() {
        expression_pointer out = parse_not();
        while (is_name("and")) {
            const int line = take().line;
            out = make(kind::conjunction, line, std::move(out), parse_not());
        }
        return out;
    }
    expression_pointer parse_not() {
        if (!is_name("not")) return parse_comparison();
        const level deeper(*this);
        const int line = take().line;
        return make(kind::negation, line, parse_not());
    }

    std::optional<op> comparison_operator() {
        static constexpr std::pair<std::string_view, op> symbols[] = {
            {"==", op::equal},      {"!=", op::unequal}, {"<", op::less},
            {"<=", op::less_equal}, {">", op::greater},  {">=", op::greater_equal}};
        for (const auto& [text, which] : symbols) {
            if (accept_symbol(text)) return which;
        }
        if (accept_name("in")) return op::in;
        if (is_name("not") && ahead().is == token::kind::name && ahead().text == "in") {
            take();
            take();
            return op::not_in;
        }
        return std::nullopt;
    }
    expression_pointer parse_comparison() {
        expression_pointer first = parse_binary(0);
        expression_pointer out;
        while (const auto which = comparison_operator()) {
            if (out == nullptr) out = make(kind::comparison, now().line, std::move(first));
            out->ops.push_back(*which);
            add(*out, parse_binary(0));
        }
        return out == nullptr ? std::move(first) : std::move(out);
    }

    /// Left-associative operators, the loosest level first.
    expression_pointer parse_binary(std::size_t strength) {
        struct row {
            std::string_view symbol;
            op which;
            std::size_t strength;
        };
        static constexpr row rows[] = {
            {"+", op::add, 0},      {"-", op::subtract, 0}, {"~", op::join, 1},
            {"*", op::multiply, 2}, {"/", op::divide, 2},   {"//", op::floor_divide, 2},
            {"%", op::modulo, 2},   {"**", op::power, 3},
        };
        if (strength > 3) return parse_unary(true);
        expression_pointer out = parse_binary(strength + 1);
        for (;;) {
            const row* found = std::ranges::find_if(
                rows, [&](const row& r) { return r.strength == strength && is_symbol(r.symbol); });
            if (found == std::end(rows)) return out;
            const int line = take().line;
            out = make(kind::binary, line, std::move(out), parse_binary(strength + 1));
            out->ops.push_back(found->which);
        }
    }

    expression_pointer parse_unary(bool with_filters) {
        expression_pointer out;
        if (is_symbol("-") || is_symbol("+")) {
            const level deeper(*this);
            const kind which = is_symbol("-") ? kind::minus : kind::plus;
            const int line = take().line;
            out = make(which, line, parse_unary(false));
        } else {
            out = parse_primary();
        }
        out = parse_postfix(std::move(out));
        return with_filters ? parse_filters_and_tests(std::move(out)) : std::move(out);
    }

    expression_pointer parse_primary() {
        const int line = now().line;
        switch (now().is) {
            case token::kind::name:
                return parse_name();
            case token::kind::string: {
                std::string text;
                while (is(token::kind::string)) text += take().text;
                return literal(std::make_shared<const std::string>(std::move(text)), line);
            }
            case token::kind::integer: {
                wide_integer x = 0;
                switch (read_integer(take().text, 0, x)) {
                    case reading::good:
                        return literal(x, line);
                    case reading::malformed:
                        fail_at(line, "the number is malformed");
                    case reading::too_large:
                        limit_at(line, "the number needs more than 128 bits");
                }
                break;
            }
            case token::kind::real: {
                return literal(read_real(take().text).value_or(0), line);
            }
            default:
                break;
        }
        if (accept_symbol("(")) {
            expression_pointer out = parse_tuple(")", true);
            expect_symbol(")");
            return out;
        }
        if (accept_symbol("[")) {
            expression_pointer out = make(kind::list, line);
            while (!accept_symbol("]")) {
                if (!out->parts.empty()) expect_symbol(",");
                if (accept_symbol("]")) break;
                add(*out, parse_expression());
            }
            return out;
        }
        if (accept_symbol("{")) {
            expression_pointer out = make(kind::dict, line);
            while (!accept_symbol("}")) {
                if (!out->parts.empty()) expect_symbol(",");
                if (accept_symbol("}")) break;
                add(*out, parse_expression());
                expect_symbol(":");
                add(*out, parse_expression());
            }
            return out;
        }
        unexpected("an expression");
    }

    expression_pointer parse_name() {
        const int line = now().line;
        std::string text = take().text;
        if (text == "true" || text == "True") return literal(true, line);
        if (text == "false" || text == "False") return literal(false, line);
        if (text == "none" || text == "None") return literal(none{}, line);
        used_.caller = used_.caller || text == "caller";
        used_.varargs = used_.varargs || text == "varargs";
        used_.kwargs = used_.kwargs || text == "kwargs";
        expression_pointer out = make(kind::name, line);
        out->symbol = symbol(text);
        out->text = std::move(text);
        return out;
    }

    /// One expression, or a tuple of several; an empty one only before `closer`.
    expression_pointer parse_tuple(std::string_view closer, bool conditions = true) {
        const auto at_end = [&] {
            return is_symbol(closer) || is(token::kind::end_block) || is(token::kind::end_output);
        };
        expression_pointer tuple = make(kind::tuple, now().line);
        while (!at_end()) {
            expression_pointer item = conditions ? parse_expression() : parse_or();
            const bool comma = accept_symbol(",");
            if (!comma && tuple->parts.empty()) return item;
            add(*tuple, std::move(item));
            if (!comma) return tuple;
        }
        if (closer.empty() && tuple->parts.empty()) unexpected("an expression");
        return tuple;
    }

    expression_pointer parse_postfix(expression_pointer out) {
        for (;;) {
            const int line = now().line;
            if (accept_symbol(".")) {
                if (is(token::kind::integer)) {
                    out = make(kind::subscript, line, std::move(out), parse_primary());
                } else {
                    std::string name = expect_any_name();
                    out = make(kind::attribute, line, std::move(out));
                    out->text = std::move(name);
                }
            } else if (accept_symbol("[")) {
                out = parse_subscript(std::move(out), line);
            } else if (is_symbol("(")) {
                out = make(kind::call, line, std::move(out));
                parse_arguments(*out);
            } else {
                return out;
            }
        }
    }

    expression_pointer parse_subscript(expression_pointer object, int line) {
        expression_pointer parts[3];
        int colons = 0;
        while (!is_symbol("]")) {
            if (accept_symbol(":")) {
                if (++colons > 2) unexpected("']'");
            } else if (parts[colons] != nullptr) {
                unexpected("']'");
            } else {
                parts[colons] = parse_expression();
                if (is_symbol(",")) unsupported_at(line, "a subscript of several values");
            }
        }
        expect_symbol("]");
        if (colons > 0) {
            return make(kind::slice, line, std::move(object), std::move(parts[0]),
                        std::move(parts[1]), std::move(parts[2]));
        }
        if (parts[0] == nullptr) fail_at(line, "the subscript is empty");
        return make(kind::subscript, line, std::move(object), std::move(parts[0]));
    }

    void parse_unpacked(expression& call, expression_pointer& to) {
        if (to != nullptr) fail_at(call.line, "arguments are unpacked twice");
        to = parse_expression();
        deepen(call, *to);
    }
    void parse_arguments(expression& call) {
        expect_symbol("(");
        for (bool first = true; !accept_symbol(")"); first = false) {
            if (!first) expect_symbol(",");
            if (accept_symbol(")")) break;
            if (accept_symbol("**")) {
                parse_unpacked(call, call.named_rest);
                continue;
            }
            if (call.named_rest != nullptr) fail_at(call.line, "an argument behind '**'");
            if (accept_symbol("*")) {
                parse_unpacked(call, call.rest);
                continue;
            }
            if (is(token::kind::name) && ahead().is == token::kind::symbol && ahead().text == "=") {
                call.keywords.push_back(take().text);
                take();
            } else if (!call.keywords.empty() || call.rest != nullptr) {
                fail_at(call.line, "a positional argument behind a named one");
            }
            add(call, parse_expression());
        }
    }

    expression_pointer parse_filters_and_tests(expression_pointer out) {
        for (;;) {
            const int line = now().line;
            if (is_symbol("|")) {
                out = parse_filter(std::move(out));
            } else if (accept_name("is")) {
                out = parse_test(std::move(out), line);
            } else if (is_symbol("(")) {
                out = make(kind::call, line, std::move(out));
                parse_arguments(*out);
            } else {
                return out;
            }
        }
    }

    std::string dotted_name() {
        std::string name = expect_any_name();
        while (accept_symbol(".")) name += "." + expect_any_name();
        return name;
    }

    /// One filter behind its '|'.
    expression_pointer parse_filter(expression_pointer operand) {
        const int line = now().line;
        expect_symbol("|");
        expression_pointer out = make(kind::filter, line, std::move(operand));
        out->text = dotted_name();
        if (is_symbol("(")) parse_arguments(*out);
        return out;
    }

    expression_pointer parse_test(expression_pointer operand, int line) {
        expression_pointer out = make(kind::test, line, std::move(operand));
        out->negated = accept_name("not");
        out->text = dotted_name();
        const bool operand_follows =
            is(token::kind::string) || is(token::kind::integer) || is(token::kind::real) ||
            is_symbol("[") || is_symbol("{") ||
            (is(token::kind::name) && !is_name("else") && !is_name("or") && !is_name("and") &&
             !is_name("if") && !is_name("in") && !is_name("not"));
        if (is_symbol("(")) {
            parse_arguments(*out);
        } else if (operand_follows) {
            if (is_name("is")) fail_at(line, "tests cannot be chained with 'is'");
            add(*out, parse_postfix(parse_primary()));
        }
        return out;
    }

    int nesting_ = 0;
    struct {
        bool caller = false;
        bool varargs = false;
        bool kwargs = false;
    } used_;  // by the macro that is read
    syntax_tree tree_;
};

}  // namespace tessera::engine::jinja::detail
