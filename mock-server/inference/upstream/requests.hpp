#pragma once
// From tasks to requests of an upstream, and from its answers to what a model says.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "inference/answer.hpp"
#include "inference/task.hpp"
#include "inference/upstream/wire.hpp"
#include "tessera/core/error.hpp"

namespace tessera::server::upstream {

/// Without the model's name. What the wire has no words for is refused.
std::variant<chat_request, refusal> request_of(chat_task task);
std::variant<text_request, refusal> request_of(text_task task);
openai::embedding_request request_of(embedding_task task);

/// What a choice of a chunk adds. Of a chat, `hides` the thoughts.
answer_delta delta_of(chat_choice& from, bool hides);
answer_delta delta_of(text_choice& from, bool hides);

/// Nothing while the choice goes on.
std::optional<ending> ending_of(const std::optional<std::string>& finish_reason);

/// What a stream says of its use: once for all choices, or by llama.cpp once for each. Nothing
/// where nobody can tell which.
class usage_count {
  public:
    /// `per_prompt` of the choices have the same prompt.
    usage_count(std::size_t choices, std::size_t per_prompt)
        : choices_(choices), per_prompt_(static_cast<std::int64_t>(per_prompt)) {}

    void add(const openai::usage& reported);
    totals all() const;

  private:
    std::size_t choices_;
    std::int64_t per_prompt_;
    std::size_t reports_ = 0;
    totals last_;
    std::int64_t prompt_tokens_ = 0;
    std::int64_t completion_tokens_ = 0;
};

/// What the client is told of a call that failed: its own mistakes stay its own; all others are
/// those of a gateway.
refusal refusal_of(const error& reason);

}  // namespace tessera::server::upstream
