#pragma once

#include <concepts>
#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::json {
namespace detail {

// Iterative, since a value built by hand may be of any depth. A template of the value's type: what
// nlohmann makes of a comparison, only those programs compile that compare.
template <class Value>
bool equal_values(const Value& left_root, const Value& right_root) {
    std::vector<std::pair<const Value*, const Value*>> open{{&left_root, &right_root}};
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

using equal_members_function = bool (*)(const void* left, const void* right);

template <class Member>
struct equal_members;

}  // namespace detail

// Whether two values are the same, member by member. Numbers compare as
// numbers; NaN equals nothing.
template <class T>
bool equal(const T& left, const T& right) {
    if constexpr (std::same_as<T, value>) {
        return detail::equal_values(left, right);
    } else if constexpr (std::same_as<T, unknown>) {
        return detail::equal_values(left.raw, right.raw);
    } else if constexpr (described_object<T>) {
        constexpr auto& object = description<T>;
        static constexpr auto same =
            object.template table<detail::equal_members, detail::equal_members_function>();
        const void* left_members[object.size + 1];
        const void* right_members[object.size + 1];
        object.locate(left, left_members);
        object.locate(right, right_members);
        for (std::size_t i = 0; i < object.size; ++i)
            if (same[i] && !same[i](left_members[i], right_members[i])) return false;
        return true;
    } else if constexpr (is_optional<T> || is_nullable<T>) {
        return left.has_value() == right.has_value() && (!left.has_value() || equal(*left, *right));
    } else if constexpr (is_vector<T>) {
        if (left.size() != right.size()) return false;
        for (std::size_t i = 0; i < left.size(); ++i)
            if (!equal(left[i], right[i])) return false;
        return true;
    } else if constexpr (is_map<T>) {
        if (left.size() != right.size()) return false;
        for (auto l = left.begin(), r = right.begin(); l != left.end(); ++l, ++r)
            if (l->first != r->first || !equal(l->second, r->second)) return false;
        return true;
    } else if constexpr (is_variant<T>) {
        return left.index() == right.index() &&
               std::visit(
                   [&]<class Alternative>(const Alternative& alternative) {
                       return equal(alternative, *std::get_if<Alternative>(&right));
                   },
                   left);
    } else {
        return left == right;
    }
}

namespace detail {

template <class Member>
struct equal_members {
    static constexpr equal_members_function value = [](const void* left, const void* right) {
        return equal(*static_cast<const Member*>(left), *static_cast<const Member*>(right));
    };
};
template <>
struct equal_members<void> {
    static constexpr equal_members_function value = nullptr;
};

}  // namespace detail
}  // namespace tessera::json
