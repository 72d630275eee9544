#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tessera/json/equal.hpp"

namespace tessera::json::detail {

// Iterative, since a value built by hand may be of any depth.
TESSERA_DECL bool equal_values(const value& left_root, const value& right_root) {
    std::vector<std::pair<const value*, const value*>> open{{&left_root, &right_root}};
    while (!open.empty()) {
        const auto [left, right] = open.back();
        open.pop_back();
        if (!left->is_structured() || !right->is_structured()) {
            if (*left != *right) return false;
            continue;
        }
        if (left->type() != right->type() || left->size() != right->size()) return false;
        for (auto l = left->begin(), r = right->begin(); l != left->end(); ++l, ++r) {
            if (left->is_object() && l.key() != r.key()) return false;
            open.emplace_back(&*l, &*r);
        }
    }
    return true;
}

TESSERA_DECL bool equal_reals(const number_node& type, const void* left, const void* right) {
    if (type.bytes == sizeof(float))
        return *static_cast<const float*>(left) == *static_cast<const float*>(right);
    return *static_cast<const double*>(left) == *static_cast<const double*>(right);
}

TESSERA_DECL bool equal_open_enums(const open_enum_node& type, const void* left,
                                   const void* right) {
    const auto l = type.parts(const_cast<void*>(left)), r = type.parts(const_cast<void*>(right));
    return l.unknown == r.unknown && std::memcmp(l.value, r.value, type.of->bytes) == 0;
}

TESSERA_DECL bool equal_arrays(const array_node& type, const void* left, const void* right) {
    const elements l = type.get(left), r = type.get(right);
    if (l.count != r.count) return false;
    for (std::size_t i = 0; i < l.count; ++i)
        if (!equal(*type.of, static_cast<const char*>(l.first) + i * type.bytes,
                   static_cast<const char*>(r.first) + i * type.bytes))
            return false;
    return true;
}

using entry = std::pair<const std::string*, const void*>;

TESSERA_DECL std::vector<entry> entries_of(const map_node& type, const void* map) {
    std::vector<entry> entries;
    type.visit(
        map,
        [](void* all, const std::string& name, const void* member) {
            static_cast<std::vector<entry>*>(all)->emplace_back(&name, member);
        },
        &entries);
    return entries;
}

TESSERA_DECL bool equal_maps(const map_node& type, const void* left, const void* right) {
    const auto l = entries_of(type, left), r = entries_of(type, right);
    if (l.size() != r.size()) return false;
    for (std::size_t i = 0; i < l.size(); ++i)
        if (*l[i].first != *r[i].first || !equal(*type.of, l[i].second, r[i].second)) return false;
    return true;
}

TESSERA_DECL bool equal_objects(const object_node& type, const void* left, const void* right) {
    struct context {
        const member_list& members;
        const void* right;
        const object_node& type;
        const void* const* left = nullptr;
    } state{type.members, right, type};
    return type.locate(
        left,
        [](void* opaque, const void* const* left_members) {
            context& c = *static_cast<context*>(opaque);
            c.left = left_members;
            return c.type.locate(
                c.right,
                [](void* again, const void* const* right_members) {
                    const context& both = *static_cast<context*>(again);
                    for (std::size_t i = 0; i < both.members.size(); ++i)
                        if (both.members[i].type &&
                            !equal(*both.members[i].type, both.left[i], right_members[i]))
                            return false;
                    return true;
                },
                opaque);
        },
        &state);
}

TESSERA_DEF bool equal(const node& type, const void* left, const void* right) {
    switch (type.is) {
        case shape::any:
            return equal_values(*static_cast<const value*>(left),
                                *static_cast<const value*>(right));
        case shape::unknown:
            return equal_values(static_cast<const unknown*>(left)->raw,
                                static_cast<const unknown*>(right)->raw);
        case shape::null:
        case shape::fixed:
            return true;
        case shape::boolean:
            return *static_cast<const bool*>(left) == *static_cast<const bool*>(right);
        case shape::integer:
            return std::memcmp(left, right, as<number_node>(type).bytes) == 0;
        case shape::real:
            return equal_reals(as<number_node>(type), left, right);
        case shape::string:
            return *static_cast<const std::string*>(left) ==
                   *static_cast<const std::string*>(right);
        case shape::enumeration:
            return std::memcmp(left, right, as<enum_node>(type).bytes) == 0;
        case shape::open_enumeration:
            return equal_open_enums(as<open_enum_node>(type), left, right);
        case shape::file:
            return as<file_node>(type).equal(left, right);
        case shape::optional:
        case shape::nullable: {
            const auto& holder = as<holder_node>(type);
            const void *l = holder.get(left), *r = holder.get(right);
            return l && r ? equal(*holder.of, l, r) : l == r;
        }
        case shape::array:
            return equal_arrays(as<array_node>(type), left, right);
        case shape::map:
            return equal_maps(as<map_node>(type), left, right);
        case shape::object:
            return equal_objects(as<object_node>(type), left, right);
        case shape::variant: {
            const auto& either = as<variant_node>(type);
            const alternative l = either.get(left), r = either.get(right);
            return l.index == r.index && equal(*either.alternatives[l.index], l.self, r.self);
        }
        case shape::custom:
            return as<custom_node>(type).equal(left, right);
    }
    return false;
}

}  // namespace tessera::json::detail
