#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/error.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/issue.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json {

// lenient: for answers, which may have grown since this was written; strict:
// for requests; generated: for what a model wrote under a schema that requires
// every member: strict, but null for a member that may be absent is absence.
enum class mode { lenient, strict, generated };

namespace detail {

// A place in the value being read: a chain on the call stack, spelled out only
// for an issue.
struct location {
    const location* parent = nullptr;
    std::string_view key{};
    std::size_t index = 0;
    bool is_index = false;
    std::size_t depth = 0;

    location at(std::string_view name) const { return {this, name, 0, false, depth + 1}; }
    location at(std::size_t element) const { return {this, {}, element, true, depth + 1}; }
    path_type path() const;
};

// Text of the input as it goes into an issue, which is small whatever came.
inline std::string excerpt(std::string_view text) {
    constexpr std::size_t most = 200;
    if (text.size() <= most) return std::string(text);
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "...";
}

inline path_type location::path() const {
    path_type steps(depth);
    const location* place = this;
    for (std::size_t i = depth; i-- > 0; place = place->parent) {
        if (place->is_index)
            steps[i] = place->index;
        else
            steps[i] = excerpt(place->key);
    }
    return steps;
}

template <class Lazy>
struct basic_reading;
using reading = basic_reading<void>;
using read_function = bool (*)(reading& how, const value& in, void* out, const location& at,
                               const constraints* rules);

// One alternative of a union: the kinds of JSON value that it reads (none: what
// is left, in a lenient reading), its parts if it is an object.
struct alternative {
    unsigned kinds;
    std::span<const part_info> (*parts)();
    read_function read_into;
};

template <class Lazy = void>
value value_of(const literal& fallback) {
    switch (fallback.is) {
        case literal::kind::boolean:
            return fallback.integer != 0;
        case literal::kind::integer:
            return fallback.integer;
        case literal::kind::real:
            return fallback.real;
        case literal::kind::text:
            return fallback.text;
        case literal::kind::none:
        case literal::kind::null:
            break;
    }
    return nullptr;
}

inline error to_error(const issue& first) {
    const std::string path = to_string(first.path);
    return {.kind = error_kind::decode,
            .message = (path.empty() ? "unexpected JSON: " : path + ": ") + first.message};
}

// What a decoding carries along, and all reading that needs no template. `out`
// points to a value as it was constructed; what is absent leaves it so.
template <class Lazy>
struct basic_reading {
    static constexpr std::size_t most_issues = 100;
    static constexpr std::size_t most_depth = 256;  // call stack, for types that contain themselves
    static constexpr std::size_t most_attempts = 8;  // unions tried inside each other

    mode how;
    std::vector<issue>& issues;
    std::size_t most = most_issues;
    std::size_t attempts = 0;
    const file* files = nullptr;  // of the form that is read

    bool is_strict() const { return how != mode::lenient; }
    bool is_full() const { return issues.size() >= most; }

    bool fail(const location& at, std::string_view type, std::string message) {
        if (!is_full()) issues.push_back({at.path(), std::string(type), std::move(message)});
        return false;
    }

    // In composite.hpp.
    bool read_object(const value& in, std::span<const part_info> parts, const void* const* members,
                     const read_function* readers, const location& at);
    bool read_array(const value& in, void* out, void* (*add)(void*), read_function read,
                    const location& at, const constraints* rules);
    bool read_map(const value& in, void* out, void* (*add)(void*, const std::string&),
                  read_function read, const location& at);
    bool read_union(const value& in, void* out, std::span<const alternative> alternatives,
                    const location& at, const constraints* rules);
    std::uint64_t select(const value& in, std::span<const alternative> alternatives,
                         const location& at);

    bool read_bool(const value& in, bool& out, const location& at) {
        if (!in.is_boolean()) return fail(at, "bool_type", "expected a boolean");
        out = in.get<bool>();
        return true;
    }

    bool read_real(const value& in, double& out, const location& at, const constraints* rules) {
        if (!in.is_number()) return fail(at, "float_type", "expected a number");
        out = in.get<double>();
        return check_range(out, at, rules);
    }

    // Any number without a fraction; `low` and `high` are the limits of the
    // member's type.
    bool read_integer(const value& in, std::int64_t low, std::uint64_t high, std::int64_t& out,
                      const location& at, const constraints* rules) {
        bool fits = true;
        if (in.is_number_unsigned()) {
            const auto number = in.get<std::uint64_t>();
            fits = number <= high;
            out = static_cast<std::int64_t>(number);
        } else if (in.is_number_integer()) {
            out = in.get<std::int64_t>();
            fits = out >= low && (out < 0 || static_cast<std::uint64_t>(out) <= high);
        } else if (in.is_number_float()) {
            const double number = in.get<double>();
            if (number != std::trunc(number))
                return fail(at, "int_from_float",
                            "expected an integer, not a number with a fraction");
            fits =
                number >= static_cast<double>(low) &&
                (number < 0x1p63 ? number < 0 || static_cast<std::uint64_t>(number) <= high
                                 : number < 0x1p64 && static_cast<std::uint64_t>(number) <= high);
            if (fits)
                out = number < 0 ? static_cast<std::int64_t>(number)
                                 : static_cast<std::int64_t>(static_cast<std::uint64_t>(number));
        } else {
            return fail(at, "int_type", "expected an integer");
        }
        if (!fits) return fail(at, "int_parsing_size", "the integer is out of range");
        return check_range(in.get<double>(), at, rules);
    }

    bool read_string(const value& in, std::string& out, const location& at,
                     const constraints* rules) {
        if (!in.is_string()) return fail(at, "string_type", "expected a string");
        out = in.get_ref<const std::string&>();
        if (!is_strict() || !rules) return true;
        if (rules->has_constant && out != rules->constant)
            return fail(at, "literal_error", "expected '" + std::string(rules->constant) + "'");
        const bool bounded = rules->min_length > 0 || rules->max_length != std::size_t(-1);
        const std::size_t length = bounded ? code_points(out) : 0;
        if (length < rules->min_length)
            return fail(at, "string_too_short",
                        "expected at least " + std::to_string(rules->min_length) + " characters");
        if (length > rules->max_length)
            return fail(at, "string_too_long",
                        "expected at most " + std::to_string(rules->max_length) + " characters");
        if (rules->matches && !rules->matches(out))
            return fail(at, "string_pattern_mismatch",
                        "expected a string that matches " + std::string(rules->pattern));
        return true;
    }

    // The tree of a form has a file's number in the place of the file, in a value of a kind that no
    // JSON text has.
    template <class File>
    bool read_file(const value& in, File& out, const location& at) {
        if (!files || !in.is_binary())
            return fail(at, "file_type", "expected a file, which only a form can carry");
        out = static_cast<const File*>(files)[in.get_binary().subtype()];
        return true;
    }

    bool read_fixed(const value& in, std::string_view wanted, const location& at) {
        if (in.is_string() && in.get_ref<const std::string&>() == wanted) return true;
        return fail(at, "literal_error", "expected '" + std::string(wanted) + "'");
    }

    std::optional<std::size_t> read_enumerator(const value& in,
                                               std::span<const std::string_view> texts,
                                               const location& at) {
        if (!in.is_string()) {
            fail(at, "string_type", "expected a string");
            return std::nullopt;
        }
        for (std::size_t i = 0; i < texts.size(); ++i)
            if (in.get_ref<const std::string&>() == texts[i]) return i;
        std::string message = "expected one of";
        for (std::size_t i = 0; i < texts.size(); ++i)
            message += (i ? ", '" : " '") + std::string(texts[i]) + "'";
        fail(at, "enum", std::move(message));
        return std::nullopt;
    }

    // Copying a value is recursive, so its depth is measured first.
    bool read_value(const value& in, value& out, const location& at) {
        if (!is_shallow(in, most_depth - std::min(most_depth, at.depth))) return fail_depth(at);
        out = in;
        return true;
    }

    bool fail_depth(const location& at) {
        return fail(at, "recursion_limit",
                    "more than " + std::to_string(most_depth) + " values inside each other");
    }

    bool check_range(double number, const location& at, const constraints* rules) {
        if (!is_strict() || !rules) return true;
        const auto text = [](double bound) {
            std::string out;
            if (bound == std::trunc(bound) && std::abs(bound) < 0x1p53)
                write_number(out, static_cast<std::int64_t>(bound));
            else
                write_number(out, bound);
            return out;
        };
        if (rules->exclusive_minimum && !(number > rules->minimum))
            return fail(at, "greater_than", "expected more than " + text(rules->minimum));
        if (!(number >= rules->minimum))
            return fail(at, "greater_than_equal", "expected at least " + text(rules->minimum));
        if (!(number <= rules->maximum))
            return fail(at, "less_than_equal", "expected at most " + text(rules->maximum));
        return true;
    }

    bool check_items(std::size_t count, const location& at, const constraints* rules) {
        if (!is_strict() || !rules) return true;
        if (count < rules->min_items)
            return fail(at, "too_short",
                        "expected at least " + std::to_string(rules->min_items) + " items");
        if (count > rules->max_items)
            return fail(at, "too_long",
                        "expected at most " + std::to_string(rules->max_items) + " items");
        return true;
    }

    // Whether at most `depth` arrays and objects are inside each other.
    static bool is_shallow(const value& root, std::size_t depth) {
        if (!root.is_structured()) return true;
        if (depth == 0) return false;
        std::vector<std::pair<value::const_iterator, value::const_iterator>> open;
        open.emplace_back(root.begin(), root.end());
        while (!open.empty()) {
            auto& [next, end] = open.back();
            if (next == end) {
                open.pop_back();
                continue;
            }
            const value& child = *next++;
            if (!child.is_structured()) continue;
            if (open.size() >= depth) return false;
            open.emplace_back(child.begin(), child.end());
        }
        return true;
    }
};

}  // namespace detail
}  // namespace tessera::json
