#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json {
namespace detail {

template <class Lazy = void>
void write_scalar(std::string& out, const value& scalar) {
    switch (scalar.type()) {
        case value::value_t::boolean:
            out += scalar.get<bool>() ? "true" : "false";
            return;
        case value::value_t::number_integer:
            write_number(out, scalar.get<std::int64_t>());
            return;
        case value::value_t::number_unsigned:
            write_number(out, scalar.get<std::uint64_t>());
            return;
        case value::value_t::number_float:
            write_number(out, scalar.get<double>());
            return;
        case value::value_t::string:
            write_string(out, scalar.get_ref<const std::string&>());
            return;
        default:
            out += "null";
    }
}

// Iterative, since a value built by hand may be of any depth.
template <class Lazy = void>
void write_value(std::string& out, const value& root) {
    struct container {
        const value* self;
        value::const_iterator next;
    };
    std::vector<container> open;
    const auto begin = [&](const value& any) {
        if (!any.is_structured()) return write_scalar(out, any);
        out += any.is_array() ? '[' : '{';
        open.push_back({&any, any.begin()});
    };
    begin(root);
    while (!open.empty()) {
        container& top = open.back();
        const bool is_array = top.self->is_array();
        if (top.next == top.self->end()) {
            out += is_array ? ']' : '}';
            open.pop_back();
            continue;
        }
        if (top.next != top.self->begin()) out += ',';
        if (!is_array) {
            write_string(out, top.next.key());
            out += ':';
        }
        begin(*top.next++);
    }
}

template <class T>
void write(std::string& out, const T& given);

// Writes a member; false, and nothing written, when it is absent.
using write_member_function = bool (*)(std::string& out, const void* member);

template <class Member>
struct write_member {
    static constexpr write_member_function value = [](std::string& out, const void* member) {
        const Member& given = *static_cast<const Member*>(member);
        if constexpr (is_optional<Member>) {
            if (!given.has_value()) return false;
        }
        write(out, given);
        return true;
    };
};
template <>
struct write_member<void> {
    static constexpr write_member_function value = nullptr;
};

// Unknown members that bear a described name are left out: the described member
// speaks for it. Names of described members need no escape: field() sees to
// that.
template <class Lazy = void>
void write_object(std::string& out, std::span<const part_info> parts,
                         const void* const* members, const write_member_function* writers) {
    out += '{';
    bool first = true;
    const auto separate = [&] {
        if (!std::exchange(first, false)) out += ',';
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const part_info& part = parts[i];
        if (part.is == part_info::role::member) {
            const std::size_t start = out.size();
            const bool was_first = first;
            separate();
            out += '"';
            out += part.name;
            out += "\":";
            const std::size_t mark = out.size();
            if (writers[i](out, members[i])) {
                if (part.rules.has_constant && std::string_view(out).substr(mark) == "\"\"") {
                    out.resize(mark);
                    write_string(out, part.rules.constant);
                }
            } else if (part.is_forced) {
                out += "null";
            } else {
                out.resize(start);
                first = was_first;
            }
        } else if (part.is == part_info::role::rest) {
            const value& unknown = *static_cast<const value*>(members[i]);
            if (!unknown.is_object()) continue;
            for (const auto& [name, member] : unknown.get_ref<const value::object_t&>()) {
                if (names_part(parts, name)) continue;
                separate();
                write_string(out, name);
                out += ':';
                write_value(out, member);
            }
        }
    }
    out += '}';
}

template <class T>
void write(std::string& out, const T& given) {
    if constexpr (std::same_as<T, value>) {
        write_value(out, given);
    } else if constexpr (std::same_as<T, bool>) {
        out += given ? "true" : "false";
    } else if constexpr (std::same_as<T, std::monostate>) {
        out += "null";
    } else if constexpr (std::is_arithmetic_v<T>) {
        write_number(out, given);
    } else if constexpr (std::same_as<T, std::string>) {
        write_string(out, given);
    } else if constexpr (is_fixed<T> || is_open_enum<T>) {
        write_string(out, given.text());
    } else if constexpr (described_enum<T>) {
        write_string(out, text_of(given));
    } else if constexpr (described_object<T>) {
        constexpr auto& object = description<T>;
        static constexpr auto writers =
            object.template table<write_member, write_member_function>();
        const void* members[object.size + 1];
        object.locate(given, members);
        write_object(out, object.parts, members, writers.data());
    } else if constexpr (is_optional<T> || is_nullable<T>) {
        if (given.has_value())
            write(out, *given);
        else
            out += "null";
    } else if constexpr (is_vector<T>) {
        out += '[';
        bool first = true;
        for (const auto& element : given) {
            if (!std::exchange(first, false)) out += ',';
            write(out, element);
        }
        out += ']';
    } else if constexpr (is_map<T>) {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : given) {
            if (!std::exchange(first, false)) out += ',';
            write_string(out, key);
            out += ':';
            write(out, member);
        }
        out += '}';
    } else {
        static_assert(is_variant<T>, "the type has no describe() and is none that JSON knows");
        std::visit([&](const auto& alternative) { write(out, alternative); }, given);
    }
}

}  // namespace detail

// Appends the compact JSON text of a value: members in described order, absent
// optionals left out, numbers in the shortest form that reads back the same,
// ill-formed UTF-8 as U+FFFD, numbers that are not finite as null. The text is
// valid whatever the value holds.
template <class T>
void encode(std::string& out, const T& given) {
    detail::write(out, given);
}

template <class T>
std::string encode(const T& given) {
    std::string out;
    detail::write(out, given);
    return out;
}

// The same as a tree.
template <class T>
value to_value(const T& given) {
    constexpr std::size_t any = std::size_t(-1);
    return *parse(encode(given), {.depth = any, .bytes = any, .values = any});
}

}  // namespace tessera::json
