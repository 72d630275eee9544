#pragma once
// Why the gateway itself does not answer.
#include <span>
#include <string>

#include "tessera/json/issue.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// 400: the first things that are wrong with a request, each with its place.
problem problem_of(std::span<const json::issue> issues);
/// 404: no provider has the model.
problem unknown_model(const std::string& name);

}  // namespace tessera::server::cortex
