#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "tessera/json/detail/unreadable.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/json/partial.hpp"

namespace tessera::json {

TESSERA_DEF result<value> parse(std::string_view text, const limits& bounds) {
    if (text.size() > bounds.bytes)
        return detail::unreadable(detail::too_long(text.size(), bounds));
    const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    partial_reader reader(bounds, mark);
    result<void> read = reader.feed(text.substr(mark));
    if (read) read = reader.finish();
    if (!read) return std::move(read.error());
    return std::move(reader).so_far();
}

}  // namespace tessera::json
