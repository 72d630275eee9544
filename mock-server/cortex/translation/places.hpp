#pragma once

#include "tessera/json/issue.hpp"

namespace tessera::server::cortex {

/// The place `more` of what is at `place`.
inline json::path_type below(json::path_type place, const json::path_type& more) {
    place.insert(place.end(), more.begin(), more.end());
    return place;
}

}  // namespace tessera::server::cortex
