#pragma once

#include "tessera/json/decode.hpp"

namespace tessera::json {

// Gives every absent optional member that has a documented default this default, in the structs
// inside as well.
template <class T>
void apply_defaults(T& given) {
    if constexpr (described_object<T>) {
        const auto fill = [&](const auto& part) {
            if constexpr (requires { part.info; }) {
                auto& member = given.*part.pointer;
                using member_type = std::remove_cvref_t<decltype(member)>;
                if constexpr (is_optional<member_type>) {
                    const literal& fallback = part.info.fallback;
                    if (!member && fallback.is != literal::kind::none &&
                        fallback.is != literal::kind::null) {
                        std::vector<issue> issues;
                        detail::reading state{mode::lenient, issues};
                        detail::read(state, detail::value_of<member_type>(fallback), member,
                                     detail::location{});
                    }
                }
                apply_defaults(member);
            }
        };
        description<T>.with_parts([&](const auto&... part) { (fill(part), ...); });
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
