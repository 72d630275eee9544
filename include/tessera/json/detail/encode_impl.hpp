#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/detail/members.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json::detail {

TESSERA_DECL void write_scalar(std::string& out, const value& scalar) {
    switch (scalar.type()) {
        case value::value_t::boolean:
            out += *scalar.get_ptr<const bool*>() ? "true" : "false";
            return;
        case value::value_t::number_integer:
            return write_integer(out, *scalar.get_ptr<const value::number_integer_t*>());
        case value::value_t::number_unsigned:
            return write_unsigned(out, *scalar.get_ptr<const value::number_unsigned_t*>());
        case value::value_t::number_float:
            return write_real(out, *scalar.get_ptr<const value::number_float_t*>());
        case value::value_t::string:
            return write_string(out, *scalar.get_ptr<const std::string*>());
        default:
            out += "null";
    }
}

// Iterative, since a value built by hand may be of any depth.
TESSERA_DECL void write_value(std::string& out, const value& root) {
    struct container {
        const value::object_t* members;
        const value::array_t* elements;
        std::size_t next = 0;
    };
    std::vector<container> open;
    const auto begin = [&](const value& any) {
        if (!any.is_structured()) return write_scalar(out, any);
        out += any.is_array() ? '[' : '{';
        open.push_back(
            {any.get_ptr<const value::object_t*>(), any.get_ptr<const value::array_t*>()});
    };
    begin(root);
    while (!open.empty()) {
        container& top = open.back();
        const std::size_t size = top.members ? top.members->size() : top.elements->size();
        if (top.next == size) {
            out += top.members ? '}' : ']';
            open.pop_back();
            continue;
        }
        if (top.next != 0) out += ',';
        const std::size_t i = top.next++;
        if (!top.members) {
            begin(top.elements->data()[i]);
            continue;
        }
        const auto& [name, member] = top.members->data()[i];
        write_string(out, name);
        out += ':';
        begin(member);
    }
}

TESSERA_DECL void write_number(std::string& out, const number_node& type, const void* given) {
    if (type.is == shape::integer) {
        const std::uint64_t bits = load_integer(given, type);
        if (type.is_signed)
            write_integer(out, static_cast<std::int64_t>(bits));
        else
            write_unsigned(out, bits);
    } else if (type.bytes == sizeof(float)) {
        write_real(out, *static_cast<const float*>(given));
    } else {
        write_real(out, *static_cast<const double*>(given));
    }
}

TESSERA_DECL void write_array(std::string& out, const array_node& type, const void* given) {
    const elements all = type.get(given);
    out += '[';
    for (std::size_t i = 0; i < all.count; ++i) {
        if (i > 0) out += ',';
        write(out, *type.of, static_cast<const char*>(all.first) + i * type.bytes);
    }
    out += ']';
}

TESSERA_DECL void write_map(std::string& out, const map_node& type, const void* given) {
    struct context {
        std::string& out;
        const node& of;
        bool is_first = true;
    } state{out, *type.of};
    out += '{';
    type.visit(
        given,
        [](void* opaque, const std::string& name, const void* member) {
            context& c = *static_cast<context*>(opaque);
            if (!std::exchange(c.is_first, false)) c.out += ',';
            write_string(c.out, name);
            c.out += ':';
            write(c.out, c.of, member);
        },
        &state);
    out += '}';
}

// The member's value, or nothing where it is absent.
TESSERA_DECL bool write_member(std::string& out, const member& part, const void* given) {
    if (part.is_optional) {
        const auto& holder = as<holder_node>(*part.type);
        given = holder.get(given);
        if (!given && !part.is_forced) return false;
        ((out += '"') += part.name) += "\":";
        if (given)
            write(out, *holder.of, given);
        else
            out += "null";
        return true;
    }
    ((out += '"') += part.name) += "\":";
    const std::size_t start = out.size();
    write(out, *part.type, given);
    if (more_of(part).rules.has_constant && std::string_view(out).substr(start) == "\"\"") {
        out.resize(start);
        write_string(out, more_of(part).rules.constant);
    }
    return true;
}

// Unknown members that bear a described name are left out: the described member speaks for it.
// Names of described members need no escape: field() sees to that.
TESSERA_DECL void write_members(std::string& out, const member_list& members,
                                const void* const* given) {
    out += '{';
    const std::size_t start = out.size();
    const auto separate = [&] {
        if (out.size() != start) out += ',';
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
        const member& part = members[i];
        if (part.is == part_info::role::member) {
            const std::size_t end = out.size();
            separate();
            if (!write_member(out, part, given[i])) out.resize(end);
        } else if (part.is == part_info::role::rest) {
            const auto* rest =
                static_cast<const value*>(given[i])->get_ptr<const value::object_t*>();
            if (!rest) continue;
            for (const auto& [name, unknown] : *rest) {
                if (names_member(members, name)) continue;
                separate();
                write_string(out, name);
                out += ':';
                write_value(out, unknown);
            }
        }
    }
    out += '}';
}

TESSERA_DECL void write_object(std::string& out, const object_node& type, const void* given) {
    struct context {
        std::string& out;
        const member_list& members;
    } state{out, type.members};
    type.locate(
        given,
        [](void* opaque, const void* const* members) {
            const context& c = *static_cast<context*>(opaque);
            write_members(c.out, c.members, members);
            return true;
        },
        &state);
}

TESSERA_DEF void write(std::string& out, const node& type, const void* given) {
    switch (type.is) {
        case shape::any:
            return write_value(out, *static_cast<const value*>(given));
        case shape::unknown:
            return write_value(out, static_cast<const unknown*>(given)->raw);
        case shape::null:
            out += "null";
            return;
        case shape::boolean:
            out += *static_cast<const bool*>(given) ? "true" : "false";
            return;
        case shape::integer:
        case shape::real:
            return write_number(out, as<number_node>(type), given);
        case shape::string:
            return write_string(out, *static_cast<const std::string*>(given));
        case shape::fixed:
            return write_string(out, as<fixed_node>(type).text);
        case shape::enumeration:
            return write_string(out, text_of_enumerator(as<enum_node>(type), given));
        case shape::open_enumeration: {
            const auto& open = as<open_enum_node>(type);
            const auto [known, unknown] = open.parts(const_cast<void*>(given));
            return unknown ? write_string(out, *unknown) : write(out, *open.of, known);
        }
        case shape::file: {
            // Nobody reads a file from this.
            std::string text = "[file ";
            return write_string(out, (text += as<file_node>(type).name(given)) += ']');
        }
        case shape::optional:
        case shape::nullable: {
            const auto& holder = as<holder_node>(type);
            if (const void* held = holder.get(given)) return write(out, *holder.of, held);
            out += "null";
            return;
        }
        case shape::array:
            return write_array(out, as<array_node>(type), given);
        case shape::map:
            return write_map(out, as<map_node>(type), given);
        case shape::object:
            return write_object(out, as<object_node>(type), given);
        case shape::variant: {
            const auto& either = as<variant_node>(type);
            const alternative held = either.get(given);
            return write(out, *either.alternatives[held.index], held.self);
        }
        case shape::custom:
            return as<custom_node>(type).write(out, given);
    }
}

TESSERA_DEF value to_value(const node& type, const void* given) {
    constexpr std::size_t any = std::size_t(-1);
    std::string text;
    write(text, type, given);
    value tree;
    parse_into(tree, text, {.depth = any, .bytes = any, .values = any});
    return tree;
}

}  // namespace tessera::json::detail
