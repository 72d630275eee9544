#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "chat/services.hpp"
#include "tessera/server/function.hpp"
#include "web/api.hpp"

namespace tessera::server::cerebrium {

std::unique_ptr<api> make_api(const services& with);

/// A token that opens the functions of a project for so long.
std::string token_for(const options& settings, std::string_view project, std::chrono::seconds life);

/// Adds a function to an API of make_api(); from any thread.
void deploy(api& to, const std::string& project, const std::string& app, const std::string& name,
            detail::function_body added);

}  // namespace tessera::server::cerebrium
