#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/issue.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::json {
namespace detail {

/// Reads into `out`, which is a value of the type as it was constructed. False, with an issue or
/// more added, when it could not.
TESSERA_DECL bool decode(const node& type, const value& in, void* out, mode how, const file* files,
                         std::vector<issue>& issues);
/// Lenient; the first issue as an error.
TESSERA_DECL result<void> decode(const node& type, const value& in, void* out);
TESSERA_DECL bool decode_text(const node& type, std::string_view text, void* out, mode how,
                              std::vector<issue>& issues, const limits& bounds);
TESSERA_DECL result<void> decode_text(const node& type, std::string_view text, void* out,
                                      const limits& bounds);

}  // namespace detail

/// Reads a T and adds every issue, up to 100, with its path. Nothing is returned when there is one.
/// Lenient: unknown members and enumerators are kept or ignored, null for a member that may be
/// absent is absence, constants may be absent, ranges and lengths are not looked at. Strict: all
/// that the description says holds.
template <class T>
std::optional<T> decode(const value& in, mode how, std::vector<issue>& issues) {
    std::optional<T> out(std::in_place);
    if (!detail::decode(detail::node_of<T, detail::use::reading>(), in, &*out, how, nullptr,
                        issues))
        out.reset();
    return out;
}

/// The same from text; what is no JSON is one issue of type "json_invalid" without a path.
template <class T>
std::optional<T> decode_text(std::string_view text, mode how, std::vector<issue>& issues,
                             const limits& bounds = {}) {
    std::optional<T> out(std::in_place);
    if (!detail::decode_text(detail::node_of<T, detail::use::reading>(), text, &*out, how, issues,
                             bounds))
        out.reset();
    return out;
}

/// Lenient; the first issue becomes an error of kind decode that names its path.
template <class T>
result<T> decode(const value& in) {
    result<T> out(std::in_place);
    if (auto read = detail::decode(detail::node_of<T, detail::use::reading>(), in, &*out); !read)
        out = std::move(read).failure();
    return out;
}

/// The same from text.
template <class T>
result<T> decode_text(std::string_view text, const limits& bounds = {}) {
    result<T> out(std::in_place);
    if (auto read =
            detail::decode_text(detail::node_of<T, detail::use::reading>(), text, &*out, bounds);
        !read)
        out = std::move(read).failure();
    return out;
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/decode_impl.hpp"
#endif
