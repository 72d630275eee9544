#include <initializer_list>

#include "text/jinja/expression_parser.hpp"
#include "text/unicode.hpp"

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
    void parse_deferred_body(statement& out, std::string_view end) {
        const int outer_loops = std::exchange(loops_, 0);
        const auto outer_used = std::exchange(used_, {});
        out.bodies.push_back(body_until(end));
        out.takes_caller = used_.caller;
        out.takes_rest = used_.varargs;
        out.takes_names = used_.kwargs;
        loops_ = outer_loops;
        used_ = {used_.caller || outer_used.caller, used_.varargs || outer_used.varargs,
                 used_.kwargs || outer_used.kwargs};
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
            made.text = now().text;
            made.symbol = expect_variable();
            parse_parameters(made);
            parse_deferred_body(made, "endmacro");
        } else if (word == "call") {
            made.is = statement::kind::call_block;
            made.expressions.emplace_back();
            if (is_symbol("(")) parse_parameters(made);
            made.expressions.front() = parse_expression();
            if (made.expressions.front()->is != kind::call)
                fail_at(line, "a call block needs a call");
            parse_deferred_body(made, "endcall");
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
                made.targets.push_back(parse_target(false));
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

    /// A name or a tuple of targets in brackets; with `members`, perhaps that of a namespace.
    target parse_one_target(bool members) {
        const level deeper(*this);
        target out;
        if (accept_symbol("(")) {
            out = parse_target(members);
            expect_symbol(")");
        } else {
            out.symbol = expect_variable();
            if (members && accept_symbol(".")) out.name = expect_any_name();
        }
        return out;
    }
    /// One target, or a tuple of several.
    target parse_target(bool members) {
        target first = parse_one_target(members);
        if (!is_symbol(",")) return first;
        target tuple;
        tuple.parts.push_back(std::move(first));
        while (accept_symbol(",")) {
            if (is_name("in") || is_symbol("=") || is_symbol(")")) break;
            tuple.parts.push_back(parse_one_target(members));
        }
        return tuple;
    }

    void parse_for(statement& out) {
        out.is = statement::kind::loop;
        out.targets.push_back(parse_target(false));
        if (!accept_name("in")) unexpected("'in'");
        out.expressions.push_back(parse_tuple("", false));
        out.expressions.emplace_back();
        if (accept_name("if")) out.expressions.back() = parse_expression();
        out.recursive = accept_name("recursive");
        end_block();
        ++loops_;
        out.bodies.push_back(body({"else", "endfor"}));
        --loops_;
        if (take().text == "else") out.bodies.push_back(body_until("endfor"));
    }

    void parse_set(statement& out) {
        out.targets.push_back(parse_target(true));
        if (accept_symbol("=")) {
            out.is = statement::kind::assign;
            out.expressions.push_back(parse_tuple(""));
            return;
        }
        out.is = statement::kind::capture;
        if (!out.targets[0].parts.empty()) unexpected("'='");
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
            out.targets.push_back({variable, std::move(name), {}});
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
    int line = 1;
    for (std::size_t at = 0; at < source.size();) {
        const unicode::decoded c = unicode::decode(source, at);
        if (!c.valid) fail_at(line, "bytes that are not UTF-8");
        line += c.point == '\n' ? 1 : 0;
        at += c.size;
    }
    return parser(source).run();
}

}  // namespace tessera::engine::jinja
