#pragma once
// The APIs this program serves.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat/services.hpp"
#include "web/api.hpp"

namespace tessera::server {

std::vector<std::string_view> api_names();
/// All of them, or the one that is named; none for an unknown name.
std::vector<std::unique_ptr<api>> make_apis(std::string_view which, const services& with);

/// Commands of a shell, a line for each API, that point the vendors' own SDKs at a server with
/// these options.
std::string environment(const options& settings);

}  // namespace tessera::server
