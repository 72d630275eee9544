#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/json/composite.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::json {
namespace detail {

template <class T>
bool read(reading& how, const value& in, T& out, const location& at,
          const constraints* rules = nullptr);

template <class T>
struct read_member {
    static constexpr read_function value = [](reading& how, const json::value& in, void* out,
                                              const location& at, const constraints* rules) {
        return read(how, in, *static_cast<T*>(out), at, rules);
    };
};
template <>
struct read_member<void> {
    static constexpr read_function value = nullptr;
};

template <class Variant>
struct alternatives_of;
template <class... T>
struct alternatives_of<std::variant<T...>> {
    using variant = std::variant<T...>;
    static_assert(sizeof...(T) <= 64, "a union has at most 64 alternatives");
    static_assert(!(is_file<T> || ...), "a file is a member of its own, not an alternative");
    static_assert((std::same_as<T, unknown> + ... + 0) ==
                      std::same_as<std::variant_alternative_t<sizeof...(T) - 1, variant>, unknown>,
                  "json::unknown is the last alternative of a union, and is there once");

    template <std::size_t I>
    static bool read_into(reading& how, const value& in, void* out, const location& at,
                          const constraints* rules) {
        return read(how, in, static_cast<variant*>(out)->template emplace<I>(), at, rules);
    }

    template <std::size_t... I>
    static constexpr std::array<alternative, sizeof...(T)> make(std::index_sequence<I...>) {
        return {alternative{kinds_of<T>(), &parts_of<T>, &read_into<I>}...};
    }

    template <class A>
    static std::span<const part_info> parts_of() {
        if constexpr (described_object<A>)
            return description<A>.parts;
        else
            return {};
    }

    static constexpr auto table = make(std::index_sequence_for<T...>{});
};

template <class T>
bool read(reading& how, const value& in, T& out, const location& at, const constraints* rules) {
    if constexpr (std::same_as<T, value>) {
        return how.read_value(in, out, at);
    } else if constexpr (std::same_as<T, unknown>) {
        return how.read_value(in, out.raw, at);
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
    } else if constexpr (is_file<T>) {
        return how.read_file(in, out, at);
    } else if constexpr (is_fixed<T>) {
        return how.read_fixed(in, T::text(), at);
    } else if constexpr (described_enum<T>) {
        const auto index = how.read_enumerator(in, description<T>.texts, at);
        if (index) out = description<T>.values[*index];
        return index.has_value();
    } else if constexpr (is_open_enum<T>) {
        if (in.is_string() && !how.is_strict()) {
            out = T(in.get_ref<const std::string&>());
            return true;
        }
        typename T::value_type known{};
        if (!read(how, in, known, at)) return false;
        out = known;
        return true;
    } else if constexpr (described_object<T>) {
        constexpr auto& object = description<T>;
        static constexpr auto readers = object.template table<read_member, read_function>();
        const void* members[object.size + 1];
        object.locate(out, members);
        return how.read_object(in, object.parts, members, readers.data(), at);
    } else if constexpr (is_nullable<T>) {
        return in.is_null() || read(how, in, out.emplace(), at, rules);
    } else if constexpr (is_optional<T>) {
        // The null of a member is seen to where its rules are; an element that may
        // be absent is null.
        return (in.is_null() && !rules) || read(how, in, out.emplace(), at, rules);
    } else if constexpr (is_vector<T>) {
        using element = typename T::value_type;
        return how.read_array(
            in, &out, [](void* all) -> void* { return &static_cast<T*>(all)->emplace_back(); },
            read_member<element>::value, at, rules);
    } else if constexpr (is_map<T>) {
        using element = typename T::mapped_type;
        return how.read_map(
            in, &out,
            [](void* all, const std::string& name) -> void* {
                return &(*static_cast<T*>(all))[name];
            },
            read_member<element>::value, at);
    } else {
        static_assert(is_variant<T>, "the type has no describe() and is none that JSON knows");
        return how.read_union(in, &out, alternatives_of<T>::table, at, rules);
    }
}

template <class T>
std::optional<T> decode(const value& in, mode how, const file* files, std::vector<issue>& issues) {
    std::vector<issue> found;
    reading state{.how = how, .issues = found, .files = files};
    std::optional<T> out(std::in_place);
    if (!read(state, in, *out, location{}) || !found.empty()) out.reset();
    issues.insert(issues.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
    return out;
}

}  // namespace detail

// Reads a T and adds every issue, up to 100, with its path. Nothing is returned
// when there is one. Lenient: unknown members and enumerators are kept or
// ignored, null for a member that may be absent is absence, constants may be
// absent, ranges and lengths are not looked at. Strict: all that the description says holds.
template <class T>
std::optional<T> decode(const value& in, mode how, std::vector<issue>& issues) {
    return detail::decode<T>(in, how, nullptr, issues);
}

// The same from text; what is no JSON is one issue of type "json_invalid"
// without a path.
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
    return detail::to_error(issues.front());
}

template <class T>
result<T> decode_text(std::string_view text, const limits& bounds = {}) {
    const auto tree = parse(text, bounds);
    if (!tree) return tree.error();
    return decode<T>(*tree);
}

}  // namespace tessera::json
