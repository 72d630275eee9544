#include "cortex/translation/answers.hpp"

#include <set>
#include <utility>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/inputs.hpp"
#include "cortex/translation/reasons.hpp"
#include "cortex/translation/texts.hpp"
#include "cortex/translation/thoughts.hpp"
#include "cortex/translation/usage.hpp"

namespace tessera::server::cortex {
namespace {

// What a chat says of an answer's parts.
struct chat_parts {
    std::string text{};
    std::optional<std::string> form{};  // the input of the tool that takes the answer
    std::string reasoning{};
    std::vector<thought> thoughts{};
    std::vector<openai::tool_call> calls{};
};

class collector {
  public:
    collector(const std::string& answer_id, const answer_head& head)
        : answer_id_(answer_id), head_(head) {}

    void operator()(anthropic::text_block& block) { made.text += block.text; }
    void operator()(anthropic::tool_use_block& block) {
        std::string input = text_of_input(block.input.members);
        if (!head_.answer_tool.empty() && block.name == head_.answer_tool) {
            made.form = std::move(input);
            return;
        }
        std::string id = block.id.empty() ? made_id(answer_id_, made.calls.size()) : block.id;
        made.calls.push_back(
            {.id = std::move(id),
             .type = "function",
             .function = {.name = std::move(block.name), .arguments = std::move(input)}});
    }
    void operator()(anthropic::thinking_block& block) {
        made.reasoning += block.thinking;
        made.thoughts.push_back(std::move(block));
    }
    void operator()(anthropic::redacted_thinking_block& block) {
        made.thoughts.push_back(std::move(block));
    }
    // Of tools of the service's own, which no chat asks for.
    void operator()(anthropic::other&) {}

    chat_parts made;

  private:
    const std::string& answer_id_;
    const answer_head& head_;
};

std::string or_else(std::string given, const std::string& other) {
    return given.empty() ? other : std::move(given);
}

}  // namespace

openai::chat_response to_chat(anthropic::message from, const answer_head& head) {
    openai::chat_response made{.id = or_else(std::move(from.id), head.id),
                               .choices = {},
                               .created = head.created,
                               .model = or_else(std::move(from.model), head.model),
                               .usage = chat_usage(counts_of(from.usage))};
    collector parts(made.id, head);
    for (anthropic::content_block& each : from.content) std::visit(parts, each);
    chat_parts& said = parts.made;

    openai::chat_choice choice{
        .finish_reason = finish_reason_of(from.stop_reason, !said.calls.empty()),
        .index = 0,
        .message = {}};
    openai::chat_response_message& message = choice.message;
    if (said.form)
        message.content = std::move(said.form);
    else if (!said.text.empty() || said.calls.empty())
        message.content = std::move(said.text);
    if (!said.calls.empty()) message.tool_calls = std::move(said.calls);
    if (!said.reasoning.empty()) put_reasoning(message.extra, std::move(said.reasoning));
    if (!said.thoughts.empty()) put_thoughts(message.extra, said.thoughts);
    if (from.stop_sequence) put_stop_sequence(choice.extra, *from.stop_sequence);
    made.choices.push_back(std::move(choice));
    return made;
}

anthropic::message to_message(openai::chat_response from, const answer_head& head) {
    anthropic::message made{.id = or_else(std::move(from.id), head.id),
                            .model = or_else(std::move(from.model), head.model)};
    if (from.usage) made.usage = message_usage(counts_of(*from.usage));
    if (from.choices.empty()) {
        made.stop_reason = anthropic::stop_reason::end_turn;
        return made;
    }
    openai::chat_choice& choice = from.choices.front();
    openai::chat_response_message& message = choice.message;
    const bool refuses = message.refusal && !is_blank(*message.refusal);
    for (thought& each : all_thoughts_in(message.extra))
        std::visit([&](auto& block) { made.content.emplace_back(std::move(block)); }, each);
    for (std::optional<std::string>* text : {&message.content, &message.refusal})
        if (*text && !is_blank(**text))
            made.content.emplace_back(anthropic::text_block{.text = std::move(**text)});
    std::set<std::string> ids;
    std::size_t calls = 0;
    if (message.tool_calls)
        for (openai::tool_call& each : *message.tool_calls) {
            anthropic::tool_use_block block;
            block.id = each.id.empty() ? std::string() : portable_id(each.id);
            if (block.id.empty() || !ids.insert(block.id).second)
                block.id = made_id(made.id, calls);
            block.name = std::move(each.function.name);
            block.input.members = input_of_text(each.function.arguments);
            made.content.emplace_back(std::move(block));
            ++calls;
        }
    auto sequence = stop_sequence_in(choice.extra);
    made.stop_reason =
        stop_reason_of(choice.finish_reason, calls > 0, refuses, sequence.has_value());
    if (*made.stop_reason == anthropic::stop_reason::stop_sequence)
        made.stop_sequence = *std::move(sequence);
    return made;
}

}  // namespace tessera::server::cortex
