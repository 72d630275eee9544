#include "emissary/names.hpp"

#include <algorithm>

#include "emissary/problems.hpp"

namespace tessera::server::emissary {

void check_name(std::string_view place, const std::optional<std::string>& name) {
    if (!name) return;
    constexpr std::size_t longest = 256;
    const auto is_control = [](unsigned char each) { return each < 0x20 || each == 0x7f; };
    if (name->empty() || name->size() > longest)
        throw refused(invalid_input(place, "must have 1 to 256 bytes"));
    if (std::any_of(name->begin(), name->end(), is_control))
        throw refused(invalid_input(place, "must not have control characters"));
}

void check_text(std::string_view place, const std::optional<std::string>& text) {
    constexpr std::size_t longest = 4096;
    if (text && text->size() > longest)
        throw refused(invalid_input(place, "must have at most 4096 bytes"));
}

}  // namespace tessera::server::emissary
