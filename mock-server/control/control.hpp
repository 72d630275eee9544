#pragma once
// /_tessera: what the server says about itself.
#include <memory>

#include "inference/catalog.hpp"
#include "web/application.hpp"

namespace tessera::server {

/// Both arguments outlive the API that is made.
std::unique_ptr<api> make_control(const application& whole, const catalog& models);

}  // namespace tessera::server
