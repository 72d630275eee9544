#include "core/error.hpp"

namespace tessera::engine {

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 80;
    std::size_t length = text.size();
    if (length > longest) {
        length = longest;
        while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) --length;
    }
    std::string out = "'";
    for (const char c : text.substr(0, length)) {
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
    if (length < text.size()) out += "...";
    return out += '\'';
}

}  // namespace tessera::engine
