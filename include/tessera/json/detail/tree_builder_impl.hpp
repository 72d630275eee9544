#pragma once

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tessera/json/detail/tree_builder.hpp"

namespace tessera::json::detail {

// Members are searched one by one while they are few; of many, those that a later one of the same
// name replaces are dropped at the end, so that no text costs quadratic time.
inline constexpr std::size_t most_searched = 32;

// For std::qsort, which costs a program no template: by name, then as they came.
inline int order_by_name(const void* left, const void* right) {
    const auto l = *static_cast<const value::object_t::value_type* const*>(left);
    const auto r = *static_cast<const value::object_t::value_type* const*>(right);
    const int order = l->first.compare(r->first);
    return order != 0 ? order : l < r ? -1 : l > r;
}

TESSERA_COLD_DECL void drop_shadowed(value::object_t& members) {
    std::vector<value::object_t::value_type*> by_name(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) by_name[i] = members.data() + i;
    std::qsort(by_name.data(), by_name.size(), sizeof by_name[0], &order_by_name);
    value::object_t kept;
    bool any = false;
    for (std::size_t i = 0; i + 1 < by_name.size(); ++i)
        if (by_name[i]->first == by_name[i + 1]->first) {
            by_name[i]->second = value(value::value_t::discarded);
            any = true;
        }
    if (!any) return;
    for (auto& [name, member] : members)
        if (!member.is_discarded()) kept.emplace_back(std::string(name), std::move(member));
    members.swap(kept);
}

TESSERA_DEF value* tree_builder::add(value&& given) {
    if (++values_ > bounds_.values) {
        refused_ = refusal::values;
        return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(given));
    value& container = *open_.back();
    if (container.is_object()) return &(*member_ = std::move(given));
    return &container.get_ptr<value::array_t*>()->emplace_back(std::move(given));
}

TESSERA_DEF value* tree_builder::open(value&& container) {
    if (open_.size() >= bounds_.depth) {
        refused_ = refusal::depth;
        return nullptr;
    }
    value* added = add(std::move(container));
    if (added) open_.push_back(added);
    return added;
}

TESSERA_DEF void tree_builder::name_member(std::string&& name) {
    auto& members = *open_.back()->get_ptr<value::object_t*>();
    if (members.size() < most_searched)
        for (auto& [taken, member] : members)
            if (taken == name) {
                member_ = &member;
                return;
            }
    member_ = &members.emplace_back(std::move(name), value()).second;
}

TESSERA_DEF void tree_builder::close() {
    if (open_.back()->is_object()) {
        auto& members = *open_.back()->get_ptr<value::object_t*>();
        if (members.size() > most_searched) drop_shadowed(members);
    }
    open_.pop_back();
}

}  // namespace tessera::json::detail
