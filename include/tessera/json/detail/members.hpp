#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node.hpp"
#include "tessera/json/value.hpp"

// Members by their names.
namespace tessera::json::detail {

/// None where the node is not that of an object.
TESSERA_DECL const member_list& members_of(const node& type);
TESSERA_DECL bool names_member(const member_list& members, std::string_view name);
/// The one text that the member can hold.
TESSERA_DECL std::optional<std::string_view> constant_of(const member& part);

/// Null if there is none. Looks from `hint` on first and leaves it after what was found: members
/// mostly come in described order.
TESSERA_DECL const value* find_member(const value::object_t& in, std::string_view name,
                                      std::size_t& hint);
/// Null for what is no object as well.
TESSERA_DECL const value* find_member(const value& in, std::string_view name);
/// The text of a string, the elements of an array; null for any other value.
inline const std::string* string_in(const value* any) {
    return any ? any->get_ptr<const std::string*>() : nullptr;
}
inline const value::array_t* array_in(const value* any) {
    return any ? any->get_ptr<const value::array_t*>() : nullptr;
}
/// A member whose name the object does not have yet, without looking for it.
TESSERA_DECL value& add_member(value& object, const std::string& name);
/// The member of this name, which is added where there is none.
TESSERA_DECL value& set_member(value& object, const std::string& name);

/// An enumerator by its text; false for a text that names none.
TESSERA_DECL bool store_enumerator(const enum_node& type, std::string_view text, void* out);
/// Empty for a number that is no enumerator.
TESSERA_DECL std::string_view text_of_enumerator(const enum_node& type, const void* given);

/// The low bytes of `bits` as an integer of this size; and such an integer, widened.
TESSERA_DECL void store_integer(void* out, std::size_t bytes, std::uint64_t bits);
TESSERA_DECL std::uint64_t load_integer(const void* in, const number_node& type);

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/members_impl.hpp"
#endif
