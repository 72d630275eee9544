#pragma once

#include <concepts>
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

inline void write_scalar(std::string& out, const value& scalar) {
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
inline void write_value(std::string& out, const value& root) {
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

class member_writer {
  public:
    explicit member_writer(std::string& out) : out_(out) { out_ += '{'; }
    void close() { out_ += '}'; }

    template <class T, class Class, class Member>
    void add(const T& object, const field_description<Class, Member>& field) {
        const Member& member = object.*field.pointer;
        if constexpr (is_optional<Member>) {
            if (!member && !field.info.forced) return;
        }
        name(field.info.name);
        if constexpr (std::same_as<Member, std::string>) {
            const bool tag = field.info.rules.has_constant && member.empty();
            write_string(out_, tag ? field.info.rules.constant : std::string_view(member));
        } else {
            write(out_, member);
        }
    }

    template <class T, class Class>
    void add(const T& object, const rest_description<Class>& rest);

    template <class T>
    void add(const T&, closed_tag) {}

  private:
    void separate() {
        if (!std::exchange(first_, false)) out_ += ',';
    }
    // Names of described members need no escape: field() sees to that.
    void name(std::string_view text) {
        separate();
        out_ += '"';
        out_ += text;
        out_ += "\":";
    }

    std::string& out_;
    bool first_ = true;
};

// Members of the rest that bear a described name are left out: the described member speaks for it.
template <class T, class Class>
void member_writer::add(const T& object, const rest_description<Class>& rest) {
    const value& unknown = object.*rest.pointer;
    if (!unknown.is_object()) return;
    for (const auto& [key, member] : unknown.get_ref<const value::object_t&>()) {
        if (is_described_name<T>(key)) continue;
        separate();
        write_string(out_, key);
        out_ += ':';
        write_value(out_, member);
    }
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
        description<T>.with_parts([&](const auto&... part) {
            member_writer members(out);
            (members.add(given, part), ...);
            members.close();
        });
    } else if constexpr (is_optional<T> || is_nullable<T>) {
        if (given.has_value())
            write(out, *given);
        else
            out += "null";
    } else if constexpr (is_vector<T>) {
        out += '[';
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (i) out += ',';
            write(out, given[i]);
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

// Appends the compact JSON text of a value: members in described order, absent optionals left out,
// numbers in the shortest form that reads back the same, ill-formed UTF-8 as U+FFFD, numbers that
// are not finite as null. The text is valid whatever the value holds.
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
