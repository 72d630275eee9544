#pragma once
// From a task to generations of the engine: all that takes a while before the first token.
#include "inference/local/local_run.hpp"
#include "inference/local/state.hpp"
#include "inference/task.hpp"

namespace tessera::server {

/// Begins the generations of a task, or refuses it. Of a preparation's thread.
void begin_task(const local_state& of, const chat_task& task, local_work& to);
void begin_task(const local_state& of, const text_task& task, local_work& to);

}  // namespace tessera::server
