#pragma once
// What a model can do beside talk, found out from what its chat template prints.
#include <functional>
#include <optional>
#include <string>

#include "inference/local/splitter.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server {

/// What a chat's prompt is made of, in the form that chat templates read.
struct conversation {
    json::value messages;
    json::value tools = json::value::array();
    std::optional<bool> think{};  // nothing: as the model likes

    /// The variables of a template that prints the prompt of an answer.
    json::value context() const;
};

/// The marks around thoughts (<think>) and calls (<tool_call>, a JSON object of "name" and
/// "arguments" between them) are those of Hermes and Qwen; they are empty for a model whose
/// template prints nothing of the kind.
struct dialect {
    answer_marks marks{};

    /// How the answer to a conversation begins.
    struct beginning {
        bool thinking = false;   // the prompt opens the thoughts
        bool may_think = false;  // the model may open them
    };
    /// Nothing if the model cannot think as `think` wants it to.
    std::optional<beginning> beginning_of(std::optional<bool> think) const;
    /// What the prompt lacks where thoughts are wanted that the template leaves to the model.
    std::string prompt_tail(std::optional<bool> think) const;

    /// Where a prompt leaves the thoughts.
    enum class prompt_end { outside, opened, closed };
    prompt_end free = prompt_end::outside;  // where they are left to the model
    prompt_end asked = prompt_end::outside;
    prompt_end forbidden = prompt_end::outside;

  private:
    prompt_end end_of(std::optional<bool> think) const;
};

/// `render` prints a context by the template, and throws a std::exception for what that refuses.
dialect learn_dialect(const std::function<std::string(const json::value& context)>& render);

}  // namespace tessera::server
