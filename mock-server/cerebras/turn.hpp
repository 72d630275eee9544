#pragma once
// What a chat request asks of the model's turn beside sampling: who has said what, which tools
// there are, whether it thinks, and what the answer may be.
#include <cstddef>
#include <span>
#include <vector>

#include "cerebras/parameters.hpp"
#include "inference/local/reader.hpp"

namespace tessera::server::cerebras {

struct turn {
    conversation talk;
    answer_rules rules{};
    std::vector<std::size_t> tool_places{};  // in the request, of the rules' tools
    thoughts_shown shown = thoughts_shown::apart;

    answer_splitter::options parts() const {
        return {.thinking = rules.thinking,
                .may_think = rules.may_think,
                .may_call = rules.max_calls != 0};
    }
};

/// What is wrong with the request goes to `issues`.
turn turn_of(const wire::chat_request& request, const loaded_model& model, issue_list& issues);

/// The rules made ready. What cannot be kept goes to `issues`, with the place of the parameter that
/// asks for it. `tool_places` as in turn.
compiled_rules compile_rules(const answer_rules& rules, std::span<const std::size_t> tool_places,
                             const loaded_model& model, issue_list& issues);

/// What the model cannot do, by the parameter's name.
std::optional<problem> refuse_unsupported(const wire::chat_request& request,
                                          const loaded_model& model);

/// Of a chat. Thoughts are apart unless something else is asked for.
thoughts_shown shown_thoughts(const json::open_enum<wire::reasoning_format>& format);

}  // namespace tessera::server::cerebras
