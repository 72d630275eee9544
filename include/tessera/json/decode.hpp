#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/json/literal.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::json {
namespace detail {

template <class T>
bool read(reading& how, const value& in, T& out, const location& at,
          const constraints* rules = nullptr);

// Reads the parts of one object and counts the members that they take.
class member_reader {
  public:
    member_reader(reading& how, const value::object_t& members, const location& at)
        : how_(how), members_(members), at_(at) {}

    bool is_good() const { return good_; }

    template <class T, class Class, class Member>
    void take(T& object, const field_description<Class, Member>& field) {
        if (how_.is_full()) return;
        Member& member = object.*field.pointer;
        const auto found = members_.find(field.info.name);
        if (found == members_.end()) {
            absent(member, field.info);
            return;
        }
        ++taken_;
        const value& in = found->second;
        if constexpr (!is_nullable<Member>) {
            const bool stays_absent = !how_.is_strict() && !is_required<Member>(field.info);
            if (in.is_null() && (field.info.accepts_null || stays_absent)) {
                member = Member{};
                take_default(member, field.info);
                return;
            }
        }
        good_ &= read(how_, in, member, at_.at(field.info.name), &field.info.rules);
    }

    template <class T, class Class>
    void take(T& object, const rest_description<Class>& rest) {
        has_rest_ = true;
        rest_ = &(object.*rest.pointer);
    }

    template <class T>
    void take(T&, closed_tag) {
        is_closed_ = true;
    }

    // After all parts: what the description does not name.
    void finish(bool (*is_described)(std::string_view)) {
        if (taken_ == members_.size() || how_.is_full()) return;
        const bool refuses = is_closed_ && how_.is_strict();
        if (!refuses && !has_rest_) return;
        for (const auto& [name, member] : members_) {
            if (is_described(name)) continue;
            if (refuses)
                good_ =
                    how_.fail(at_.at(name), "extra_forbidden", "unknown members are not allowed");
            else
                good_ &= how_.read_value(member, (*rest_)[name], at_.at(name));
            if (how_.is_full()) return;
        }
    }

  private:
    template <class Member>
    void absent(Member& member, const field_info& field) {
        if (is_required<Member>(field))
            good_ = how_.fail(at_.at(field.name), "missing", "required member is missing");
        else
            take_default(member, field);
    }

    template <class Member>
    void take_default(Member& member, const field_info& field) {
        if constexpr (!is_optional<Member>) {
            if (field.fallback.is != literal::kind::none)
                good_ &= read(how_, value_of<Member>(field.fallback), member, at_.at(field.name));
        }
    }

    reading& how_;
    const value::object_t& members_;
    const location& at_;
    std::size_t taken_ = 0;
    bool good_ = true;
    bool is_closed_ = false;
    bool has_rest_ = false;
    value* rest_ = nullptr;
};

template <class T>
bool read_object(reading& how, const value& in, T& out, const location& at) {
    if (!in.is_object()) return how.fail(at, "dict_type", "expected an object");
    if (at.depth >= reading::most_depth) return how.fail_depth(at);
    member_reader members(how, in.get_ref<const value::object_t&>(), at);
    description<T>.with_parts([&](const auto&... part) { (members.take(out, part), ...); });
    members.finish(&is_described_name<T>);
    return members.is_good();
}

template <class T>
bool read_vector(reading& how, const value& in, std::vector<T>& out, const location& at,
                 const constraints* rules) {
    if (!in.is_array()) return how.fail(at, "list_type", "expected an array");
    if (at.depth >= reading::most_depth) return how.fail_depth(at);
    bool good = how.check_items(in.size(), at, rules);
    out.clear();
    for (std::size_t i = 0; i < in.size() && !how.is_full(); ++i)
        good &= read(how, in[i], out.emplace_back(), at.at(i));
    return good;
}

template <class T>
bool read_map(reading& how, const value& in, std::map<std::string, T>& out, const location& at) {
    if (!in.is_object()) return how.fail(at, "dict_type", "expected an object");
    if (at.depth >= reading::most_depth) return how.fail_depth(at);
    bool good = true;
    out.clear();
    for (const auto& [name, member] : in.get_ref<const value::object_t&>()) {
        if (how.is_full()) break;
        good &= read(how, member, out[name], at.at(name));
    }
    return good;
}

template <class E>
std::optional<E> read_enumerator(reading& how, const value& in, const location& at) {
    if (!in.is_string()) {
        how.fail(at, "string_type", "expected a string");
        return std::nullopt;
    }
    const auto found = enumerator_of<E>(in.get_ref<const std::string&>());
    if (!found) {
        std::string message = "expected one of";
        for (const auto& [text, named] : description<E>.enumerators)
            message += (text == description<E>.enumerators[0].first ? " '" : ", '") +
                       std::string(text) + "'";
        how.fail(at, "enum", std::move(message));
    }
    return found;
}

// How an object stands to the constant members of a struct.
enum class tags { none, present, absent, different };

template <class T>
tags match_tags(const value& in) {
    tags match = tags::none;
    if constexpr (described_object<T>) {
        const auto compare = [&](const auto& part) {
            if constexpr (requires { part.info; }) {
                if (!part.info.rules.has_constant || match == tags::different) return;
                const auto found = in.find(part.info.name);
                if (found == in.end())
                    match = match == tags::none ? tags::absent : match;
                else if (found->is_string() &&
                         found->template get_ref<const std::string&>() == part.info.rules.constant)
                    match = tags::present;
                else
                    match = tags::different;
            }
        };
        description<T>.with_parts([&](const auto&... part) { (compare(part), ...); });
    }
    return match;
}

template <class Variant>
struct variant_reader;

// A union is read by the constant members of its alternatives, else by the kind of the JSON value,
// else by trying; the attempt with the fewest issues speaks for all.
template <class... T>
struct variant_reader<std::variant<T...>> {
    using variant = std::variant<T...>;
    static_assert(sizeof...(T) <= 32);

    reading& how;
    const value& in;
    variant& out;
    const location& at;
    const constraints* rules;

    bool read() {
        const unsigned candidates = select(std::index_sequence_for<T...>{});
        if (candidates == 0) return false;
        return attempt_all(candidates, std::index_sequence_for<T...>{});
    }

  private:
    template <std::size_t... I>
    unsigned select(std::index_sequence<I...>) {
        const unsigned kind = kind_of(in);
        unsigned accepting = 0;
        ((accepting |= (kinds_of<T>() & kind) ? 1u << I : 0u), ...);
        if (accepting == 0) {
            how.fail(at, "union_type", "expected " + names_of(kinds_of<variant>()));
            return 0;
        }
        if (kind != kind_object) return accepting;
        const tags found[] = {match_tags<T>(in)...};
        unsigned present = 0, untagged = 0, absent = 0;
        for (std::size_t i = 0; i < sizeof...(T); ++i) {
            const unsigned bit = accepting & (1u << i);
            if (found[i] == tags::present) present |= bit;
            if (found[i] == tags::none) untagged |= bit;
            if (found[i] == tags::absent) absent |= bit;
        }
        if (present) return present;
        if (untagged) return untagged;
        if (absent && !how.is_strict()) return absent;
        if (absent)
            how.fail(at, "union_tag_not_found",
                     "the member that tells the alternatives apart is missing");
        else
            how.fail(at, "union_tag_invalid",
                     "the member that tells the alternatives apart names none");
        return 0;
    }

    template <std::size_t... I>
    bool attempt_all(unsigned candidates, std::index_sequence<I...>) {
        if ((candidates & (candidates - 1)) == 0) {
            bool good = false;
            static_cast<void>((((candidates >> I & 1) && (good = read_into<I>(how), true)) || ...));
            return good;
        }
        if (how.attempts >= reading::most_attempts)
            return how.fail(at, "recursion_limit", "too many unions inside each other");
        std::optional<std::vector<issue>> best;
        const bool good = (((candidates >> I & 1) && attempt<I>(best)) || ...);
        if (!good)
            for (issue& found : *best)
                if (!how.is_full()) how.issues.push_back(std::move(found));
        return good;
    }

    template <std::size_t I>
    bool attempt(std::optional<std::vector<issue>>& best) {
        std::vector<issue> issues;
        reading trial{how.how, issues, how.most, how.attempts + 1};
        if (read_into<I>(trial)) return true;
        if (!best || issues.size() < best->size()) best = std::move(issues);
        return false;
    }

    template <std::size_t I>
    bool read_into(reading& with) {
        return detail::read(with, in, out.template emplace<I>(), at, rules);
    }
};

template <class T>
bool read(reading& how, const value& in, T& out, const location& at, const constraints* rules) {
    if constexpr (std::same_as<T, value>) {
        return how.read_value(in, out, at);
    } else if constexpr (std::same_as<T, bool>) {
        return how.read_bool(in, out, at);
    } else if constexpr (std::same_as<T, std::monostate>) {
        return in.is_null() || how.fail(at, "none_required", "expected null");
    } else if constexpr (std::integral<T>) {
        std::int64_t wide = 0;
        using bounds = std::numeric_limits<T>;
        if (!how.read_integer(in, static_cast<std::int64_t>(bounds::min()),
                              static_cast<std::uint64_t>(bounds::max()), wide, at, rules))
            return false;
        out = static_cast<T>(wide);
        return true;
    } else if constexpr (std::floating_point<T>) {
        double wide = 0;
        if (!how.read_real(in, wide, at, rules)) return false;
        out = static_cast<T>(wide);
        return std::isfinite(out) || how.fail(at, "finite_number", "the number is out of range");
    } else if constexpr (std::same_as<T, std::string>) {
        return how.read_string(in, out, at, rules);
    } else if constexpr (is_fixed<T>) {
        return how.read_fixed(in, T::text(), at);
    } else if constexpr (described_enum<T>) {
        const auto found = read_enumerator<T>(how, in, at);
        if (found) out = *found;
        return found.has_value();
    } else if constexpr (is_open_enum<T>) {
        if (in.is_string() && !how.is_strict()) {
            out = T(in.get_ref<const std::string&>());
            return true;
        }
        const auto found = read_enumerator<typename T::value_type>(how, in, at);
        if (found) out = *found;
        return found.has_value();
    } else if constexpr (described_object<T>) {
        return read_object(how, in, out, at);
    } else if constexpr (is_nullable<T>) {
        out.reset();
        return in.is_null() || read(how, in, out.emplace(), at, rules);
    } else if constexpr (is_optional<T>) {
        // A field sees to a null that stands for absence; an element that may be absent is null.
        out.reset();
        if (in.is_null() && !rules) return true;
        return read(how, in, out.emplace(), at, rules);
    } else if constexpr (is_vector<T>) {
        return read_vector(how, in, out, at, rules);
    } else if constexpr (is_map<T>) {
        return read_map(how, in, out, at);
    } else {
        static_assert(is_variant<T>, "the type has no describe() and is none that JSON knows");
        return variant_reader<T>{how, in, out, at, rules}.read();
    }
}

}  // namespace detail

// Reads a T and adds every issue, up to 100, with its path. Nothing is returned when there is one.
// Lenient: unknown members and enumerators are kept or ignored, null for a member that may be
// absent is absence, ranges and lengths are not looked at. Strict: all that the description says
// holds.
template <class T>
std::optional<T> decode(const value& in, mode how, std::vector<issue>& issues) {
    std::vector<issue> found;
    detail::reading state{how, found};
    std::optional<T> out(std::in_place);
    if (!detail::read(state, in, *out, detail::location{}) || !found.empty()) out.reset();
    issues.insert(issues.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
    return out;
}

// The same from text; what is no JSON is one issue of type "json_invalid" without a path.
template <class T>
std::optional<T> decode_text(std::string_view text, mode how, std::vector<issue>& issues,
                             const limits& bounds = {}) {
    auto tree = parse(text, bounds);
    if (tree) return decode<T>(*tree, how, issues);
    issues.push_back({{}, "json_invalid", std::move(tree.error().message)});
    return std::nullopt;
}

// Lenient; the first issue becomes an error of kind decode that names its path.
template <class T>
result<T> decode(const value& in) {
    std::vector<issue> issues;
    detail::reading state{mode::lenient, issues, 1};
    T out{};
    if (detail::read(state, in, out, detail::location{}) && issues.empty()) return out;
    const std::string path = to_string(issues[0].path);
    return error{.kind = error_kind::decode,
                 .message = (path.empty() ? "unexpected JSON: " : path + ": ") + issues[0].message};
}

template <class T>
result<T> decode_text(std::string_view text, const limits& bounds = {}) {
    const auto tree = parse(text, bounds);
    if (!tree) return tree.error();
    return decode<T>(*tree);
}

}  // namespace tessera::json
