#pragma once
// Requests of the one dialect as requests of the other. What a request says and the other dialect
// has no words for is an issue, with its place in the request that came; members that the gateway's
// page does not name are left out.
#include <cstdint>
#include <optional>
#include <string>

#include "chat/sampling.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// What a translation to messages adds.
struct message_rules {
    std::int64_t max_tokens = 4096;  ///< where the request names no limit
};

/// A chat as a request for a message.
struct message_translation {
    anthropic::message_request request;
    /// The tool by which the model is made to answer in the request's `response_format`; empty
    /// where it asks for text. Whoever translates the answer has to know.
    std::string answer_tool{};
};

/// Nothing, and at least one issue, where the request cannot be translated.
std::optional<message_translation> to_messages(openai::chat_request from,
                                               const message_rules& rules, issue_list& issues);

/// What a provider of chats takes.
struct chat_rules {
    /// Whether it reads thoughts of earlier turns (`reasoning`); OpenAI itself refuses them.
    bool takes_thoughts = false;
    /// Whether the limit of tokens is named by its newer name alone: OpenAI's reasoning models
    /// refuse the older one, some other services the newer one.
    bool names_max_completion_tokens = false;
};

/// Nothing, and at least one issue, where the request cannot be translated. One that streams asks
/// for usage.
std::optional<openai::chat_request> to_chat(anthropic::message_request from,
                                            const chat_rules& rules, issue_list& issues);

}  // namespace tessera::server::cortex
