#pragma once
// OpenAI's own chats, as APIs take them that have their requests as they are.
#include "chat/refusal.hpp"
#include "chat/sampling.hpp"
#include "inference/answer.hpp"
#include "inference/task.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server {

/// The reason that an answer gives for its end.
openai::finish_reason finish_of(ending reason);

/// As chats call the parts of a task.
part_names chat_names();

/// What the model is asked for, but for a seed. Issues have the names of the request's members. The
/// messages and the form are moved out of it.
chat_task read_openai_chat(openai::chat_request& request, const model_card& card,
                           issue_list& issues);

}  // namespace tessera::server
