#include "world/chat_form.hpp"

#include <gtest/gtest.h>

#include "text/chat_template.hpp"
#include "world/corpus.hpp"

namespace tessera::engine::world {
namespace {

std::string render(json context) {
    context["add_generation_prompt"] = true;
    return chat_template::parse(std::string(chat_template_source())).render(context);
}

TEST(chat_form, writes_a_document_as_the_template_writes_its_conversation) {
    const auto form = chat_template::parse(std::string(chat_template_source()));
    corpus text(21);
    for (int i = 0; i < 300; ++i) {
        const auto c = text.next_conversation();
        if (c.enable_thinking) continue;
        ASSERT_EQ(to_document(c).text(),
                  form.render(json{{"messages", c.messages}, {"tools", c.tools}}));
    }
}

TEST(chat_form, takes_what_the_api_allows) {
    const auto context = json::parse(R"({"enable_thinking": true, "messages": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "a", "arguments": {"x": 1}}},
            {"id": "2", "type": "function", "function": {"name": "b", "arguments": "{\"y\": 2}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "ok"},
        {"role": "assistant", "reasoning": "Hm.", "content": "Done."}],
        "tools": [{"type": "function", "function": {"name": "bare"}},
        {"type": "function", "function": {"name": "a", "description": "Does it.", "parameters":
            {"type": "object", "properties": {"x": {"type": "integer"}, "u": {"enum": ["p", "q"]}}}}}]})");
    EXPECT_EQ(render(context),
              "<|begin|><|tools|>bare()\na(x: integer, u [\"p\", \"q\"]) Does it.\n<|end|>"
              "<|system|>Be brief.<|end|><|user|>Hi<|end|>"
              "<|assistant|><tool_call>{\"name\": \"a\", \"arguments\": {\"x\": 1}}</tool_call>"
              "<tool_call>{\"name\": \"b\", \"arguments\": {\"y\": 2}}</tool_call><|end|>"
              "<|tool|>ok<|end|><|assistant|><think>Hm.</think>Done.<|end|><|assistant|><think>");
}

TEST(chat_form, opens_the_answer_as_thinking_is_wanted) {
    const json messages = json::parse(R"([{"role": "user", "content": "Hi"}])");
    const std::string start = "<|begin|><|user|>Hi<|end|><|assistant|>";
    EXPECT_EQ(render({{"messages", messages}}), start);
    EXPECT_EQ(render({{"messages", messages}, {"enable_thinking", true}}), start + "<think>");
    EXPECT_EQ(render({{"messages", messages}, {"enable_thinking", false}}),
              start + "<think></think>");
}

TEST(chat_form, is_the_form_of_the_bundled_model) {
    const auto bundled = chat_template::load(TESSERA_SOURCE_DIR "/reference-engine/bundled");
    const auto own = chat_template::parse(std::string(chat_template_source()));
    corpus text(22);
    for (int i = 0; i < 100; ++i) {
        const auto c = text.next_conversation();
        const json context = {{"messages", c.messages}, {"tools", c.tools}};
        ASSERT_EQ(bundled.render(context), own.render(context));
    }
}

}  // namespace
}  // namespace tessera::engine::world
