#pragma once

#include "web/api.hpp"

namespace tessera::server {

/// The OpenAPI 3.1 document of what `described` serves, made of its routes and their types.
json::value openapi_document(const api& described);

}  // namespace tessera::server
