#pragma once
// A transcript in OpenAI's forms.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cortex/providers/answering.hpp"
#include "speech/transcript.hpp"

namespace tessera::server::cortex {

/// Of a model of the gateway's own: in tokens for those of the name gpt-4o, else in seconds. A token
/// of the input is a tenth of a second, and one of the output a word.
openai::transcription_usage usage_of(const transcript& of, std::string_view model);

/// The whole answer that was asked for.
transcription_body body_of(const transcript& of, const openai::transcription_request& asked);

/// The events of a segment: a piece of the text for each word. `is_first`: nothing came before.
std::vector<openai::transcription_event> events_of(const spoken_segment& of, bool is_first,
                                                   bool tells_logprobs);
/// The last event.
openai::transcription_event end_of(const transcript& of,
                                   const openai::transcription_request& asked);

/// What a model of the gateway's own cannot do of what is asked (A17).
std::optional<problem> beyond(const openai::transcription_request& asked);

bool tells_logprobs(const openai::transcription_request& asked);

}  // namespace tessera::server::cortex
