#pragma once
// The members of ChatCompletionRequest that shape the answer's turn; see chat_members_test.cpp.
#include "contract/bundled.hpp"

namespace tessera::contract {

void response_format();
void tools();
void tool_choice();
void parallel_tool_calls();
void reasoning_effort();
void disable_reasoning();
void clear_thinking();
void reasoning_format();

}  // namespace tessera::contract
