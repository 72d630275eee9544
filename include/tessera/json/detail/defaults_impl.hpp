#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tessera/json/defaults.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::json::detail {

TESSERA_DECL void fill_member(const member& part, void* given) {
    if (part.is_optional && more_of(part).fallback.is > literal::kind::null) {
        const auto& holder = as<holder_node>(*part.type);
        std::vector<issue> issues;
        reading state{mode::lenient, issues};
        if (!holder.get(given))
            state.read(*part.type, value_of(more_of(part).fallback), given, location{});
    }
    apply_defaults(*part.type, given);
}

TESSERA_DEF void apply_defaults(const node& type, void* given) {
    switch (type.is) {
        case shape::optional:
        case shape::nullable: {
            const auto& holder = as<holder_node>(type);
            if (const void* held = holder.get(given))
                apply_defaults(*holder.of, const_cast<void*>(held));
            return;
        }
        case shape::array: {
            const auto& array = as<array_node>(type);
            const elements all = array.get(given);
            for (std::size_t i = 0; i < all.count; ++i)
                apply_defaults(*array.of, static_cast<char*>(all.first) + i * array.bytes);
            return;
        }
        case shape::map: {
            const auto& map = as<map_node>(type);
            map.visit(
                given,
                [](void* of, const std::string&, const void* member) {
                    apply_defaults(*static_cast<const node*>(of), const_cast<void*>(member));
                },
                const_cast<node*>(map.of));
            return;
        }
        case shape::object: {
            const auto& object = as<object_node>(type);
            object.locate(
                given,
                [](void* opaque, const void* const* members) {
                    for (const member& part : *static_cast<const member_list*>(opaque))
                        if (const void* each = *members++; part.type)
                            fill_member(part, const_cast<void*>(each));
                    return true;
                },
                const_cast<member_list*>(&object.members));
            return;
        }
        case shape::variant: {
            const auto& either = as<variant_node>(type);
            const alternative held = either.get(given);
            return apply_defaults(*either.alternatives[held.index], const_cast<void*>(held.self));
        }
        default:
            return;
    }
}

}  // namespace tessera::json::detail
