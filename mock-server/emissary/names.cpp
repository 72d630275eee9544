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

}  // namespace tessera::server::emissary
