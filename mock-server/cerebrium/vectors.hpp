#pragma once
// Texts as vectors, in OpenAI's form.
#include "cerebrium/runs.hpp"

namespace tessera::server::cerebrium {

void create_embedding(service& with, function_call call);

}  // namespace tessera::server::cerebrium
