#pragma once
// Who has said what, and which tools there are.
#include <optional>
#include <string>
#include <vector>

#include "chat/sampling.hpp"
#include "inference/task.hpp"

namespace tessera::server {

/// Takes the thoughts out of all turns before the latest user message.
void forget_thoughts(std::vector<openai::message>& messages);

/// Tools as OpenAI's requests offer them.
struct offered_tools {
    const std::vector<openai::tool>* tools = nullptr;
    const openai::tool_choice* choice = nullptr;
    bool parallel = true;
    std::string tools_name = "tools";
    std::string choice_name = "tool_choice";
};
/// Which tools the model may call, or must.
void read_tools(const offered_tools& offered, chat_task& to, issue_list& issues);

}  // namespace tessera::server
