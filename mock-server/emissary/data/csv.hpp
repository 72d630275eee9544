#pragma once

#include <string_view>

#include "emissary/data/row_taker.hpp"

namespace tessera::server::emissary {

/// Reads CSV after RFC 4180, strictly, whose first row names the columns. A column without a name is
/// passed over; a field that is empty and not in quotes is absent.
void read_csv(std::string_view text, row_taker& to);

}  // namespace tessera::server::emissary
