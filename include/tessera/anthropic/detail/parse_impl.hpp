#pragma once

#include "tessera/anthropic/parse.hpp"

namespace tessera::anthropic::detail {

TESSERA_DEF
result<tool_use_block> find_answer(const message& said, std::string_view name) {
    const auto failed = [&](error_kind kind, std::string message) {
        return error{.kind = kind, .message = std::move(message), .body = said.text()};
    };
    const auto ended_by = [&](stop_reason reason) {
        return said.stop_reason && *said.stop_reason == reason;
    };
    if (ended_by(stop_reason::refusal))
        return failed(error_kind::refusal,
                      "the model refused: " + json::detail::excerpt(said.text()));
    if (ended_by(stop_reason::max_tokens) || ended_by(stop_reason::model_context_window_exceeded))
        return failed(error_kind::incomplete_answer,
                      "the answer was cut off by a token limit: allow more tokens");
    for (const tool_use_block& call : said.tool_calls())
        if (call.name == name) return call;
    return failed(error_kind::empty_answer,
                  "the model did not call the tool that takes the answer");
}

}  // namespace tessera::anthropic::detail
