#include <initializer_list>

#include "text/jinja/expression_parser.hpp"

namespace tessera::engine::jinja {
namespace {

constexpr std::size_t longest_source = 1U << 20;

class parser : detail::expression_parser {
  public:
    explicit parser(std::string_view source) : expression_parser(source) {}

    syntax_tree run() {
        tree_.body = body({});
        return std::move(tree_);
    }

  private:
    block body(std::initializer_list<std::string_view> ends) {
        const level deeper(*this);
        block out;
        for (;;) {
            const int line = now().line;
            if (is(token::kind::data)) {
                add_statement(out, statement::kind::text, line).text = take().text;
            } else if (is(token::kind::begin_output)) {
                take();
                expression_pointer shown = parse_tuple("");
                expect(token::kind::end_output, "'}}'");
                add_statement(out, statement::kind::output, line)
                    .expressions.push_back(std::move(shown));
            } else if (is(token::kind::begin_block)) {
                take();
                for (const std::string_view end : ends) {
                    if (is_name(end)) return out;  // the caller takes the name
                }
                parse_statement(out, line);
            } else if (ends.size() == 0) {
                return out;
            } else {
                fail_at(line, "the block has no " + std::string(*(ends.end() - 1)));
            }
        }
    }
    static statement& add_statement(block& to, statement::kind is, int line) {
        statement& out = to.emplace_back();
        out.is = is;
        out.line = line;
        return out;
    }
    void end_block() { expect(token::kind::end_block, "'%}'"); }
    block body_until(std::string_view end) {
        end_block();
        block out = body({end});
        take();
        return out;
    }

    /// A body that runs elsewhere: it cannot leave a loop around it.
    block deferred_body_until(std::string_view end) {
        const int outer = std::exchange(loops_, 0);
        block out = body_until(end);
        loops_ = outer;
        return out;
    }

    void parse_statement(block& out, int line) {
        const std::string word = expect_any_name();
        statement made;
        made.line = line;
        if (word == "if") {
            parse_if(made);
        } else if (word == "for") {
            parse_for(made);
        } else if (word == "set") {
            parse_set(made);
        } else if (word == "macro") {
            made.is = statement::kind::macro;
            made.symbol = expect_variable();
            parse_parameters(made);
            made.bodies.push_back(deferred_body_until("endmacro"));
        } else if (word == "call") {
            made.is = statement::kind::call_block;
            made.expressions.emplace_back();
            if (is_symbol("(")) parse_parameters(made);
            made.expressions.front() = parse_expression();
            if (made.expressions.front()->is != kind::call)
                fail_at(line, "a call block needs a call");
            made.bodies.push_back(deferred_body_until("endcall"));
        } else if (word == "filter") {
            made.is = statement::kind::filter_block;
            expression_pointer filters = make(kind::filter, line, expression_pointer());
            filters->text = dotted_name();
            if (is_symbol("(")) parse_arguments(*filters);
            while (is_symbol("|")) filters = parse_filter(std::move(filters));
            made.expressions.push_back(std::move(filters));
            made.bodies.push_back(body_until("endfilter"));
        } else if (word == "with") {
            made.is = statement::kind::with;
            while (!is(token::kind::end_block)) {
                if (!made.targets.empty()) expect_symbol(",");
                made.targets.push_back({expect_variable(), {}});
                expect_symbol("=");
                made.expressions.push_back(parse_expression());
            }
            made.bodies.push_back(body_until("endwith"));
        } else if (word == "generation") {
            made.is = statement::kind::scope;
            made.bodies.push_back(body_until("endgeneration"));
        } else if (word == "break" || word == "continue") {
            if (loops_ == 0) fail_at(line, word + " outside a loop");
            made.is = word == "break" ? statement::kind::stop : statement::kind::next;
        } else if (word.starts_with("end") || word == "else" || word == "elif") {
            fail_at(line, "unexpected " + word);
        } else {
            unsupported_at(line, "the statement " + in_quotes(word));
        }
        end_block();
        out.push_back(std::move(made));
    }

    void parse_if(statement& out) {
        out.is = statement::kind::condition;
        for (bool more = true; more;) {
            out.expressions.push_back(parse_tuple("", false));
            end_block();
            out.bodies.push_back(body({"elif", "else", "endif"}));
            const std::string word = take().text;
            more = word == "elif";
            if (word == "else") out.bodies.push_back(body_until("endif"));
        }
    }

    /// Names before `end`; `unpack` where they form a tuple.
    void parse_targets(statement& out) {
        const bool bracket = accept_symbol("(");
        do {
            if (!out.targets.empty() && (is_name("in") || is_symbol("=") || is_symbol(")"))) break;
            out.targets.push_back({expect_variable(), {}});
            if (is_symbol(",")) out.unpack = true;
        } while (accept_symbol(","));
        if (bracket) expect_symbol(")");
    }

    void parse_for(statement& out) {
        out.is = statement::kind::loop;
        parse_targets(out);
        if (!accept_name("in")) unexpected("'in'");
        out.expressions.push_back(parse_tuple("", false));
        out.expressions.emplace_back();
        if (accept_name("if")) out.expressions.back() = parse_expression();
        if (is_name("recursive")) unsupported_at(out.line, "a recursive loop");
        end_block();
        ++loops_;
        out.bodies.push_back(body({"else", "endfor"}));
        --loops_;
        if (take().text == "else") out.bodies.push_back(body_until("endfor"));
    }

    void parse_set(statement& out) {
        if (ahead().is == token::kind::symbol && ahead().text == ".") {
            const int object = expect_variable();
            expect_symbol(".");
            out.targets.push_back({object, expect_any_name()});
        } else {
            parse_targets(out);
        }
        if (accept_symbol("=")) {
            out.is = statement::kind::assign;
            out.expressions.push_back(parse_tuple(""));
            return;
        }
        out.is = statement::kind::capture;
        if (out.unpack) unexpected("'='");
        expression_pointer filters;
        while (is_symbol("|")) filters = parse_filter(std::move(filters));
        out.expressions.push_back(std::move(filters));
        out.bodies.push_back(body_until("endset"));
    }

    void parse_parameters(statement& out) {
        expect_symbol("(");
        const std::size_t first_default = out.expressions.size();
        for (bool first = true; !accept_symbol(")"); first = false) {
            if (!first) expect_symbol(",");
            if (accept_symbol(")")) break;
            std::string name = now().text;
            const int variable = expect_variable();
            out.targets.push_back({variable, std::move(name)});
            if (accept_symbol("=")) {
                out.expressions.push_back(parse_expression());
            } else if (out.expressions.size() > first_default) {
                fail_at(out.line, "a parameter without a default behind one that has it");
            }
        }
    }

    int loops_ = 0;
};

}  // namespace

syntax_tree parse(std::string_view source) {
    if (source.size() > longest_source) limit_at(1, "longer than 1 MiB");
    return parser(source).run();
}

}  // namespace tessera::engine::jinja
