#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/call/form.hpp"

namespace tessera::call::detail {

// The files of a member, each as a part with its name.
TESSERA_COLD_DECL void add_member_files(std::string_view name, const json::detail::node& type,
                                        const void* given, std::vector<http::form_part>& parts) {
    using namespace json::detail;
    switch (type.is) {
        case shape::file:
            parts.push_back(
                http::form_part::of(std::string(name), *static_cast<const file*>(given)));
            return;
        case shape::array: {
            const auto& array = as<array_node>(type);
            const elements all = array.get(given);
            for (std::size_t i = 0; i < all.count; ++i)
                add_member_files(name, *array.of,
                                 static_cast<const char*>(all.first) + i * array.bytes, parts);
            return;
        }
        case shape::optional:
        case shape::nullable:
            if (const void* held = as<holder_node>(type).get(given))
                add_member_files(name, *as<holder_node>(type).of, held, parts);
            return;
        default:
            return;
    }
}

TESSERA_DEF void add_files(const json::detail::object_node& type, const void* given,
                           std::vector<http::form_part>& parts) {
    struct context {
        const json::detail::member_list& members;
        std::vector<http::form_part>& parts;
    } state{type.members, parts};
    type.locate(
        given,
        [](void* opaque, const void* const* addresses) {
            const context& c = *static_cast<context*>(opaque);
            for (const json::detail::member& part : c.members)
                if (const void* each = *addresses++; part.type)
                    add_member_files(part.name, *part.type, each, c.parts);
            return true;
        },
        &state);
}

}  // namespace tessera::call::detail
