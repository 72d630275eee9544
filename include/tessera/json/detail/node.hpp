#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tessera/json/description.hpp"

// What the codecs know of a type: constant data and a few small functions. Reading, writing,
// comparing and the like are one loop each over these nodes, whatever the types; node_of.hpp makes
// a node of each type. docs/decisions/0010 says why.
namespace tessera {
class file;
}

namespace tessera::json::detail {

enum class shape : std::uint8_t {
    any,      // json::value
    unknown,  // json::unknown
    null,
    boolean,
    integer,
    real,
    string,
    fixed,
    enumeration,
    open_enumeration,
    file,
    optional,
    nullable,
    array,
    map,
    object,
    variant,
    custom
};

struct node {
    shape is;
};

// An integer of up to 64 bits, a float or a double.
struct number_node : node {
    std::uint8_t bytes;
    bool is_signed;
};

struct fixed_node : node {
    std::string_view text;
};

struct enum_node : node {
    std::string_view name;
    std::span<const std::string_view> texts;
    const void* values;  // an array of enumerators, one for each text
    std::uint8_t bytes;  // of an enumerator
};

// The members of an open_enum.
struct open_enum_parts {
    void* value;
    std::optional<std::string>& unknown;
};

struct open_enum_node : node {
    const enum_node* of;
    open_enum_parts (*parts)(void* self);
};

struct file_node : node {
    void (*copy)(const file* from, std::size_t index, void* to);
    const std::string& (*name)(const void* self);
    bool (*equal)(const void* left, const void* right);
};

// An optional or a nullable.
struct holder_node : node {
    const node* of;
    void* (*emplace)(void* self);
    const void* (*get)(const void* self);  // null when there is nothing
};

struct elements {
    void* first;
    std::size_t count;
};

struct array_node : node {
    const node* of;
    std::size_t bytes;                             // of an element
    void* (*make)(void* self, std::size_t count);  // as many new elements; the first
    elements (*get)(const void* self);
};

using use_entry = void (*)(void* context, const std::string& name, const void* member);

struct map_node : node {
    const node* of;
    void* (*add)(void* self, const std::string& name);
    void (*visit)(const void* self, use_entry use, void* context);
};

struct alternative {
    std::size_t index;
    const void* self;
};

struct variant_node : node {
    std::span<const node* const> alternatives;
    void* (*emplace)(void* self, std::size_t index);
    alternative (*get)(const void* self);
};

// What few parts say.
struct details {
    constraints rules{};
    literal fallback{};
    std::string_view note{};

    bool operator==(const details&) const = default;
};
inline constexpr details no_details{};

// What a table holds of a part: small, and with one address only, since each costs a program four
// times its size where it may be loaded anywhere.
struct part_entry {
    const node* type;
    std::uint16_t name_end;       // in the names of all parts, where the next one's name begins
    std::uint8_t details_number;  // from 1 on; 0: none
    part_info::role is;
    bool is_required : 1;
    bool accepts_null : 1;
    bool is_deprecated : 1;
    bool is_optional : 1;
    bool keeps_null : 1;
    bool is_forced : 1;
    bool of_known_kinds : 1;
};

struct member : part_entry {
    std::string_view name;
    const details* more;  // null where there are none
};

// The parts of an object, in the order of the text.
struct member_list {
    const part_entry* parts = nullptr;
    std::size_t count = 0;
    const char* names = nullptr;
    const details* specials = nullptr;

    std::size_t size() const { return count; }
    member operator[](std::size_t i) const {
        const part_entry& part = parts[i];
        const std::size_t begin = i == 0 ? 0 : parts[i - 1].name_end;
        return {part,
                {names + begin, part.name_end - begin},
                part.details_number == 0 ? nullptr : specials + part.details_number - 1};
    }

    class iterator {
      public:
        iterator(const member_list& of, std::size_t at) : of_(of), at_(at) {}
        member operator*() const { return of_[at_]; }
        iterator& operator++() {
            ++at_;
            return *this;
        }
        bool operator!=(const iterator& other) const { return at_ != other.at_; }

      private:
        const member_list& of_;
        std::size_t at_;
    };
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, count}; }
};
inline constexpr member_list no_members{};

constexpr const details& more_of(const member& part) { return part.more ? *part.more : no_details; }

using use_members = bool (*)(void* context, const void* const* members);

struct object_node : node {
    std::string_view name;
    member_list members;
    // Calls `use` with the address of each member.
    bool (*locate)(const void* self, use_members use, void* context);
};

class reading;
struct location;

// A type whose values have functions of their own, in the room that has the type: a specialisation of
// `table` names them.
struct custom_node : node {
    const node* like;  // what its JSON looks like
    bool (*read)(reading& by, const value& in, void* out, const location& at,
                 const constraints* rules);
    void (*write)(std::string& out, const void* self);
    bool (*equal)(const void* left, const void* right);
    std::string_view format{};  // of the schema
};

template <class Node>
const Node& as(const node& type) {
    return static_cast<const Node&>(type);
}

}  // namespace tessera::json::detail
