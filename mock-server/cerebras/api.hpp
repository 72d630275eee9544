#pragma once

#include <memory>

#include "apis.hpp"

namespace tessera::server::cerebras {

std::unique_ptr<api> make_api(const services& with);

}  // namespace tessera::server::cerebras
