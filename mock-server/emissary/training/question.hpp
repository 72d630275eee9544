#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inference/training.hpp"

namespace tessera::server::emissary {

/// Of an answer that is drawn: longer ones are cut off.
inline constexpr std::int64_t most_answer_tokens = 512;

/// A conversation up to its last answer, and the text of that.
struct question {
    std::vector<openai::message> messages;
    std::string expected;  // empty where the assistant only calls tools
};

/// Of a conversation in which the assistant says something.
question question_of(const conversation_example& example);

}  // namespace tessera::server::emissary
