#pragma once
// Conversations in OpenAI's form, answered by the model.
#include <string>

#include "cerebrium/runs.hpp"
#include "chat/sampling.hpp"
#include "inference/task.hpp"
#include "tessera/cerebrium/chat.hpp"

namespace tessera::server::cerebrium {

namespace wire = tessera::cerebrium;

/// What all chunks of an answer have in common, and how one is made.
struct chunk_form {
    std::string run_id;
    std::string model;
    std::string fingerprint;
    bool page = false;  // as the vendor's page shows them: text alone

    wire::chat_chunk begin(const clock& time) const;
};

/// What the model is asked for. Issues have the names of the request's members.
chat_task read_chat_task(openai::chat_request& request, const model_card& card, bool page,
                         issue_list& issues);

/// Answers a chat of a function that is the model.
void create_chat_completion(service& with, function_call call);

/// The vendor's page's function: takes OpenAI's request and yields chunks.
detail::function_body openai_body(service& with, std::string model);

}  // namespace tessera::server::cerebrium
