#pragma once
// Functions that the configuration makes of a prompt, a reply or a program.
#include "cerebrium/service.hpp"

namespace tessera::server::cerebrium {

/// The model answers the prompt, filled in: a text, in a stream piece by piece.
detail::function_body prompt_body(service& with, const function_settings& given);
detail::function_body reply_body(const function_settings& given);
/// A program that gets the parameters on stdin and writes values on stdout, a line each.
detail::function_body command_body(service& with, const function_settings& given);

}  // namespace tessera::server::cerebrium
