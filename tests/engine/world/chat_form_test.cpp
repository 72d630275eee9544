#include "world/chat_form.hpp"

#include <gtest/gtest.h>

#include "text/chat_template.hpp"
#include "world/corpus.hpp"

namespace tessera::engine::world {
namespace {

std::string by_template(const chat_template& form, const json& messages, const json& tools,
                        std::optional<bool> think, bool generate) {
    json context = {{"messages", messages}, {"add_generation_prompt", generate}};
    if (!tools.empty()) context["tools"] = tools;
    if (think) context["enable_thinking"] = *think;
    return form.render(context);
}

TEST(chat_form, is_what_the_chat_template_makes) {
    const auto form = chat_template::parse(std::string(chat_template_source()));
    corpus text(21);
    for (int i = 0; i < 500; ++i) {
        const auto c = text.next_conversation();
        const std::span<const json> messages(c.messages.get_ptr<const json::array_t*>()->data(),
                                             c.messages.size());
        json asked = json::array();
        for (const auto& m : messages.first(messages.size() - 1)) asked.push_back(m);
        ASSERT_EQ(render_prompt(messages.first(messages.size() - 1), c.tools, c.enable_thinking),
                  by_template(form, asked, c.tools, c.enable_thinking, true));
        if (c.enable_thinking) continue;
            ASSERT_EQ(to_document(c).text(), by_template(form, c.messages, c.tools, {}, false));
    }
}

TEST(chat_form, takes_what_the_api_allows) {
    const auto form = chat_template::parse(std::string(chat_template_source()));
    const auto messages = json::parse(R"([
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "a", "arguments": {"x": 1}}},
            {"id": "2", "type": "function", "function": {"name": "b", "arguments": "{\"y\": 2}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
        {"role": "assistant", "reasoning": "Hm.", "content": "Done."}])");
    const auto tools = json::parse(R"([{"type": "function", "function": {"name": "bare"}},
        {"type": "function", "function": {"name": "a", "description": "Does it.",
         "parameters": {"type": "object", "properties": {"x": {"type": "integer"}, "u": {"enum": ["p", "q"]}}}}}])");
    EXPECT_EQ(by_template(form, messages, tools, true, true),
              "<|begin|><|tools|>bare()\na(x: integer, u [\"p\", \"q\"]) Does "
              "it.\n<|end|><|system|>Be brief.<|end|>"
              "<|user|>Hi<|end|><|assistant|><tool_call>{\"name\": \"a\", \"arguments\": {\"x\": "
              "1}}</tool_call>"
              "<tool_call>{\"name\": \"b\", \"arguments\": {\"y\": "
              "2}}</tool_call><|end|><|tool|>ok<|end|>"
              "<|assistant|><think>Hm.</think>Done.<|end|><|assistant|><think>");
}

}  // namespace
}  // namespace tessera::engine::world
