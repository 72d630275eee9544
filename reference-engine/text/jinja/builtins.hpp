#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/value.hpp"

namespace tessera::engine::jinja {

class machine;

struct arguments {
    std::vector<value> positional;
    std::vector<std::pair<std::string_view, value>> named;
    std::vector<value> unpacked;  // dicts that `named` has names of
};

class call_arguments;

/// A filter, a test, a global function or a method.
struct builtin {
    std::string_view name;
    /// Their names, with a '?' behind those that may be absent; "*" takes whatever comes.
    std::string_view parameters;
    /// Of a method `self` is the object, of a filter or a test the operand. Null: the name is
    /// known and the call refused.
    value (*run)(machine& m, const value& self, const call_arguments& a);
};

/// What a builtin is called with, matched with its parameters. Those that read one complain about
/// it by its name. Where an argument may be absent, none counts as that, but for operator[].
class call_arguments {
  public:
    call_arguments(machine& m, const builtin& callee, const arguments& given);

    /// Null where absent.
    const value* operator[](std::size_t i) const { return bound_[i]; }
    bool has(std::size_t i) const { return bound_[i] != nullptr && !bound_[i]->is_none(); }
    const arguments& all() const { return given_; }
    std::string_view name() const { return callee_.name; }

    /// A string that must be there.
    const std::string& text(std::size_t i) const;
    /// A view: `otherwise` is a literal.
    std::string_view text_or(std::size_t i, std::string_view otherwise) const;
    /// Null where absent.
    const std::string* text_if(std::size_t i) const { return has(i) ? &text(i) : nullptr; }
    /// An integer, clamped to what 64 bits hold, which no text and no list reaches.
    std::int64_t integer_or(std::size_t i, std::int64_t otherwise) const;
    /// False where absent.
    bool truth(std::size_t i) const { return bound_[i] != nullptr && bound_[i]->truth(); }

  private:
    [[noreturn]] void wrong(std::size_t i, std::string_view wanted) const;

    machine& m_;
    const builtin& callee_;
    const arguments& given_;
    std::vector<const value*> bound_;
};

using builtins = std::span<const builtin>;

/// Null if there is none.
const builtin* find_filter(std::string_view name);
const builtin* find_test(std::string_view name);
const builtin* find_global(std::string_view name);
const builtin* find_method(const value& self, std::string_view name);

// The tables, one a family.

builtins text_filters();
builtins text_layout_filters();
builtins list_filters();
builtins selecting_filters();
builtins value_filters();
builtins tests();
builtins globals();
builtins text_methods();
builtins text_search_methods();
builtins text_question_methods();
builtins dict_methods();
builtins tuple_methods();
builtins list_methods();
builtins loop_methods();
builtins cycler_methods();

}  // namespace tessera::engine::jinja
