#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/issue.hpp"
#include "tessera/json/reader.hpp"
#include "tessera/json/value.hpp"

// Described structs as named texts: the way of queries, header parameters and form fields.
namespace tessera::json {

/// A name and a text, as queries and forms have them.
using named_text = std::pair<std::string, std::string>;

/// How names are compared: those of header fields mean the same in any case.
enum class names { exact, without_case };

namespace detail {

// One named part of what is read: a text, or a file by its number.
struct named_part {
    std::string_view name;
    std::string_view text;
    std::optional<std::size_t> file{};
};

/// Whether a member of this type is a file, or has one for an alternative or an element.
TESSERA_DECL bool is_of_files(const node& type);
TESSERA_DECL bool decode_parts(const node& type, std::span<const named_part> given, void* out,
                               const file* files, mode how, names compare,
                               std::vector<issue>& issues);
TESSERA_DECL bool decode_texts(const node& type, std::span<const named_text> texts, void* out,
                               mode how, names compare, std::vector<issue>& issues);
TESSERA_DECL std::vector<named_text> encode_texts(const node& type, const void* given);

template <described_object T>
std::optional<T> decode_parts(std::span<const named_part> given, const file* files, mode how,
                              names compare, std::vector<issue>& issues) {
    std::optional<T> out(std::in_place);
    if (!decode_parts(node_of<T, use::reading>(), given, &*out, files, how, compare, issues))
        out.reset();
    return out;
}

}  // namespace detail

/// The members in described order: strings as they are, numbers and booleans as JSON writes them,
/// arrays as one text for each element, objects as JSON. What is absent or null is left out, and so
/// are files, which no text carries.
template <described_object T>
std::vector<named_text> encode_texts(const T& given) {
    return detail::encode_texts(detail::node_of<T, detail::use::writing>(), &given);
}

/// Reads what encode_texts() writes: each text becomes the JSON value that its member's type reads,
/// then all is decoded as decode() does, with the same issues. A name that is there more often than
/// its member can take is an issue of type "repeated". Required members that are not there are
/// empty arrays or null, where their types have such; optional ones are absent. Unknown texts go
/// where unknown members go, as strings.
template <described_object T>
std::optional<T> decode_texts(std::span<const named_text> texts, mode how,
                              std::vector<issue>& issues, names compare = names::exact) {
    std::optional<T> out(std::in_place);
    if (!detail::decode_texts(detail::node_of<T, detail::use::reading>(), texts, &*out, how,
                              compare, issues))
        out.reset();
    return out;
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/texts_impl.hpp"
#endif
