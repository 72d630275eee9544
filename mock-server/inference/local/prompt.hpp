#pragma once
// Prompts as a model reads them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inference/local/state.hpp"
#include "inference/task.hpp"
#include "tessera/core/result.hpp"

namespace tessera::server {

/// Whether a message holds nothing but text.
bool is_text(const openai::message& message);

/// The prompt that the chat template makes of a conversation, ready for the answer. Errors:
/// bad_request for more tokens than the context holds, invalid_argument when the template refuses
/// the conversation.
result<std::vector<int>> chat_prompt(const local_state& of, const chat_task& task);

/// A text that is continued.
struct readied_text {
    std::vector<int> tokens;
    std::string text;
    std::size_t hidden = 0;  // tokens in front that the text does not show
};
/// With what the tokenizer adds in front of text. Errors: bad_request as above.
result<readied_text> text_prompt_of(const local_state& of, const text_prompt& given);

/// The tokens of a text that is read and not continued: as many as the context holds. Errors as
/// above, which call the text `name`.
result<std::vector<int>> input_of(const local_state& of, const text_prompt& given,
                                  const std::string& name);

/// A conversation as it is learned: in one document, or in several where the template prints the
/// same turn differently later on.
struct learned_conversation {
    std::vector<int> tokens;
    std::vector<std::uint8_t> learned;  // [token]: not 0 for what the assistant says, ends included
    std::vector<int> document_starts;
};
/// What chat_prompt() gives before each turn of the assistant, and the turn. Errors:
/// invalid_argument where there is no such turn or the template refuses, bad_request for more tokens
/// than the context holds.
result<learned_conversation> learned_turns(const local_state& of,
                                           const std::vector<openai::message>& messages);

/// The tokens of a text inside an answer, of its front if it is longer than the context.
std::vector<int> answer_tokens(const local_state& of, std::string_view text);

}  // namespace tessera::server
