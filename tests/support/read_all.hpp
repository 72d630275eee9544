#pragma once

#include <string>

#include "tessera/core/file.hpp"

namespace tessera::test {

// All that a reader gives, asked for pieces of this size; the error's message where it ends in one.
inline std::string read_all(const result<file::reader>& opened, std::size_t piece = 4096) {
    if (!opened) return opened.error().message;
    const file::reader read = *opened;
    std::string all;
    for (;;) {
        std::string bytes(piece, '\0');
        const result<std::size_t> size = read(bytes.data(), piece);
        if (!size) return size.error().message;
        if (*size == 0) return all;
        all.append(bytes, 0, *size);
    }
}

}  // namespace tessera::test
