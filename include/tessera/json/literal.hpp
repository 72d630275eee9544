#pragma once

#include <type_traits>

#include "tessera/json/describe.hpp"

namespace tessera::json::detail {

// The enumeration inside a member's type, through optional, nullable and open_enum.
template <class T>
struct innermost {
    using type = T;
};
template <class T>
requires(is_optional<T> || is_nullable<T> || is_open_enum<T>) struct innermost<T>
    : innermost<typename T::value_type> {
};

// A documented default as JSON.
template <class Member>
value value_of(const literal& fallback) {
    switch (fallback.is) {
        case literal::kind::boolean:
            return fallback.integer != 0;
        case literal::kind::integer:
            return fallback.integer;
        case literal::kind::real:
            return fallback.real;
        case literal::kind::text:
            return fallback.text;
        case literal::kind::enumerator:
            if constexpr (std::is_enum_v<typename innermost<Member>::type>)
                return text_of(static_cast<typename innermost<Member>::type>(fallback.integer));
            break;
        case literal::kind::none:
        case literal::kind::null:
            break;
    }
    return nullptr;
}

}  // namespace tessera::json::detail
