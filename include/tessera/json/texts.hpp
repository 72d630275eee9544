#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/decode.hpp"
#include "tessera/json/encode.hpp"

// Described structs as named texts: the way of queries, header parameters and form fields.
namespace tessera::json {

using named_text = std::pair<std::string, std::string>;

/// How names are compared: those of header fields mean the same in any case.
enum class names { exact, without_case };

namespace detail {

// The kinds of JSON value that a member reads from one text, and from each of several with its
// name.
struct text_kinds {
    unsigned one = kind_none;
    unsigned each = kind_none;
};

template <class T>
struct element_kinds {
    static constexpr unsigned value = std::same_as<T, json::value> ? kind_any : kind_none;
};
template <class T>
struct element_kinds<std::vector<T>> {
    static constexpr unsigned value = kinds_of<T>();
};
template <class T>
struct element_kinds<std::optional<T>> : element_kinds<T> {};
template <class T>
struct element_kinds<nullable<T>> : element_kinds<T> {};
template <class... T>
struct element_kinds<std::variant<T...>> {
    static constexpr unsigned value = (element_kinds<T>::value | ...);
};

template <class Member>
struct member_texts {
    static constexpr text_kinds value{kinds_of<Member>(), element_kinds<Member>::value};
};
template <>
struct member_texts<void> {
    static constexpr text_kinds value{};
};

// One named part of what is read: a text, or a file by its number.
struct named_part {
    std::string_view name;
    std::string_view text;
    std::optional<std::size_t> file{};
};

// What a text stands for where these kinds are read. One that stands for none of them stays a
// string, and the reading says what was expected.
template <class Lazy = void>
value value_of_part(const named_part& part, unsigned kinds) {
    if (part.file) return value::binary({}, *part.file);
    const std::string_view text = part.text;
    if ((kinds & kind_boolean) && (text == "true" || text == "false")) return text == "true";
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool is_number = (kinds & (kind_integer | kind_real)) && !text.empty() &&
                           (is_digit(text.front()) || text.front() == '-') && is_digit(text.back());
    const bool is_structured = ((kinds & kind_object) && text.starts_with('{')) ||
                               ((kinds & kind_array) && text.starts_with('['));
    if (is_number || is_structured)
        if (auto parsed = parse(text)) return *std::move(parsed);
    return std::string(text);
}

inline bool same_name(std::string_view left, std::string_view right, names compare) {
    const auto fold = [&](char c) {
        return compare == names::without_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32)
                                                                      : c;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char l, char r) { return fold(l) == fold(r); });
}

// The object that the parts stand for.
template <class Lazy = void>
value tree_of_parts(std::span<const named_part> given, std::span<const part_info> parts,
                    const text_kinds* kinds, names compare, std::vector<issue>& issues) {
    value tree = value::object();
    std::vector<bool> is_known(given.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const part_info& part = parts[i];
        if (part.is != part_info::role::member) continue;
        std::vector<const named_part*> found;
        for (std::size_t g = 0; g < given.size(); ++g)
            if (same_name(given[g].name, part.name, compare)) {
                is_known[g] = true;
                found.push_back(&given[g]);
            }
        const auto [one, each] = kinds[i];
        const std::string name(part.name);
        if (found.empty()) {
            // No text says null or an empty array; where absence is not allowed it means them.
            if (!part.is_required()) continue;
            if (part.keeps_null || part.accepts_null)
                add_member(tree, name) = nullptr;
            else if (one == kind_array && part.rules.min_items == 0)
                add_member(tree, name) = value::array();
            continue;
        }
        value single = value_of_part(*found.front(), each ? one & ~unsigned{kind_array} : one);
        if (!each || (found.size() == 1 && (kind_of(single) & one))) {
            if (found.size() > 1)
                issues.push_back(
                    {{name},
                     "repeated",
                     "expected once, but it is there " + std::to_string(found.size()) + " times"});
            add_member(tree, name) = std::move(single);
            continue;
        }
        value& all = add_member(tree, name) = value::array();
        for (const named_part* part_found : found) all.push_back(value_of_part(*part_found, each));
    }
    std::map<std::string_view, std::vector<std::string_view>> unknown;
    for (std::size_t g = 0; g < given.size(); ++g)
        if (!is_known[g]) unknown[given[g].name].push_back(given[g].text);
    for (const auto& [name, texts] : unknown) {
        value& kept = add_member(tree, std::string(name));
        if (texts.size() == 1)
            kept = texts.front();
        else
            kept = texts;
    }
    return tree;
}

template <described_object T>
inline constexpr auto texts_table = description<T>.template table<member_texts, text_kinds>();

template <described_object T>
std::optional<T> decode_parts(std::span<const named_part> given, const file* files, mode how,
                              names compare, std::vector<issue>& issues) {
    std::vector<issue> found;
    const value tree =
        tree_of_parts(given, description<T>.parts, texts_table<T>.data(), compare, found);
    std::optional<T> out = decode<T>(tree, how, files, found);
    if (!found.empty()) out.reset();
    issues.insert(issues.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
    return out;
}

template <class Lazy = void>
std::vector<named_text> texts_of(const value& members, std::span<const part_info> parts,
                                 const text_kinds* kinds) {
    std::vector<named_text> texts;
    const auto add = [&](const std::string& name, const value& member) {
        if (member.is_null()) return;
        texts.emplace_back(
            name, member.is_string() ? member.get_ref<const std::string&>() : encode(member));
    };
    const auto is_of_files = [&](std::string_view name) {
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i].name == name) return ((kinds[i].one | kinds[i].each) & kind_file) != 0;
        return false;
    };
    for (const auto& [name, member] : members.get_ref<const value::object_t&>()) {
        if (is_of_files(name)) continue;
        if (!member.is_array())
            add(name, member);
        else
            for (const value& element : member) add(name, element);
    }
    return texts;
}

}  // namespace detail

/// The members in described order: strings as they are, numbers and booleans as JSON writes them,
/// arrays as one text for each element, objects as JSON. What is absent or null is left out, and so
/// are files, which no text carries.
template <described_object T>
std::vector<named_text> encode_texts(const T& given) {
    return detail::texts_of(to_value(given), description<T>.parts, detail::texts_table<T>.data());
}

/// Reads what encode_texts() writes: each text becomes the JSON value that its member's type reads,
/// then all is decoded as decode() does, with the same issues. A name that is there more often than
/// its member can take is an issue of type "repeated". Required members that are not there are
/// empty arrays or null, where their types have such; optional ones are absent. Unknown texts go
/// where unknown members go, as strings.
template <described_object T>
std::optional<T> decode_texts(std::span<const named_text> texts, mode how,
                              std::vector<issue>& issues, names compare = names::exact) {
    std::vector<detail::named_part> parts;
    for (const auto& [name, text] : texts) parts.push_back({name, text});
    return detail::decode_parts<T>(parts, nullptr, how, compare, issues);
}

}  // namespace tessera::json
