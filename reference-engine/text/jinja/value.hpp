#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tessera::engine::jinja {

class value;
struct builtin;
struct statement;

/// Python's integers are unbounded; more than 128 bits is an error here.
__extension__ typedef __int128 wide_integer;
__extension__ typedef unsigned __int128 wide_magnitude;

struct undefined {
    const std::string* name = nullptr;  // what was asked for; lives as long as the template
};
struct none {};

/// A list or a tuple.
struct sequence;
struct dict;
/// What namespace(), cycler() and joiner() make: values that change. The rendering owns them, so
/// that one inside itself is no leak.
struct names;
struct cycler;
struct joiner;
/// `loop` inside a for block.
struct loop_state;
/// A macro, or the body of a call block.
struct macro {
    const statement* source = nullptr;
    std::size_t scope = 0;  // where it was defined
};
/// A method that was looked up but not yet called.
struct method;

using text_pointer = std::shared_ptr<const std::string>;
/// Text that `escape` or `safe` made: what is added to it becomes escaped.
struct markup {
    text_pointer text;
};
using sequence_pointer = std::shared_ptr<const sequence>;
using dict_pointer = std::shared_ptr<const dict>;

/// Everything a template computes with. Cheap to copy. Values are not nested deeper than
/// largest_depth, which bounds every recursion over them.
class value {
  public:
    using data = std::variant<undefined, none, bool, wide_integer, double, text_pointer, markup,
                              sequence_pointer, dict_pointer, names*, cycler*, joiner*,
                              std::shared_ptr<loop_state>, macro, const builtin*,
                              std::shared_ptr<const method>>;

    value() = default;
    template <class T>
    requires std::is_constructible_v<data, T> &&(!std::is_same_v<std::decay_t<T>, value>)value(T x)
        : data_(std::move(x)) {}  // NOLINT(google-explicit-constructor)

    template <class T>
    const T* as() const {
        return std::get_if<T>(&data_);
    }
    bool is_undefined() const { return as<undefined>() != nullptr; }
    bool is_none() const { return as<none>() != nullptr; }
    /// Null unless this is a string, markup included.
    const text_pointer* shared_text() const {
        const auto* x = as<markup>();
        return x == nullptr ? as<text_pointer>() : &x->text;
    }
    const std::string* text() const {
        const auto* x = shared_text();
        return x == nullptr ? nullptr : x->get();
    }
    const sequence* list() const {
        const auto* x = as<sequence_pointer>();
        return x == nullptr ? nullptr : x->get();
    }
    const dict* mapping() const {
        const auto* x = as<dict_pointer>();
        return x == nullptr ? nullptr : x->get();
    }
    /// A number, a truth value included, as Python counts it.
    bool is_integer() const { return as<wide_integer>() != nullptr || as<bool>() != nullptr; }
    bool is_number() const { return is_integer() || as<double>() != nullptr; }
    wide_integer integer() const {
        const auto* x = as<wide_integer>();
        return x != nullptr ? *x : static_cast<wide_integer>(*as<bool>());
    }
    double real() const {
        const auto* x = as<double>();
        return x != nullptr ? *x : static_cast<double>(integer());
    }

    /// Levels of lists and dicts.
    int depth() const;
    /// As Python's bool().
    bool truth() const;
    /// "str", "list", ... for messages.
    std::string_view type_name() const;
    bool has_type_of(const value& other) const { return data_.index() == other.data_.index(); }

  private:
    data data_;
};

constexpr int largest_depth = 100;

struct sequence {
    std::vector<value> items;
    bool tuple = false;
    bool group = false;  // of groupby: a pair whose items have names
    int depth = 1;
};

struct dict {
    std::vector<std::pair<text_pointer, value>> items;  // in the order of insertion
    std::unordered_map<std::string_view, std::size_t> index;
    int depth = 1;

    const value* find(std::string_view name) const;
    /// Replaces what has the name already.
    void set(text_pointer name, value x);
};

struct names {
    std::vector<std::pair<std::string, value>> items;

    value* find(std::string_view name);
};

struct cycler {
    std::vector<value> items;
    std::size_t at = 0;
};

struct joiner {
    value separator;
    bool used = false;
};

struct loop_state {
    sequence_pointer items;
    std::size_t index = 0;
    int depth = 0;                      // of recursion
    const statement* source = nullptr;  // of a recursive loop
    std::size_t scope = 0;              // where it stands
    std::vector<value> seen;            // by `changed`
};

struct method {
    value self;
    const builtin* which = nullptr;
};

}  // namespace tessera::engine::jinja
