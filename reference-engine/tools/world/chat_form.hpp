#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tessera::engine::world {

using json = nlohmann::ordered_json;

/// The special tokens of the bundled model, in the order of their ids, which start at 0.
namespace special {
inline constexpr std::string_view begin = "<|begin|>", end = "<|end|>", system = "<|system|>",
                                  tools = "<|tools|>", user = "<|user|>",
                                  assistant = "<|assistant|>", tool = "<|tool|>", think = "<think>",
                                  think_end = "</think>", tool_call = "<tool_call>",
                                  tool_call_end = "</tool_call>";
inline constexpr std::string_view all[] = {
    begin, end, system, tools, user, assistant, tool, think, think_end, tool_call, tool_call_end};
inline constexpr int begin_id = 0, end_id = 1, assistant_id = 5;
}  // namespace special

/// The chat template of the bundled model (Jinja), as it stands in tokenizer_config.json.
std::string_view chat_template_source();

/// A conversation in the form of the chat API. The last message is the assistant's.
struct conversation {
    json messages = json::array();
    json tools = json::array();
    /// true: the prompt ends with <think>. false: with an empty think block. Absent: the model
    /// decides.
    std::optional<bool> enable_thinking;
    /// The beginning of the answer that something other than the model wrote, such as a grammar.
    std::string forced;
};

/// What the chat template makes of messages, the generation prompt included.
std::string render_prompt(std::span<const json> messages, const json& tools,
                          std::optional<bool> enable_thinking);
/// An assistant's message as the model writes it, without the end of the turn.
std::string render_answer(const json& message);
/// Text of a value with a space after ':' and ',', as templates' tojson writes it.
std::string spaced(const json& value);

}  // namespace tessera::engine::world
