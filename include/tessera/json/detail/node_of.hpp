#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"
#include "tessera/json/detail/node.hpp"

#ifdef __clang__
// Tables of compiled types are defined in one source: json/src.hpp.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace tessera::json::detail {

// What a program does with the values of a type: functions for what it never does are not compiled.
enum class use : unsigned { looking = 0, reading = 1, writing = 2, both = 3 };

template <use How>
inline constexpr bool reads = (static_cast<unsigned>(How) & 1) != 0;
template <use How>
inline constexpr bool writes = (static_cast<unsigned>(How) & 2) != 0;

template <class T, use How>
struct table;

// The library has one table of a type that it compiled, for all uses.
template <class T, use How>
using table_of = table<T, is_compiled<T> ? use::both : How>;

template <class T, use How>
constexpr const node& node_of() {
    return table_of<T, How>::value;
}

template <use How>
struct node_with {
    template <class Member>
    struct of {
        static constexpr const node* value = [] {
            if constexpr (std::is_void_v<Member>)
                return static_cast<const node*>(nullptr);
            else
                return static_cast<const node*>(&table_of<Member, How>::value);
        }();
    };
};
template <class Member>
struct is_fixed_member {
    static constexpr bool value = is_fixed<Member>;
};

// The constant of a fixed member is its type's.
constexpr details details_of(const part_info& part, bool is_fixed) {
    details more{part.rules, part.fallback, part.note};
    if (is_fixed) {
        more.rules.constant = {};
        more.rules.has_constant = false;
    }
    return more;
}

template <class T>
struct object_table {
    static constexpr auto& described = description<T>;
    static constexpr std::size_t size = described.size;
    static constexpr auto more = [] {
        constexpr auto fixed = described.template table<is_fixed_member, bool>();
        std::array<details, size> all;
        for (std::size_t i = 0; i < size; ++i) all[i] = details_of(described.parts[i], fixed[i]);
        return all;
    }();
    static constexpr std::size_t special_parts = [] {
        std::size_t count = 0;
        for (const details& each : more) count += each != no_details;
        return count;
    }();
    static constexpr auto specials = [] {
        std::array<details, special_parts> found{};
        std::size_t next = 0;
        for (const details& each : more)
            if (each != no_details) found[next++] = each;
        return found;
    }();
    static constexpr std::size_t name_bytes = [] {
        std::size_t bytes = 0;
        for (const part_info& part : described.parts) bytes += part.name.size();
        return bytes;
    }();
    static_assert(name_bytes <= 0xffff && special_parts <= 0xff, "an object has too many members");
    static constexpr auto names = [] {
        std::array<char, name_bytes> all{};
        char* end = all.data();
        for (const part_info& part : described.parts)
            for (const char c : part.name) *end++ = c;
        return all;
    }();
    static bool locate(const void* self, use_members use, void* context) {
        constexpr auto store = described.locate;
        const void* addresses[size + 1];
        store(*static_cast<const T*>(self), addresses);
        return use(context, addresses);
    }
};

template <class T, use How>
inline constexpr auto parts_with = [] {
    using table = object_table<T>;
    constexpr auto types =
        description<T>.template table<node_with<How>::template of, const node*>();
    std::array<part_entry, table::size> made{};
    std::size_t next = 0, end = 0;
    for (std::size_t i = 0; i < table::size; ++i) {
        const part_info& part = description<T>.parts[i];
        end += part.name.size();
        const bool is_special = table::more[i] != no_details;
        made[i] = part_entry{types[i],
                             static_cast<std::uint16_t>(end),
                             static_cast<std::uint8_t>(is_special ? ++next : 0),
                             part.is,
                             part.is_required(),
                             part.accepts_null,
                             part.is_deprecated,
                             part.is_optional,
                             part.keeps_null,
                             part.is_forced,
                             part.of_known_kinds};
    }
    return made;
}();

template <use How>
struct table<json::value, How> {
    static constexpr node value{shape::any};
};
template <use How>
struct table<unknown, How> {
    static constexpr node value{shape::unknown};
};
template <use How>
struct table<std::monostate, How> {
    static constexpr node value{shape::null};
};
template <use How>
struct table<bool, How> {
    static constexpr node value{shape::boolean};
};
template <use How>
struct table<std::string, How> {
    static constexpr node value{shape::string};
};
template <std::integral T, use How>
struct table<T, How> {
    static_assert(sizeof(T) <= 8);
    static constexpr number_node value{{shape::integer}, sizeof(T), std::is_signed_v<T>};
};
template <std::floating_point T, use How>
struct table<T, How> {
    static_assert(sizeof(T) <= 8, "numbers are float or double");
    static constexpr number_node value{{shape::real}, sizeof(T), true};
};
template <fixed_text Text, use How>
struct table<fixed<Text>, How> {
    static constexpr fixed_node value{{shape::fixed}, Text.view()};
};

template <class T, use How>
requires is_file<T>
struct table<T, How> {
    static void copy(const file* from, std::size_t index, void* to) {
        *static_cast<T*>(to) = static_cast<const T*>(from)[index];
    }
    static const std::string& name(const void* self) { return static_cast<const T*>(self)->name(); }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const T*>(left) == *static_cast<const T*>(right);
    }
    static constexpr file_node value{{shape::file}, &copy, &name, &equal};
};

template <described_enum E, use How>
struct table<E, How> {
    static constexpr enum_node value{{shape::enumeration},
                                     description<E>.name,
                                     description<E>.texts,
                                     description<E>.values.data(),
                                     sizeof(E)};
};
struct open_enum_access {
    template <class E>
    static open_enum_parts parts(void* self) {
        auto& given = *static_cast<open_enum<E>*>(self);
        return {&given.value_, given.unknown_};
    }
};
template <class E, use How>
struct table<open_enum<E>, How> {
    static constexpr open_enum_node value{
        {shape::open_enumeration}, &table<E, use::looking>::value, &open_enum_access::parts<E>};
};

template <class T, use How>
constexpr object_node object_node_of() {
    using table = object_table<T>;
    return {{shape::object},
            description<T>.name,
            {parts_with<T, How>.data(), table::size, table::names.data(), table::specials.data()},
            &table::locate};
}

// What may contain itself is declared first: its node refers to others that refer to it.
template <class T, use How>
struct described_node {
    static const object_node value;
};
template <class T, use How>
constinit const object_node described_node<T, How>::value = object_node_of<T, How>();

// In json/src.hpp.
template <class T>
struct compiled_node {
    static const object_node value;
};

template <described_object T, use How>
struct table<T, How>
    : std::conditional_t<is_compiled<T>, compiled_node<T>, described_node<T, How>> {};

template <class Holder, use How>
struct holder_table {
    static void* emplace(void* self) { return &static_cast<Holder*>(self)->emplace(); }
    static const void* get(const void* self) {
        const Holder& given = *static_cast<const Holder*>(self);
        return given.has_value() ? &*given : nullptr;
    }
    static constexpr holder_node make(shape is, const node* of) {
        holder_node made{{is}, of, nullptr, nullptr};
        if constexpr (reads<How>) made.emplace = &emplace;
        if constexpr (writes<How>) made.get = &get;
        return made;
    }
};
template <class T, use How>
struct table<std::optional<T>, How> {
    static const holder_node value;
};
template <class T, use How>
constinit const holder_node table<std::optional<T>, How>::value =
    holder_table<std::optional<T>, How>::make(shape::optional, &table_of<T, How>::value);
template <class T, use How>
struct table<nullable<T>, How> {
    static const holder_node value;
};
template <class T, use How>
constinit const holder_node table<nullable<T>, How>::value =
    holder_table<nullable<T>, How>::make(shape::nullable, &table_of<T, How>::value);

template <class T, use How>
struct table<std::vector<T>, How> {
    static void* make(void* self, std::size_t count) {
        std::vector<T> made(count);
        auto& given = *static_cast<std::vector<T>*>(self);
        given.swap(made);
        return given.data();
    }
    static elements get(const void* self) {
        const auto& given = *static_cast<const std::vector<T>*>(self);
        return {const_cast<T*>(given.data()), given.size()};
    }
    static constexpr array_node make() {
        array_node made{{shape::array}, &table_of<T, How>::value, sizeof(T), nullptr, nullptr};
        if constexpr (reads<How>) made.make = &make;
        if constexpr (writes<How>) made.get = &get;
        return made;
    }
    static const array_node value;
};
template <class T, use How>
constinit const array_node table<std::vector<T>, How>::value = make();

template <class T, use How>
struct table<std::map<std::string, T>, How> {
    using map = std::map<std::string, T>;
    static void* add(void* self, const std::string& name) {
        return &(*static_cast<map*>(self))[name];
    }
    static void visit(const void* self, use_entry use, void* context) {
        for (const auto& [name, member] : *static_cast<const map*>(self))
            use(context, name, &member);
    }
    static constexpr map_node make() {
        map_node made{{shape::map}, &table_of<T, How>::value, nullptr, nullptr};
        if constexpr (reads<How>) made.add = &add;
        if constexpr (writes<How>) made.visit = &visit;
        return made;
    }
    static const map_node value;
};
template <class T, use How>
constinit const map_node table<std::map<std::string, T>, How>::value = make();

template <class Variant>
struct variant_table {
    template <std::size_t... I>
    static void* emplace(void* self, std::size_t index, std::index_sequence<I...>) {
        void* made = nullptr;
        (void)((I == index && (made = &static_cast<Variant*>(self)->template emplace<I>())) || ...);
        return made;
    }
    template <std::size_t... I>
    static alternative get(const void* self, std::index_sequence<I...>) {
        const Variant& given = *static_cast<const Variant*>(self);
        const void* held = nullptr;
        (void)((held = std::get_if<I>(&given)) || ...);
        return {given.index(), held};
    }
};
template <class... T, use How>
struct table<std::variant<T...>, How> {
    using variant = std::variant<T...>;
    using indices = std::index_sequence_for<T...>;
    static_assert(sizeof...(T) <= 64, "a union has at most 64 alternatives");
    static_assert(!(is_file<T> || ...), "a file is a member of its own, not an alternative");
    static_assert((std::same_as<T, unknown> + ... + 0) ==
                      std::same_as<std::variant_alternative_t<sizeof...(T) - 1, variant>, unknown>,
                  "json::unknown is the last alternative of a union, and is there once");

    static void* emplace(void* self, std::size_t index) {
        return variant_table<variant>::emplace(self, index, indices{});
    }
    static alternative get(const void* self) {
        return variant_table<variant>::get(self, indices{});
    }
    static constexpr const node* alternatives[] = {&table_of<T, How>::value...};
    static constexpr variant_node make() {
        variant_node made{{shape::variant}, alternatives, nullptr, nullptr};
        if constexpr (reads<How>) made.emplace = &emplace;
        if constexpr (writes<How>) made.get = &get;
        return made;
    }
    static const variant_node value;
};
template <class... T, use How>
constinit const variant_node table<std::variant<T...>, How>::value = make();

/// The table of an object.
template <described_object T, use How>
constexpr const object_node& object_of() {
    return table_of<T, How>::value;
}

}  // namespace tessera::json::detail

#ifdef __clang__
#pragma clang diagnostic pop
#endif
