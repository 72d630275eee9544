#pragma once
// What a chat request asks of the model's turn beside sampling: who has said what, which tools
// there are, whether it thinks, and what the answer may be.
#include <cstddef>
#include <vector>

#include "answers/reader.hpp"
#include "cerebras/parameters.hpp"

namespace tessera::server::cerebras {

struct turn {
    conversation talk;
    answer_splitter::options answer{};
    thoughts_shown shown = thoughts_shown::apart;
};

/// What is wrong with the request goes to `issues`.
turn turn_of(const wire::chat_request& request, const loaded_model& model, issue_list& issues);

/// What the model cannot do, by the parameter's name.
std::optional<problem> refuse_unsupported(const wire::chat_request& request,
                                          const loaded_model& model);

/// Of a chat. Thoughts are apart unless something else is asked for.
thoughts_shown shown_thoughts(const json::open_enum<wire::reasoning_format>& format);

}  // namespace tessera::server::cerebras
