#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/detail/members.hpp"
#include "tessera/json/detail/scalar.hpp"
#include "tessera/json/reader.hpp"
#include "tessera/json/text.hpp"

// Reading what is neither array nor object; composite_impl.hpp has the rest.
namespace tessera::json::detail {

TESSERA_DEF path_type location::path() const {
    path_type steps(depth);
    const location* place = this;
    for (std::size_t i = depth; i-- > 0; place = place->parent) {
        if (place->is_index)
            steps[i].emplace<1>(place->index);
        else
            steps[i].emplace<0>(excerpt(place->key));
    }
    return steps;
}

TESSERA_DEF std::string excerpt(std::string_view text) {
    constexpr std::size_t most = 200;
    std::size_t end = std::min(most, text.size());
    if (end < text.size())
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    std::string out(text.substr(0, end));
    if (end < text.size()) out += "...";
    return out;
}

TESSERA_DEF value value_of(const literal& fallback) {
    switch (fallback.is) {
        case literal::kind::boolean:
            return scalar(value::value_t::boolean, fallback.integer != 0);
        case literal::kind::integer:
            return scalar(value::value_t::number_integer, fallback.integer);
        case literal::kind::real:
            return scalar(value::value_t::number_float, fallback.real);
        case literal::kind::text:
            return scalar(value::value_t::string, fallback.text);
        case literal::kind::none:
        case literal::kind::null:
            break;
    }
    return value();
}

TESSERA_DEF error to_error(const issue& first) {
    const std::string path = to_string(first.path);
    error reason{.kind = error_kind::decode, .message = "unexpected JSON: "};
    if (!path.empty()) (reason.message = path) += ": ";
    reason.message += first.message;
    return reason;
}

TESSERA_DEF error to_error(std::string_view what, const std::vector<issue>& issues) {
    constexpr std::size_t most = 8;
    error reason{.kind = error_kind::decode, .message = std::string(what)};
    for (std::size_t i = 0; i < issues.size() && i < most; ++i) {
        const std::string path = to_string(issues[i].path);
        reason.message +=
            (i ? "; " : ": ") + (path.empty() ? path : path + ": ") + issues[i].message;
    }
    if (issues.size() > most) reason.message += "; ...";
    return reason;
}

TESSERA_DEF bool reading::fail(const location& at, std::string_view type,
                               std::string_view message) {
    if (!is_full()) issues.push_back({at.path(), std::string(type), std::string(message)});
    return false;
}

TESSERA_DEF bool reading::fail_depth(const location& at) {
    return fail(at, "recursion_limit",
                sentence("more than ", most_depth, " values inside each other"));
}

TESSERA_DEF bool reading::read(const node& type, const value& in, void* out, const location& at,
                               const constraints* rules) {
    switch (type.is) {
        case shape::any:
            return read_value(in, *static_cast<value*>(out), at);
        case shape::unknown:
            return read_value(in, static_cast<unknown*>(out)->raw, at);
        case shape::null:
            return in.is_null() || fail(at, "none_required", "expected null");
        case shape::boolean:
            if (!in.is_boolean()) return fail(at, "bool_type", "expected a boolean");
            *static_cast<bool*>(out) = *in.get_ptr<const bool*>();
            return true;
        case shape::integer:
            return read_integer(as<number_node>(type), in, out, at, rules);
        case shape::real:
            return read_real(as<number_node>(type), in, out, at, rules);
        case shape::string:
            return read_string(in, *static_cast<std::string*>(out), at, rules);
        case shape::fixed:
            return read_fixed(as<fixed_node>(type), in, at);
        case shape::enumeration:
            return read_enumerator(as<enum_node>(type), in, out, at);
        case shape::open_enumeration:
            return read_open_enum(as<open_enum_node>(type), in, out, at);
        case shape::file:
            return read_file(as<file_node>(type), in, out, at);
        case shape::optional:
            // The null of a member is seen to where its rules are; an element that may be absent is
            // null.
            if (in.is_null() && !rules) return true;
            break;
        case shape::nullable:
            if (in.is_null()) return true;
            break;
        case shape::array:
            return read_array(as<array_node>(type), in, out, at, rules);
        case shape::map:
            return read_map(as<map_node>(type), in, out, at);
        case shape::object:
            return read_object(as<object_node>(type), in, out, at);
        case shape::variant:
            return read_variant(as<variant_node>(type), in, out, at, rules);
        case shape::custom:
            return as<custom_node>(type).read(*this, in, out, at, rules);
    }
    const auto& holder = as<holder_node>(type);
    return read(*holder.of, in, holder.emplace(out), at, rules);
}

// Any number without a fraction.
TESSERA_DEF bool reading::read_integer(const number_node& type, const value& in, void* out,
                                       const location& at, const constraints* rules) {
    const int bits = 8 * type.bytes;
    const std::uint64_t high = ~std::uint64_t{0} >> (64 - bits + type.is_signed);
    const std::int64_t low = type.is_signed ? -static_cast<std::int64_t>(high) - 1 : 0;
    bool fits = true;
    std::int64_t wide = 0;
    double number = 0;
    if (in.is_number_unsigned()) {
        const auto given = *in.get_ptr<const value::number_unsigned_t*>();
        fits = given <= high;
        wide = static_cast<std::int64_t>(given);
        number = static_cast<double>(given);
    } else if (in.is_number_integer()) {
        wide = *in.get_ptr<const value::number_integer_t*>();
        fits = wide >= low && (wide < 0 || static_cast<std::uint64_t>(wide) <= high);
        number = static_cast<double>(wide);
    } else if (in.is_number_float()) {
        number = *in.get_ptr<const value::number_float_t*>();
        if (number != std::trunc(number))
            return fail(at, "int_from_float", "expected an integer, not a number with a fraction");
        fits = number >= static_cast<double>(low) && number < 0x1p64 &&
               (number < 0 || static_cast<std::uint64_t>(number) <= high);
        if (fits)
            wide = number < 0 ? static_cast<std::int64_t>(number)
                              : static_cast<std::int64_t>(static_cast<std::uint64_t>(number));
    } else {
        return fail(at, "int_type", "expected an integer");
    }
    if (!fits) return fail(at, "int_parsing_size", "the integer is out of range");
    if (!check_range(number, at, rules)) return false;
    store_integer(out, type.bytes, static_cast<std::uint64_t>(wide));
    return true;
}

TESSERA_DEF bool reading::read_real(const number_node& type, const value& in, void* out,
                                    const location& at, const constraints* rules) {
    double number = 0;
    if (in.is_number_float())
        number = *in.get_ptr<const value::number_float_t*>();
    else if (in.is_number_unsigned())
        number = static_cast<double>(*in.get_ptr<const value::number_unsigned_t*>());
    else if (in.is_number_integer())
        number = static_cast<double>(*in.get_ptr<const value::number_integer_t*>());
    else
        return fail(at, "float_type", "expected a number");
    if (!check_range(number, at, rules)) return false;
    if (type.bytes == sizeof(float))
        number = *static_cast<float*>(out) = static_cast<float>(number);
    else
        *static_cast<double*>(out) = number;
    return std::isfinite(number) || fail(at, "finite_number", "the number is out of range");
}

TESSERA_DEF bool reading::read_string(const value& in, std::string& out, const location& at,
                                      const constraints* rules) {
    if (!in.is_string()) return fail(at, "string_type", "expected a string");
    out = *in.get_ptr<const std::string*>();
    return !is_strict() || !rules || check_length(out, at, *rules);
}

TESSERA_DEF bool reading::read_fixed(const fixed_node& type, const value& in, const location& at) {
    if (in.is_string() && *in.get_ptr<const std::string*>() == type.text) return true;
    return fail(at, "literal_error", in_quotes("expected ", type.text));
}

TESSERA_DEF bool reading::read_enumerator(const enum_node& type, const value& in, void* out,
                                          const location& at) {
    if (!in.is_string()) return fail(at, "string_type", "expected a string");
    if (store_enumerator(type, *in.get_ptr<const std::string*>(), out)) return true;
    std::string message = "expected one of";
    for (const std::string_view& text : type.texts)
        message += in_quotes(&text == type.texts.data() ? " " : ", ", text);
    return fail(at, "enum", message);
}

TESSERA_DEF bool reading::read_open_enum(const open_enum_node& type, const value& in, void* out,
                                         const location& at) {
    const auto [known, unknown] = type.parts(out);
    unknown.reset();
    if (is_strict() || !in.is_string()) return read_enumerator(*type.of, in, known, at);
    const std::string& text = *in.get_ptr<const std::string*>();
    if (!store_enumerator(*type.of, text, known)) unknown = text;
    return true;
}

// The tree of a form has a file's number in the place of the file, in a value of a kind that no
// JSON text has.
TESSERA_DEF bool reading::read_file(const file_node& type, const value& in, void* out,
                                    const location& at) {
    if (!files || !in.is_binary())
        return fail(at, "file_type", "expected a file, which only a form can carry");
    type.copy(files, in.get_ptr<const value::binary_t*>()->subtype(), out);
    return true;
}

// Whether at most `depth` arrays and objects are inside each other.
TESSERA_DECL bool is_shallow(const value& any, std::size_t depth) {
    if (!any.is_structured()) return true;
    if (depth == 0) return false;
    if (const auto* elements = any.get_ptr<const value::array_t*>())
        for (const value& each : *elements)
            if (!is_shallow(each, depth - 1)) return false;
    if (const auto* members = any.get_ptr<const value::object_t*>())
        for (const auto& [name, each] : *members)
            if (!is_shallow(each, depth - 1)) return false;
    return true;
}

// Copying a value is recursive, so its depth is measured first.
TESSERA_DEF bool reading::read_value(const value& in, value& out, const location& at) {
    if (!is_shallow(in, most_depth - std::min(most_depth, at.depth))) return fail_depth(at);
    out = in;
    return true;
}

TESSERA_DEF bool reading::check_length(std::string_view text, const location& at,
                                       const constraints& rules) {
    if (rules.has_constant && text != rules.constant)
        return fail(at, "literal_error", in_quotes("expected ", rules.constant));
    const bool bounded = rules.min_length > 0 || rules.max_length != std::size_t(-1);
    const std::size_t length = bounded ? code_points(text) : 0;
    if (length < rules.min_length)
        return fail(at, "string_too_short",
                    sentence("expected at least ", rules.min_length, " characters"));
    if (length > rules.max_length)
        return fail(at, "string_too_long",
                    sentence("expected at most ", rules.max_length, " characters"));
    if (!rules.matches || rules.matches(text)) return true;
    std::string message = "expected a string that matches ";
    return fail(at, "string_pattern_mismatch", message += rules.pattern);
}

TESSERA_DEF bool reading::fail_bound(const location& at, std::string_view type,
                                     std::string_view expected, double bound) {
    std::string message(expected);
    if (bound == std::trunc(bound) && std::abs(bound) < 0x1p53)
        write_integer(message, static_cast<std::int64_t>(bound));
    else
        write_real(message, bound);
    return fail(at, type, message);
}

TESSERA_DEF bool reading::check_range(double number, const location& at, const constraints* rules) {
    if (!is_strict() || !rules) return true;
    if (rules->exclusive_minimum && !(number > rules->minimum))
        return fail_bound(at, "greater_than", "expected more than ", rules->minimum);
    if (!(number >= rules->minimum))
        return fail_bound(at, "greater_than_equal", "expected at least ", rules->minimum);
    if (!(number <= rules->maximum))
        return fail_bound(at, "less_than_equal", "expected at most ", rules->maximum);
    return true;
}

TESSERA_DEF bool reading::check_items(std::size_t count, const location& at,
                                      const constraints* rules) {
    if (!is_strict() || !rules) return true;
    if (count < rules->min_items)
        return fail(at, "too_short", sentence("expected at least ", rules->min_items, " items"));
    if (count > rules->max_items)
        return fail(at, "too_long", sentence("expected at most ", rules->max_items, " items"));
    return true;
}

}  // namespace tessera::json::detail
