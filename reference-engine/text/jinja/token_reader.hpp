#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "text/jinja/lexer.hpp"

namespace tessera::engine::jinja::detail {

/// The tokens of a template, one after the other.
class token_reader {
  protected:
    explicit token_reader(std::string_view source) : tokens_(tokenize(source)) {}

    const token& now() const { return tokens_[at_]; }
    const token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
    token take() { return std::move(tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]); }
    bool is(token::kind k) const { return now().is == k; }
    bool is_symbol(std::string_view s) const { return is(token::kind::symbol) && now().text == s; }
    bool is_name(std::string_view s) const { return is(token::kind::name) && now().text == s; }
    bool accept_symbol(std::string_view s) { return is_symbol(s) && (++at_, true); }
    bool accept_name(std::string_view s) { return is_name(s) && (++at_, true); }
    void expect_symbol(std::string_view s) {
        if (!accept_symbol(s)) unexpected("'" + std::string(s) + "'");
    }
    void expect(token::kind k, const char* what) {
        if (!is(k)) unexpected(what);
        ++at_;
    }
    std::string expect_any_name() {
        if (!is(token::kind::name)) unexpected("a name");
        return take().text;
    }
    [[noreturn]] void unexpected(const std::string& wanted) const {
        const bool at_end =
            is(token::kind::end) || is(token::kind::end_block) || is(token::kind::end_output);
        fail_at(now().line,
                "expected " + wanted +
                    (at_end ? " before the end of the tag" : ", not " + in_quotes(now().text)));
    }

  private:
    std::vector<token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace tessera::engine::jinja::detail
