#pragma once

#include "command.hpp"

namespace tessera::probe {

command json_command;

}  // namespace tessera::probe
