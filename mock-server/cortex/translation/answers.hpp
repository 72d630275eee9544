#pragma once
// Answers of the one dialect as answers of the other.
#include <cstdint>
#include <string>

#include "tessera/anthropic/message.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// What a translated answer says that its upstream did not.
struct answer_head {
    std::string id;            ///< where the upstream gave none
    std::string model;         ///< where the upstream named none
    std::int64_t created = 0;  ///< Unix seconds
    /// As in message_translation: what this tool is called with is the text of the answer.
    std::string answer_tool{};
};

openai::chat_response to_chat(anthropic::message from, const answer_head& head);

/// Of the first choice.
anthropic::message to_message(openai::chat_response from, const answer_head& head);

}  // namespace tessera::server::cortex
