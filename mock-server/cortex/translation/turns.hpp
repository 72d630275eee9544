#pragma once
// The conversation of a chat as the turns of a request for a message.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/sampling.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/openai/messages.hpp"

namespace tessera::server::cortex {

struct conversation {
    /// What holds for all of it: what system and developer messages say, wherever they stand.
    std::optional<std::variant<std::string, std::vector<anthropic::text_block>>> system{};
    std::vector<anthropic::input_message> turns{};
    /// The last thing said is a call, or results of calls, and no thoughts came with the calls.
    bool calls_without_thoughts = false;
};

/// Blank text is left out. All results that follow an answer's calls are the beginning of one turn
/// of the user, in their order, before anything that the user says between or after them.
conversation conversation_of(std::vector<openai::message> messages, issue_list& issues);

}  // namespace tessera::server::cortex
