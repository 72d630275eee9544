#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/json/detail/text_reader.hpp"
#include "tessera/json/detail/unreadable.hpp"
#include "tessera/json/parse.hpp"

namespace tessera::json {

TESSERA_DEF std::string detail::parse_into(value& out, std::string_view text,
                                           const limits& bounds) {
    if (text.size() > bounds.bytes) return too_long(text.size(), bounds);
    const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    text_reader reader(bounds, mark);
    reader.read(text.substr(mark));
    reader.end();
    out = std::move(reader.root());
    return reader.failure();
}

TESSERA_DEF result<value> parse(std::string_view text, const limits& bounds) {
    result<value> out{value()};
    if (const std::string why = detail::parse_into(*out, text, bounds); !why.empty())
        return detail::unreadable(why);
    return out;
}

}  // namespace tessera::json
