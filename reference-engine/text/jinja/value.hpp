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
struct statement;

struct undefined {
    const std::string* name = nullptr;  // what was asked for; lives as long as the template
};
struct none {};

/// A list or a tuple.
struct sequence;
struct dict;
/// What `namespace()` makes: the one value that changes. The rendering owns it, so that a namespace
/// inside itself is no leak.
struct names;
/// `loop` inside a for block.
struct loop_state;
/// A macro, or the body of a call block.
struct macro {
    const statement* source = nullptr;
    std::size_t scope = 0;  // where it was defined
};
enum class builtin : std::uint8_t { range, dict, names, raise_exception, strftime_now };
/// A method that was looked up but not yet called.
struct method;

using text_pointer = std::shared_ptr<const std::string>;
using sequence_pointer = std::shared_ptr<const sequence>;
using dict_pointer = std::shared_ptr<const dict>;

/// Everything a template computes with. Cheap to copy; only `names` can change. Values are not
/// nested deeper than largest_depth, which bounds every recursion over them.
class value {
  public:
    using data =
        std::variant<undefined, none, bool, std::int64_t, double, text_pointer, sequence_pointer,
                     dict_pointer, names*, std::shared_ptr<const loop_state>, macro, builtin,
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
    const std::string* text() const {
        const auto* x = as<text_pointer>();
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
    bool is_integer() const { return as<std::int64_t>() != nullptr || as<bool>() != nullptr; }
    bool is_number() const { return is_integer() || as<double>() != nullptr; }
    std::int64_t integer() const {
        const auto* x = as<std::int64_t>();
        return x != nullptr ? *x : static_cast<std::int64_t>(*as<bool>());
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

  private:
    data data_;
};

constexpr int largest_depth = 100;

struct sequence {
    std::vector<value> items;
    bool tuple = false;
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

struct loop_state {
    sequence_pointer items;
    std::size_t index = 0;
};

struct method {
    value self;
    std::string name;
};

}  // namespace tessera::engine::jinja
