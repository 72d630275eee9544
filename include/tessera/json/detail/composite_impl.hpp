#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/detail/members.hpp"
#include "tessera/json/kinds.hpp"
#include "tessera/json/reader.hpp"
#include "tessera/json/text.hpp"

// Reading arrays, maps, objects and unions.
namespace tessera::json::detail {

TESSERA_DEF bool reading::read_array(const array_node& type, const value& in, void* out,
                                     const location& at, const constraints* rules) {
    if (!in.is_array()) return fail(at, "list_type", "expected an array");
    if (at.depth >= most_depth) return fail_depth(at);
    const auto& given = *in.get_ptr<const value::array_t*>();
    bool good = check_items(given.size(), at, rules);
    if (large != arrays::untried || given.size() <= most_untried / type.bytes)
        return read_elements(type, given, out, at) && good;
    large = arrays::trying;
    good &= read_elements(type, given, out, at) && issues.empty();
    large = arrays::tried;
    good = good && read_elements(type, given, out, at);
    large = arrays::untried;
    return good;
}

TESSERA_DEF bool reading::read_elements(const array_node& type, const value::array_t& given,
                                        void* out, const location& at) {
    const bool one_by_one = large == arrays::trying;
    auto* element = one_by_one ? nullptr : static_cast<char*>(type.make(out, given.size()));
    bool good = true;
    for (std::size_t i = 0; i < given.size() && !is_full(); ++i, element += type.bytes) {
        if (one_by_one) element = static_cast<char*>(type.make(out, 1));
        good &= read(*type.of, given[i], element, at.at(i));
    }
    return good;
}

TESSERA_DEF bool reading::read_map(const map_node& type, const value& in, void* out,
                                   const location& at) {
    if (!in.is_object()) return fail(at, "dict_type", "expected an object");
    if (at.depth >= most_depth) return fail_depth(at);
    bool good = true;
    for (const auto& [name, member] : *in.get_ptr<const value::object_t*>()) {
        if (is_full()) break;
        good &= read(*type.of, member, type.add(out, name), at.at(name));
    }
    return good;
}

TESSERA_DEF bool reading::read_object(const object_node& type, const value& in, const void* out,
                                      const location& at) {
    if (!in.is_object()) return fail(at, "dict_type", "expected an object");
    if (at.depth >= most_depth) return fail_depth(at);
    struct context {
        reading& self;
        const member_list& members;
        const value& in;
        const location& at;
    } given{*this, type.members, in, at};
    return type.locate(
        out,
        [](void* opaque, const void* const* members) {
            const context& c = *static_cast<context*>(opaque);
            return c.self.read_members(c.members, members, c.in, c.at);
        },
        &given);
}

// The members of `out` are those of an object that is not const; writing locates them as well.
TESSERA_DEF bool reading::read_members(const member_list& members, const void* const* out,
                                       const value& in, const location& at) {
    const auto& given = *in.get_ptr<const value::object_t*>();
    bool good = true, refuses = false;
    value* rest = nullptr;
    std::size_t taken = 0, hint = 0;
    for (std::size_t i = 0; i < members.size() && !is_full(); ++i) {
        const member& part = members[i];
        void* const target = const_cast<void*>(out[i]);
        if (part.is == part_info::role::closed) refuses = is_strict();
        if (part.is == part_info::role::rest) rest = static_cast<value*>(target);
        if (part.is != part_info::role::member) continue;
        const value* const found = find_member(given, part.name, hint);
        bool is_absent = !found;
        // A constant says nothing that is not known: answers leave it out.
        if (is_absent && part.is_required &&
            (is_strict() || !(part.of_known_kinds || constant_of(part)))) {
            good = fail(at.at(part.name), "missing", "required member is missing");
            continue;
        }
        if (!is_absent) {
            ++taken;
            is_absent = found->is_null() && !part.keeps_null &&
                        (part.accepts_null || (how != mode::strict && !part.is_required));
        }
        if (!is_absent)
            good &= read(*part.type, *found, target, at.at(part.name), &more_of(part).rules);
        else if (!part.is_optional && more_of(part).fallback.is != literal::kind::none)
            good &= read(*part.type, value_of(more_of(part).fallback), target, at.at(part.name));
    }
    if (taken == given.size() || (!refuses && !rest)) return good;
    return read_rest(members, given, refuses ? nullptr : rest, at) && good;
}

// What is no member goes into `rest`; without one it is refused.
TESSERA_DEF bool reading::read_rest(const member_list& members, const value::object_t& given,
                                    value* rest, const location& at) {
    bool good = true;
    for (const auto& [name, unknown] : given) {
        if (is_full()) break;
        if (names_member(members, name)) continue;
        if (!rest)
            good = fail(at.at(name), "extra_forbidden", "unknown members are not allowed");
        else
            good &= read_value(unknown, add_member(*rest, name), at.at(name));
    }
    return good;
}

// How an object stands to the constant members of an alternative.
enum class tags { none, present, absent, different, malformed };

TESSERA_DECL tags match_tags(const value::object_t& in, const node& alternative) {
    tags match = tags::none;
    for (const member& part : members_of(alternative)) {
        const std::optional<std::string_view> constant = constant_of(part);
        if (!constant) continue;
        std::size_t hint = 0;
        const value* const found = find_member(in, part.name, hint);
        if (!found) {
            if (match == tags::none) match = tags::absent;
        } else if (!found->is_string()) {
            return tags::malformed;
        } else if (*found->get_ptr<const std::string*>() == *constant) {
            match = tags::present;
        } else {
            return tags::different;
        }
    }
    return match;
}

// The alternatives that may read this value, as bits; none when an issue says why.
TESSERA_DEF std::uint64_t reading::select(const variant_node& type, const value& in,
                                          const location& at) {
    const unsigned kind = kind_of(in);
    std::uint64_t accepting = 0, present = 0, untagged = 0, absent = 0, open = 0;
    bool is_malformed = false;
    for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
        const node& each = *type.alternatives[i];
        const unsigned kinds = kinds_of(each);
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (kinds == kind_none && (!is_strict() || how == mode::relayed)) open = bit;
        if (!(kinds & kind)) continue;
        accepting |= bit;
        if (kind != kind_object) continue;
        switch (match_tags(*in.get_ptr<const value::object_t*>(), each)) {
            case tags::none:
                untagged |= bit;
                break;
            case tags::present:
                present |= bit;
                break;
            case tags::absent:
                absent |= bit;
                break;
            case tags::different:
                break;
            case tags::malformed:
                is_malformed = true;
                break;
        }
    }
    // What is handed on has to say what it is.
    if (is_strict() && (kind != kind_object || absent || is_malformed)) open = 0;
    if (accepting == 0) {
        if (open) return open;
        std::string message = "expected ";
        fail(at, "union_type", message += names_of(kinds_of(type)));
        return 0;
    }
    if (kind != kind_object) return accepting;
    if (present) return present;
    if (untagged) return untagged;
    if ((absent && !is_strict()) || open) return absent | open;
    fail_tags(type, absent != 0, at);
    return 0;
}

TESSERA_DEF bool reading::fail_tags(const variant_node& type, bool is_absent, const location& at) {
    std::string expected;
    for (const node* each : type.alternatives)
        for (const member& part : members_of(*each))
            if (const auto constant = constant_of(part)) {
                (expected += expected.empty() ? "expected " : " or ") += part.name;
                expected += in_quotes(" ", *constant);
            }
    return fail(at, is_absent ? "union_tag_not_found" : "union_tag_invalid", expected);
}

// Chosen by the constant members of the alternatives, else by the kind of the JSON value, else by
// trying; the attempt with the fewest issues speaks for all.
TESSERA_DEF bool reading::read_variant(const variant_node& type, const value& in, void* out,
                                       const location& at, const constraints* rules) {
    const std::uint64_t candidates = select(type, in, at);
    if (candidates == 0) return false;
    const bool is_only = (candidates & (candidates - 1)) == 0;
    if (!is_only && attempts >= most_attempts)
        return fail(at, "recursion_limit", "too many unions inside each other");
    std::vector<issue> best;
    bool is_first = true;
    for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
        if (!(candidates >> i & 1)) continue;
        const node& each = *type.alternatives[i];
        if (is_only) return read(each, in, type.emplace(out, i), at, rules);
        std::vector<issue> found;
        reading trial{how, found, most, attempts + 1, files, large};
        if (trial.read(each, in, type.emplace(out, i), at, rules) && found.empty()) return true;
        if (std::exchange(is_first, false) || found.size() < best.size()) best.swap(found);
    }
    for (issue& found : best)
        if (!is_full()) issues.push_back(std::move(found));
    return false;
}

}  // namespace tessera::json::detail
