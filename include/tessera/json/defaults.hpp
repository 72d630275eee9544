#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "tessera/json/decode.hpp"

namespace tessera::json {

template <class T>
void apply_defaults(T& given);

namespace detail {

using fill_function = void (*)(void* member, const part_info& part);

template <class Member>
struct fill_member {
    static constexpr fill_function value = [](void* member, const part_info& part) {
        Member& given = *static_cast<Member*>(member);
        if constexpr (is_optional<Member>) {
            std::vector<issue> issues;
            reading state{mode::lenient, issues};
            if (!given.has_value() && part.fallback.is > literal::kind::null)
                read(state, value_of(part.fallback), given, location{});
        }
        apply_defaults(given);
    };
};
template <>
struct fill_member<void> {
    static constexpr fill_function value = nullptr;
};

}  // namespace detail

// Gives every absent optional member that has a documented default this
// default, in the structs inside as well.
template <class T>
void apply_defaults(T& given) {
    if constexpr (described_object<T>) {
        constexpr auto& object = description<T>;
        static constexpr auto fill =
            object.template table<detail::fill_member, detail::fill_function>();
        const void* members[object.size + 1];
        object.locate(given, members);
        for (std::size_t i = 0; i < object.size; ++i)
            if (fill[i]) fill[i](const_cast<void*>(members[i]), object.parts[i]);
    } else if constexpr (is_optional<T> || is_nullable<T>) {
        if (given.has_value()) apply_defaults(*given);
    } else if constexpr (is_vector<T>) {
        for (auto& element : given) apply_defaults(element);
    } else if constexpr (is_map<T>) {
        for (auto& [name, member] : given) apply_defaults(member);
    } else if constexpr (is_variant<T>) {
        std::visit([](auto& alternative) { apply_defaults(alternative); }, given);
    }
}

}  // namespace tessera::json
