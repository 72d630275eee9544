#pragma once
// Tokens of transcriptions.
#include <optional>
#include <variant>

#include "cortex/translation/usage.hpp"
#include "tessera/openai/transcripts.hpp"

namespace tessera::server::cortex {

/// None where seconds are told, or nothing.
inline token_counts counts_of(const std::optional<openai::transcription_usage>& used) {
    const auto* tokens = used ? std::get_if<openai::transcription_tokens>(&*used) : nullptr;
    if (!tokens) return {};
    return {.prompt = tokens->input_tokens, .answer = tokens->output_tokens};
}

}  // namespace tessera::server::cortex
