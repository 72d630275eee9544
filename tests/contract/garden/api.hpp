#pragma once

#include <memory>

#include "web/api.hpp"

namespace tessera::server {

inline constexpr const char* garden_key = "gk-0123456789";

std::unique_ptr<api> make_garden_api();

}  // namespace tessera::server
