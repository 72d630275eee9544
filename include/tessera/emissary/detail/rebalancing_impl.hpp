#pragma once

#include "tessera/emissary/rebalancing.hpp"

namespace tessera::emissary::detail {

TESSERA_DEF
bool read_ratios(json::detail::reading& by, const json::value& in, label_ratios& out,
                 const json::detail::location& at) {
    using namespace json::detail;
    std::map<std::string, double>& ratios = out;
    bool good = by.read(node_of<std::map<std::string, double>, use::both>(), in, &ratios, at);
    for (const auto& [label, ratio] : ratios)
        if (!(ratio >= 0 && ratio <= 1))
            good = by.fail(at.at(label), "ratio", "expected a ratio from 0 to 1");
    return good;
}

}  // namespace tessera::emissary::detail
