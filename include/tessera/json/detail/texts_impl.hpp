#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/decode.hpp"
#include "tessera/json/detail/members.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::json::detail {

// The kinds of JSON value that a member reads from each of several texts with its name.
TESSERA_DECL unsigned kinds_of_elements(const node& type) {
    switch (type.is) {
        case shape::any:
            return kind_any;
        case shape::array:
            return kinds_of(*as<array_node>(type).of);
        case shape::optional:
        case shape::nullable:
            return kinds_of_elements(*as<holder_node>(type).of);
        case shape::variant: {
            unsigned kinds = kind_none;
            for (const node* each : as<variant_node>(type).alternatives)
                kinds |= kinds_of_elements(*each);
            return kinds;
        }
        default:
            return kind_none;
    }
}

TESSERA_DEF bool is_of_files(const node& type) {
    return ((kinds_of(type) | kinds_of_elements(type)) & kind_file) != 0;
}

// What a text stands for where these kinds are read. One that stands for none of them stays a
// string, and the reading says what was expected.
TESSERA_DECL value value_of_part(const named_part& part, unsigned kinds) {
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

TESSERA_DECL bool same_name(std::string_view left, std::string_view right, names compare) {
    const auto fold = [&](char c) {
        return compare == names::without_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32)
                                                                      : c;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char l, char r) { return fold(l) == fold(r); });
}

TESSERA_DECL value tree_of_parts(std::span<const named_part> given, const member_list& members,
                                 names compare, std::vector<issue>& issues) {
    value tree = value::object();
    std::vector<bool> is_known(given.size());
    for (const member& part : members) {
        if (part.is != part_info::role::member) continue;
        std::vector<const named_part*> found;
        for (std::size_t g = 0; g < given.size(); ++g)
            if (same_name(given[g].name, part.name, compare)) {
                is_known[g] = true;
                found.push_back(&given[g]);
            }
        const unsigned one = kinds_of(*part.type), each = kinds_of_elements(*part.type);
        const std::string name(part.name);
        if (found.empty()) {
            // No text says null or an empty array; where absence is not allowed it means them.
            if (!part.is_required) continue;
            if (part.keeps_null || part.accepts_null)
                add_member(tree, name) = nullptr;
            else if (one == kind_array && more_of(part).rules.min_items == 0)
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

TESSERA_DEF bool decode_parts(const node& type, std::span<const named_part> given, void* out,
                              const file* files, mode how, names compare,
                              std::vector<issue>& issues) {
    std::vector<issue> found;
    const value tree = tree_of_parts(given, members_of(type), compare, found);
    const bool good = decode(type, tree, out, how, files, found) && found.empty();
    issues.insert(issues.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
    return good;
}

TESSERA_DEF bool decode_texts(const node& type, std::span<const named_text> texts, void* out,
                              mode how, names compare, std::vector<issue>& issues) {
    std::vector<named_part> parts;
    for (const auto& [name, text] : texts) parts.push_back({name, text});
    return decode_parts(type, parts, out, nullptr, how, compare, issues);
}

TESSERA_DECL bool is_file_member(const member_list& members, std::string_view name) {
    for (const member& part : members)
        if (part.name == name) return part.type && is_of_files(*part.type);
    return false;
}

TESSERA_DEF std::vector<named_text> encode_texts(const node& type, const void* given) {
    std::vector<named_text> texts;
    const auto add = [&](const std::string& name, const value& member) {
        if (member.is_null()) return;
        texts.emplace_back(
            name, member.is_string() ? *member.get_ptr<const std::string*>() : encode(member));
    };
    const value tree = to_value(type, given);
    for (const auto& [name, member] : *tree.get_ptr<const value::object_t*>()) {
        if (is_file_member(members_of(type), name)) continue;
        if (!member.is_array())
            add(name, member);
        else
            for (const value& element : member) add(name, element);
    }
    return texts;
}

}  // namespace tessera::json::detail
