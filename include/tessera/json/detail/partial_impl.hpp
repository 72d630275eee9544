#pragma once

#include <string_view>

#include "tessera/json/detail/unreadable.hpp"
#include "tessera/json/partial.hpp"

namespace tessera::json {

TESSERA_DEF result<void> partial_reader::feed(std::string_view more) {
    reader_.read(more);
    return outcome();
}

TESSERA_DEF result<void> partial_reader::finish() {
    reader_.end();
    return outcome();
}

TESSERA_DEF result<void> partial_reader::outcome() const {
    if (reader_.failure().empty()) return {};
    return detail::unreadable(reader_.failure());
}

}  // namespace tessera::json
