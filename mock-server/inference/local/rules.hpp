#pragma once
// From what an answer may be to what the engine draws by.
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "inference/answer.hpp"
#include "inference/local/splitter.hpp"
#include "inference/local/state.hpp"
#include "inference/task.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server {

json::value object_of(const openai::json_object& members);

/// Nothing: as the model likes.
std::optional<bool> wants_thoughts(const chat_task& task);

/// What a choice begins with, and what it keeps to; no grammar where everything is allowed.
struct readied_rules {
    answer_splitter::options parts{};
    std::shared_ptr<const engine::answer_grammar> grammar{};
};

/// Bounded in time and memory, whatever the rules say.
std::variant<readied_rules, refusal> rules_of(const local_state& of, const chat_task& task);
/// `prompt` may end inside of thoughts.
std::variant<readied_rules, refusal> rules_of(const local_state& of, const text_task& task,
                                              std::string_view prompt);

}  // namespace tessera::server
