#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tessera/json/kinds.hpp"
#include "tessera/json/reader.hpp"

// Objects, arrays, maps and unions, read by tables.
namespace tessera::json::detail {

// A member whose name the object does not have yet, without looking for it.
template <class Lazy = void>
value& add_member(value& object, const std::string& name) {
    if (!object.is_object()) object = value::object();
    return object.get_ref<value::object_t&>().emplace_back(name, nullptr).second;
}

template <class Lazy>
bool basic_reading<Lazy>::read_object(const value& in, std::span<const part_info> parts,
                                 const void* const* members, const read_function* readers,
                                 const location& at) {
    if (!in.is_object()) return fail(at, "dict_type", "expected an object");
    if (at.depth >= most_depth) return fail_depth(at);
    const auto& given = in.get_ref<const value::object_t&>();
    // The parts of an object that is not const; only locate() works with const
    // for all codecs.
    const auto member = [&](std::size_t i) { return const_cast<void*>(members[i]); };
    bool good = true, refuses = false;
    value* rest = nullptr;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < parts.size() && !is_full(); ++i) {
        const part_info& part = parts[i];
        if (part.is == part_info::role::closed) refuses = is_strict();
        if (part.is == part_info::role::rest) rest = static_cast<value*>(member(i));
        if (part.is != part_info::role::member) continue;
        const auto found = in.find(part.name);
        bool is_absent = found == in.end();
        // A constant says nothing that is not known: answers leave it out.
        const bool may_be_left_out = part.rules.has_constant && !is_strict();
        if (is_absent && part.is_required() && !may_be_left_out) {
            good = fail(at.at(part.name), "missing", "required member is missing");
            continue;
        }
        if (!is_absent) {
            ++taken;
            is_absent = found->is_null() && !part.keeps_null &&
                        (part.accepts_null || (how != mode::strict && !part.is_required()));
        }
        if (!is_absent)
            good &= readers[i](*this, *found, member(i), at.at(part.name), &part.rules);
        else if (!part.is_optional && part.fallback.is != literal::kind::none)
            good &=
                readers[i](*this, value_of(part.fallback), member(i), at.at(part.name), nullptr);
    }
    if (taken == given.size() || (!refuses && !rest)) return good;
    for (const auto& [name, unknown] : given) {
        if (is_full()) break;
        if (names_part(parts, name)) continue;
        if (refuses)
            good = fail(at.at(name), "extra_forbidden", "unknown members are not allowed");
        else
            good &= read_value(unknown, add_member(*rest, name), at.at(name));
    }
    return good;
}

template <class Lazy>
bool basic_reading<Lazy>::read_array(const value& in, void* out, void* (*add)(void*), read_function read,
                                const location& at, const constraints* rules) {
    if (!in.is_array()) return fail(at, "list_type", "expected an array");
    if (at.depth >= most_depth) return fail_depth(at);
    bool good = check_items(in.size(), at, rules);
    for (std::size_t i = 0; i < in.size() && !is_full(); ++i)
        good &= read(*this, in[i], add(out), at.at(i), nullptr);
    return good;
}

template <class Lazy>
bool basic_reading<Lazy>::read_map(const value& in, void* out, void* (*add)(void*, const std::string&),
                              read_function read, const location& at) {
    if (!in.is_object()) return fail(at, "dict_type", "expected an object");
    if (at.depth >= most_depth) return fail_depth(at);
    bool good = true;
    for (const auto& [name, member] : in.get_ref<const value::object_t&>()) {
        if (is_full()) break;
        good &= read(*this, member, add(out, name), at.at(name), nullptr);
    }
    return good;
}

// How an object stands to the constant members of an alternative.
enum class tags { none, present, absent, different };

template <class Lazy = void>
tags match_tags(const value& in, std::span<const part_info> parts) {
    tags match = tags::none;
    for (const part_info& part : parts) {
        if (!part.rules.has_constant) continue;
        const auto found = in.find(part.name);
        if (found == in.end()) {
            if (match == tags::none) match = tags::absent;
        } else if (found->is_string() &&
                   found->get_ref<const std::string&>() == part.rules.constant) {
            match = tags::present;
        } else {
            return tags::different;
        }
    }
    return match;
}

// The alternatives that may read this value, as bits; none when an issue says
// why.
template <class Lazy>
unsigned basic_reading<Lazy>::select(const value& in, std::span<const alternative> alternatives,
                                const location& at) {
    const unsigned kind = kind_of(in);
    unsigned all_kinds = 0, accepting = 0, present = 0, untagged = 0, absent = 0;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
        const alternative& each = alternatives[i];
        all_kinds |= each.kinds;
        if (!(each.kinds & kind)) continue;
        const unsigned bit = 1u << i;
        accepting |= bit;
        if (kind != kind_object) continue;
        switch (match_tags(in, each.parts())) {
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
        }
    }
    if (accepting == 0) {
        fail(at, "union_type", "expected " + names_of(all_kinds));
        return 0;
    }
    if (kind != kind_object) return accepting;
    if (present) return present;
    if (untagged) return untagged;
    if (absent && !is_strict()) return absent;
    std::string expected;
    for (const alternative& each : alternatives)
        for (const part_info& part : each.parts())
            if (part.rules.has_constant)
                expected += (expected.empty() ? "expected " : " or ") + std::string(part.name) +
                            " '" + std::string(part.rules.constant) + "'";
    fail(at, absent ? "union_tag_not_found" : "union_tag_invalid", std::move(expected));
    return 0;
}

// Chosen by the constant members of the alternatives, else by the kind of the
// JSON value, else by trying; the attempt with the fewest issues speaks for
// all.
template <class Lazy>
bool basic_reading<Lazy>::read_union(const value& in, void* out,
                                std::span<const alternative> alternatives, const location& at,
                                const constraints* rules) {
    const unsigned candidates = select(in, alternatives, at);
    if (candidates == 0) return false;
    const bool is_only = (candidates & (candidates - 1)) == 0;
    if (!is_only && attempts >= most_attempts)
        return fail(at, "recursion_limit", "too many unions inside each other");
    std::optional<std::vector<issue>> best;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
        if (!(candidates >> i & 1)) continue;
        if (is_only) return alternatives[i].read_into(*this, in, out, at, rules);
        std::vector<issue> found;
        basic_reading trial{how, found, most, attempts + 1};
        if (alternatives[i].read_into(trial, in, out, at, rules) && found.empty()) return true;
        if (!best || found.size() < best->size()) best = std::move(found);
    }
    for (issue& found : *best)
        if (!is_full()) issues.push_back(std::move(found));
    return false;
}

}  // namespace tessera::json::detail
