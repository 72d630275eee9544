#pragma once

#include <compare>
#include <ctime>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/chat_template.hpp"
#include "text/jinja/builtins.hpp"
#include "text/jinja/syntax.hpp"
#include "text/jinja/value.hpp"

namespace tessera::engine::jinja {

/// One rendering: variables, output and what is left of the limits. Errors carry the line of the
/// syntax that is being evaluated.
class machine {
  public:
    machine(const syntax_tree& tree, const template_limits& limits,
            std::chrono::system_clock::time_point now);

    /// Sets a variable of the outermost scope.
    void define(int symbol, value x);
    std::string run();

    // For operations, filters, tests and methods.

    /// Counts work; throws limit when there was too much.
    void charge(std::size_t work) {
        if (work > steps_left_) out_of("steps");
        steps_left_ -= work;
    }
    /// Appends, within the size limit of a text.
    void append(std::string& out, std::string_view text);
    void append_repeated(std::string& out, std::string_view text, std::int64_t times);
    value text(std::string x);
    value text(std::string_view x) { return text(std::string(x)); }
    value text(const char* x) { return text(std::string(x)); }
    /// Markup if `original` is.
    value text_like(const value& original, std::string x);
    value list(std::vector<value> items, bool tuple = false);
    /// A pair of groupby.
    value group(value key, value members);
    value mapping(dict x);
    value make_names(const dict& members);
    value make_cycler(std::vector<value> items);
    value make_joiner(value separator);
    std::chrono::system_clock::time_point now() const { return now_; }
    [[noreturn]] void fail(const std::string& reason) const;
    [[noreturn]] void unsupported(const std::string& what) const;
    [[noreturn]] void limit(const std::string& what) const;
    [[noreturn]] void out_of(const char* what) const;

    /// What a for loop goes through: items, keys, characters; none for an undefined value.
    sequence_pointer iterate(const value& x);
    value attribute(const value& object, std::string_view name, const std::string* kept = nullptr);
    value item(const value& object, const value& index);
    value slice(const value& object, const value* start, const value* stop, const value* step);
    value call(const value& callee, const arguments& given);
    value binary(op which, const value& left, const value& right);
    value negative(const value& x);
    bool compare(op which, const value& left, const value& right);
    value filter(std::string_view name, const value& operand, const arguments& given);
    bool test(std::string_view name, const value& operand, const arguments& given);

  private:
    struct scope {
        std::size_t parent = 0;
        std::vector<std::pair<int, value>> variables;
    };
    enum class flow : std::uint8_t { on, stop, next };
    class level;
    class scope_guard;

    value evaluate(const expression& e);
    value evaluate_or_undefined(const expression_pointer& e);
    value filtered(const expression& e, const value& captured);
    arguments evaluate_arguments(const expression& e);
    void unpack_named(const value& members, arguments& out);
    value run_builtin(const builtin& which, std::string_view kind, const value& self,
                      const arguments& given);
    value call_macro(const macro& which, const arguments& given, const macro* caller);
    value call_loop(const loop_state& outer, const arguments& given);

    flow execute(const block& body);
    flow execute(const statement& s);
    flow loop(const statement& s, const value& over, int depth);
    std::string capture(const block& body);
    void assign(const target& to, const value& x);

    value lookup(const expression& e);
    void set(int symbol, value x);

    const syntax_tree& tree_;
    template_limits limits_;
    std::chrono::system_clock::time_point now_;
    std::uint64_t steps_left_;
    std::size_t bytes_left_;
    int depth_ = 0;
    int line_ = 1;
    std::string* out_ = nullptr;
    std::vector<scope> scopes_;
    std::deque<names> names_;
    std::deque<cycler> cyclers_;
    std::deque<joiner> joiners_;
};

// Operations on values that cost steps.

/// Python's str(), and its repr() of what is inside lists and dicts.
void append_text(machine& m, std::string& out, const value& x);
std::string as_text(machine& m, const value& x);
void append_repr(machine& m, std::string& out, const value& x);
/// Python's json.dumps.
struct json_style {
    bool ascii = false;
    bool sort_keys = false;
    std::optional<std::int64_t> indent = std::nullopt;  // absent: on one line
    std::string item_separator = ", ";
    std::string key_separator = ": ";
};
void append_json(machine& m, std::string& out, const value& x, const json_style& style,
                 int level = 0);
bool equal(machine& m, const value& a, const value& b);
/// Throws malformed for values without an order.
std::partial_ordering order(machine& m, const value& a, const value& b);
inline bool less(machine& m, const value& a, const value& b) { return order(m, a, b) < 0; }
bool contains(machine& m, const value& container, const value& x);
/// An operation on two numbers.
value arithmetic(machine& m, op which, const value& a, const value& b);

/// A member by a path such as "function.name"; `otherwise`, if there, in place of what is
/// undefined.
value member(machine& m, const value& x, const value* path, const value* otherwise = nullptr);

}  // namespace tessera::engine::jinja
