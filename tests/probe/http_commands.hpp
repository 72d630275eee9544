#pragma once

#include "command.hpp"

namespace tessera::probe {

command sse_command, http_request_command, http_response_command, echo_server_command;

}  // namespace tessera::probe
