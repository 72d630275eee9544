#pragma once

#include "command.hpp"

namespace tessera::probe {

// Fetches a URL once and says whether an answer came, or why none did.
command get_command;

}  // namespace tessera::probe
