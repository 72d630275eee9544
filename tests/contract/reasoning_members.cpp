#include <gtest/gtest.h>

#include "contract/turn_members.hpp"

namespace tessera::contract {

namespace {
using effort = cerebras::reasoning_effort;
}

void reasoning_effort() {
    auto talk = asking();
    EXPECT_FALSE(message_of(talk).reasoning);
    for (const effort each : {effort::low, effort::medium, effort::high}) {
        talk.reasoning_effort = each;
        const auto message = message_of(talk);
        EXPECT_FALSE(message.reasoning.value().empty());
        EXPECT_EQ(message.content, "The capital of France is Paris.");
    }
    // A model that would never stop thinking is stopped, after a share of its context.
    talk.logit_bias.emplace();
    for (const char* end : {"</think>", "<|end|>"})
        talk.logit_bias->emplace(std::to_string(bundled_token(end)), -100);
    const std::pair<effort, int> most[] = {
        {effort::low, 64}, {effort::medium, 256}, {effort::high, 1024}};
    for (const auto& [each, tokens] : most) {
        talk.reasoning_effort = each;
        const auto answer = ask<bundled_chat>(talk);
        const auto thoughts = thought_tokens_of(answer.usage);
        EXPECT_GT(thoughts, tokens);
        EXPECT_LE(thoughts, tokens + 8);  // and the mark, in whatever tokens
    }
    is_refused<chat>("reasoning_effort", "low");
    is_taken<chat>("reasoning_effort", "none");
}

// This model thinks when it is told to, unless it may not.
void disable_reasoning() {
    auto talk = asking("Think first. What is the capital of France?");
    EXPECT_TRUE(message_of(talk).reasoning);
    talk.disable_reasoning = true;
    const auto message = message_of(talk);
    EXPECT_FALSE(message.reasoning);
    EXPECT_NE(message.content.value().find("Paris"), std::string::npos);
    talk.reasoning_effort = effort::low;
    EXPECT_EQ(issues<bundled_chat>(talk).count("body.disable_reasoning"), 1U);
    is_taken<chat>("disable_reasoning", true);
}

// Thoughts of earlier turns are left out; those since the latest user message stay.
void clear_thinking() {
    openai::assistant_message thoughtful = assistant("Hello.");
    thoughtful.reasoning = openai::text_only_content("The user greets me.");
    const auto prompt_tokens = [&](std::optional<bool> clear, bool thoughts, bool earlier) {
        auto talk = asking("Hi");
        openai::assistant_message said = thoughtful;
        if (!thoughts) said.reasoning.reset();
        talk.messages.push_back(said);
        if (earlier) talk.messages.push_back(user("How are you?"));
        talk.clear_thinking = clear;
        talk.max_completion_tokens = 0;
        return ask<bundled_chat>(talk).usage.prompt_tokens.value();
    };
    EXPECT_EQ(prompt_tokens(true, true, true), prompt_tokens(true, false, true));
    EXPECT_GT(prompt_tokens(false, true, true), prompt_tokens(false, false, true));
    EXPECT_EQ(prompt_tokens({}, true, true), prompt_tokens(false, true, true));
    EXPECT_GT(prompt_tokens(true, true, false), prompt_tokens(true, false, false));
}

void reasoning_format() {
    auto talk = asking();
    talk.reasoning_effort = effort::low;
    talk.logprobs = true;
    const auto plain_answer = ask<bundled_chat>(talk);
    const cerebras::chat_choice& usual = plain_answer.choices.at(0);
    const std::string thoughts = usual.message.reasoning.value();
    const std::string content = usual.message.content.value();
    EXPECT_EQ(text_of(usual.reasoning_logprobs), thoughts);
    EXPECT_EQ(text_of(usual.logprobs), content);
    using format = cerebras::reasoning_format;
    for (const format each :
         {format::none, format::parsed, format::text_parsed, format::raw, format::hidden}) {
        talk.reasoning_format = each;
        const auto answer = ask<bundled_chat>(talk);
        const cerebras::chat_choice& choice = answer.choices.at(0);
        EXPECT_EQ(thought_tokens_of(answer.usage), thought_tokens_of(plain_answer.usage));
        const std::string whole = thoughts + "</think>" + content;
        if (each == format::raw) {
            EXPECT_EQ(choice.message.content, "<think>" + whole);
            EXPECT_EQ(text_of(choice.logprobs), whole);
        } else {
            EXPECT_EQ(choice.message.content, content);
            EXPECT_EQ(text_of(choice.logprobs), each == format::text_parsed ? whole : content);
        }
        const bool shown = each != format::raw && each != format::hidden;
        EXPECT_EQ(choice.message.reasoning, shown ? std::optional(thoughts) : std::nullopt);
        EXPECT_EQ(choice.reasoning_logprobs.has_value(), shown && each != format::text_parsed);
        cerebras::chat_accumulator sum;
        for (const auto& chunk : stream<bundled_chat>(talk)) sum.add(chunk);
        EXPECT_EQ(json::encode(sum.response().choices), json::encode(answer.choices));
    }
}

}  // namespace tessera::contract
