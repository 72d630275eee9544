#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/json/detail/members.hpp"

namespace tessera::json::detail {

TESSERA_DEF const member_list& members_of(const node& type) {
    return type.is == shape::object ? as<object_node>(type).members : no_members;
}

TESSERA_DEF bool names_member(const member_list& members, std::string_view name) {
    for (const member& part : members)
        if (part.is == part_info::role::member && part.name == name) return true;
    return false;
}

TESSERA_DEF std::optional<std::string_view> constant_of(const member& part) {
    if (part.type && part.type->is == shape::fixed) return as<fixed_node>(*part.type).text;
    if (more_of(part).rules.has_constant) return more_of(part).rules.constant;
    return std::nullopt;
}

TESSERA_DEF const value* find_member(const value::object_t& in, std::string_view name,
                                     std::size_t& hint) {
    const auto find = [&](std::size_t from, std::size_t to) -> const value* {
        for (std::size_t i = from; i < to; ++i) {
            const auto& [given, member] = in.data()[i];
            if (given.size() != name.size() ||
                std::memcmp(given.data(), name.data(), name.size()) != 0)
                continue;
            hint = i + 1;
            return &member;
        }
        return nullptr;
    };
    const std::size_t start = hint;
    const value* const found = find(start, in.size());
    return found ? found : find(0, start);
}

TESSERA_DEF const value* find_member(const value& in, std::string_view name) {
    const auto* const members = in.get_ptr<const value::object_t*>();
    std::size_t hint = 0;
    return members ? find_member(*members, name, hint) : nullptr;
}

TESSERA_DEF value& add_member(value& object, const std::string& name) {
    if (!object.is_object()) object = value(value::value_t::object);
    return object.get_ptr<value::object_t*>()->emplace_back(std::string(name), value()).second;
}

TESSERA_DEF value& set_member(value& object, const std::string& name) {
    const value* const found = find_member(object, name);
    return found ? *const_cast<value*>(found) : add_member(object, name);
}

TESSERA_DEF bool store_enumerator(const enum_node& type, std::string_view text, void* out) {
    for (std::size_t i = 0; i < type.texts.size(); ++i) {
        if (type.texts[i] != text) continue;
        std::memcpy(out, static_cast<const char*>(type.values) + i * type.bytes, type.bytes);
        return true;
    }
    return false;
}

TESSERA_DEF std::string_view text_of_enumerator(const enum_node& type, const void* given) {
    for (std::size_t i = 0; i < type.texts.size(); ++i)
        if (std::memcmp(given, static_cast<const char*>(type.values) + i * type.bytes,
                        type.bytes) == 0)
            return type.texts[i];
    return {};
}

TESSERA_DEF void store_integer(void* out, std::size_t bytes, std::uint64_t bits) {
    const auto store = [&](auto narrow) { std::memcpy(out, &narrow, sizeof narrow); };
    switch (bytes) {
        case 1:
            return store(static_cast<std::uint8_t>(bits));
        case 2:
            return store(static_cast<std::uint16_t>(bits));
        case 4:
            return store(static_cast<std::uint32_t>(bits));
        default:
            return store(bits);
    }
}

TESSERA_DEF std::uint64_t load_integer(const void* in, const number_node& type) {
    const auto load = [&](auto narrow) {
        std::memcpy(&narrow, in, sizeof narrow);
        return static_cast<std::uint64_t>(narrow);
    };
    switch (type.is_signed ? type.bytes : type.bytes + 8) {
        case 1:
            return load(std::int8_t{});
        case 2:
            return load(std::int16_t{});
        case 4:
            return load(std::int32_t{});
        case 9:
            return load(std::uint8_t{});
        case 10:
            return load(std::uint16_t{});
        case 12:
            return load(std::uint32_t{});
        default:
            return load(std::uint64_t{});
    }
}

}  // namespace tessera::json::detail
