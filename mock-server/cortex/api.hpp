#pragma once
// The Cortex gateway.
#include <memory>

#include "chat/services.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {

std::unique_ptr<api> make_api(const services& with);

}  // namespace tessera::server::cortex
