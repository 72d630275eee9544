#pragma once
// Why answers end.
#include <optional>
#include <string>

#include "tessera/anthropic/message.hpp"
#include "tessera/openai/choices.hpp"

namespace tessera::server::cortex {

using stop_reason_type = json::nullable<json::open_enum<anthropic::stop_reason>>;
using finish_reason_type = std::optional<json::open_enum<openai::finish_reason>>;

/// The stop sequence that ended a choice, in the member by which followers of OpenAI's name it.
std::optional<std::string> stop_sequence_in(const json::value& extra);
void put_stop_sequence(json::value& extra, std::string sequence);

/// `calls`: the answer calls tools, which an upstream that stopped for no other reason did for
/// them, whatever it says. What it says in words that are newer than this is a good end.
openai::finish_reason finish_reason_of(const stop_reason_type& said, bool calls);

/// `refuses`: the answer is a refusal. `at_sequence`: a stop sequence is known to have ended it.
anthropic::stop_reason stop_reason_of(const finish_reason_type& said, bool calls, bool refuses,
                                      bool at_sequence);

}  // namespace tessera::server::cortex
