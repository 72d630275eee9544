#pragma once
// What goes wrong behind the gateway, as its clients are told.
#include <string>
#include <string_view>

#include "tessera/anthropic/errors.hpp"
#include "tessera/core/error.hpp"
#include "web/error_content.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

enum class dialect {
    chat,     ///< OpenAI's
    messages  ///< Anthropic's
};

/// The word for a status in a dialect: "invalid_request_error", "provider_error", ...
std::string_view error_type_of(int status, dialect in);

/// A call of `provider` that failed, before or after the first byte. 400, 404 and 429 stay what they
/// are, the last with the pause that the upstream asked for; other mistakes of the request are 400;
/// all else is 502. Message, code and param are the upstream's own; where it has no code, its type.
/// The type is left to the dialect.
problem problem_of(const error& reason, std::string_view provider);

/// The body of an error of chats, and the last frame of a stream that failed.
struct chat_error {
    error_content error;
};

constexpr auto describe(json::type<chat_error>) {
    return json::object<chat_error>("ChatError", json::field("error", &chat_error::error));
}

chat_error chat_error_of(const problem& reason);

/// The body of an error of messages, and the last event of a stream that failed.
anthropic::error_body message_error_of(const problem& reason);

}  // namespace tessera::server::cortex
