#pragma once
// How a dataset of labels is resampled before it is learned from.
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "tessera/core/linkage.hpp"
#include "tessera/emissary/describe.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/reader.hpp"

namespace tessera::emissary {

/// The share of each label in a dataset that keeps its size, each from 0 to 1.
struct label_ratios : std::map<std::string, double> {
    using map::map;
};

/// How many rows each label gets: some are repeated or left out.
using label_counts = std::map<std::string, std::int64_t>;

/// Both look alike in JSON: what has no value above 1 is ratios.
using rebalancing = std::variant<label_ratios, label_counts>;

namespace detail {

TESSERA_COLD_DECL bool read_ratios(json::detail::reading& by, const json::value& in,
                                   label_ratios& out, const json::detail::location& at);

}  // namespace detail

}  // namespace tessera::emissary

namespace tessera::json::detail {

template <use How>
struct table<emissary::label_ratios, How> {
    using ratios = emissary::label_ratios;
    using map = std::map<std::string, double>;

    static bool read(reading& by, const json::value& in, void* out, const location& at,
                     const constraints*) {
        return emissary::detail::read_ratios(by, in, *static_cast<ratios*>(out), at);
    }
    static void write(std::string& out, const void* self) {
        const map& given = *static_cast<const ratios*>(self);
        detail::write(out, node_of<map, use::writing>(), &given);
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const ratios*>(left) == *static_cast<const ratios*>(right);
    }
    static constexpr custom_node value{
        {shape::custom}, &table<map, How>::value, &read, &write, &equal};
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/rebalancing_impl.hpp"
#endif
