#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tessera/core/result.hpp"

namespace tessera::net {

// Replaces the system's name lookup: textual IP addresses of a host, in order of preference. Called on
// a thread of its own and allowed to block; called by several threads at once.
using resolve_hook = std::function<result<std::vector<std::string>>(const std::string& host)>;

}  // namespace tessera::net
