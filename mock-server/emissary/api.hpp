#pragma once

#include <memory>

#include "chat/services.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

std::unique_ptr<api> make_api(const services& with);

}  // namespace tessera::server::emissary
