// Every member of ChatCompletionRequest.
#include <gtest/gtest.h>

#include <cmath>

#include "contract/members.hpp"

namespace tessera::contract {
namespace {

using request = cerebras::chat_request;

// <|start|>, and for each message <|role|>, its bytes and <|end|>, then <|assistant|>.
void messages() {
    auto talk = plain<chat>();
    const auto prompt_tokens = [&](std::vector<openai::message> all) {
        talk.messages = std::move(all);
        return ask<chat>(talk).usage.prompt_tokens;
    };
    EXPECT_EQ(prompt_tokens({user("Hi")}), 6);
    EXPECT_EQ(prompt_tokens({system("Be."), user("Hi"), assistant("Hello"), user("")}), 20);
    EXPECT_EQ(prompt_tokens({developer("Be."), user("é")}), 11);
    talk.messages = {user("Hi")};
    const std::string first = said<chat>(talk);
    openai::user_message parts;
    parts.content = std::vector<openai::content_part>{openai::text_content{.text = "H"},
                                                      openai::text_content{.text = "i"}};
    talk.messages = {parts};
    EXPECT_EQ(said<chat>(talk), first);
    talk.messages = {user("Ho")};
    EXPECT_NE(said<chat>(talk), first);
    talk.messages = {system("Hi")};
    EXPECT_NE(said<chat>(talk), first);
    talk.messages = {};
    EXPECT_EQ(issues<chat>(talk).count("body.messages"), 1U);
}

// Log probabilities are the model's own, of the tokens that make up the text.
void logprobs() {
    auto talk = plain<chat>();
    talk.logit_bias = only("abcd");
    EXPECT_FALSE(ask<chat>(talk).choices.at(0).logprobs);
    talk.logprobs = true;
    const auto answer = ask<chat>(talk);
    const cerebras::chat_choice& choice = answer.choices.at(0);
    ASSERT_TRUE(choice.logprobs && choice.logprobs->content);
    EXPECT_EQ(static_cast<std::int64_t>(choice.logprobs->content->size()),
              answer.usage.completion_tokens);
    std::string text;
    for (const openai::token_logprob& each : *choice.logprobs->content) {
        for (const int byte : each.bytes.value()) text += static_cast<char>(byte);
        EXPECT_LT(each.logprob, 0);
        EXPECT_TRUE(each.top_logprobs.empty());
    }
    EXPECT_EQ(text, *choice.message.content);
}

void top_logprobs() {
    auto talk = plain<chat>();
    talk.logprobs = true;
    for (const int wanted : {1, 5, 20}) {
        talk.top_logprobs = wanted;
        const auto answer = ask<chat>(talk);
        for (const openai::token_logprob& each : *answer.choices.at(0).logprobs.value().content) {
            EXPECT_EQ(each.top_logprobs.size(), static_cast<std::size_t>(wanted));
            double sum = 0;
            double before = 0;
            bool listed = false;
            for (const openai::top_logprob& rival : each.top_logprobs) {
                EXPECT_LE(rival.logprob, before);
                before = rival.logprob;
                sum += std::exp(rival.logprob);
                if (rival.bytes != each.bytes) continue;
                EXPECT_EQ(rival.logprob, each.logprob);
                listed = true;
            }
            EXPECT_LE(sum, 1 + 1e-5);
            if (!listed) {
                EXPECT_LE(each.logprob, before);
            }
        }
    }
    talk.top_logprobs = 21;
    EXPECT_EQ(issues<chat>(talk).count("body.top_logprobs"), 1U);
    talk.top_logprobs = 2;
    talk.logprobs.reset();
    EXPECT_EQ(issues<chat>(talk).count("body.top_logprobs"), 1U);
}

// Two spellings of one number must not contradict each other.
void agree(std::optional<std::int64_t> request::*one, std::optional<std::int64_t> request::*other,
           const char* place) {
    auto talk = chat::saying("ab");
    talk.logit_bias = only("abcd");
    talk.max_tokens = 4;
    talk.*one = 3;
    talk.*other = 3;
    const auto both = ask<chat>(talk);
    EXPECT_LE(both.usage.completion_tokens, 4);
    talk.*other = 2;
    EXPECT_EQ(issues<chat>(talk).count(place), 1U);
}

void max_tokens() {
    longest<chat>(&request::max_tokens);
    agree(&request::max_completion_tokens, &request::max_tokens, "body.max_tokens");
}
void max_completion_tokens() {
    longest<chat>(&request::max_completion_tokens);
    agree(&request::max_completion_tokens, &request::max_tokens, "body.max_tokens");
}
void min_tokens() {
    shortest<chat>(&request::min_tokens);
    agree(&request::min_completion_tokens, &request::min_tokens, "body.min_tokens");
}
void min_completion_tokens() {
    shortest<chat>(&request::min_completion_tokens);
    agree(&request::min_completion_tokens, &request::min_tokens, "body.min_tokens");
}

void service_tier() {
    auto talk = plain<chat>();
    EXPECT_FALSE(ask<chat>(talk).service_tier);
    using tier = cerebras::service_tier;
    const std::pair<tier, const char*> tiers[] = {{tier::automatic, "default"},
                                                  {tier::standard, "default"},
                                                  {tier::flex, "flex"},
                                                  {tier::priority, "priority"}};
    for (const auto& [asked, served] : tiers) {
        talk.service_tier = asked;
        EXPECT_EQ(ask<chat>(talk).service_tier, served);
        EXPECT_EQ(stream<chat>(talk).back().service_tier, served);
    }
    talk.service_tier = json::open_enum<tier>("gold");
    EXPECT_EQ(issues<chat>(talk).count("body.service_tier"), 1U);
}

const json::value a_function = {{"type", "function"}, {"function", {{"name", "f"}}}};

void response_format() {
    is_refused<chat>("response_format", {{"type", "json_object"}});
    is_refused<chat>("response_format",
                     {{"type", "json_schema"}, {"json_schema", {{"name", "x"}}}});
    is_taken<chat>("response_format", {{"type", "text"}});
}
void tools() {
    is_refused<chat>("tools", json::value::array({a_function}));
    is_taken<chat>("tools", json::value::array());
}
void tool_choice() {
    is_refused<chat>("tool_choice", "auto");
    is_refused<chat>("tool_choice", "required");
    is_refused<chat>("tool_choice", a_function);
    is_taken<chat>("tool_choice", "none");
}
// Without tools it asks for nothing.
void parallel_tool_calls() {
    is_taken<chat>("parallel_tool_calls", true);
    is_taken<chat>("parallel_tool_calls", false);
    EXPECT_EQ(issues<chat>(plain<chat>(), with("parallel_tool_calls", "yes"))
                  .count("body.parallel_tool_calls"),
              1U);
}
void reasoning_effort() {
    for (const char* effort : {"low", "medium", "high"})
        is_refused<chat>("reasoning_effort", effort);
    is_taken<chat>("reasoning_effort", "none");
}
void disable_reasoning() { is_refused<chat>("disable_reasoning", true); }
void clear_thinking() { is_refused<chat>("clear_thinking", true); }
void prediction() { is_refused<chat>("prediction", {{"type", "content"}, {"content", "x"}}); }

const std::vector<member_test> tests = {
    {"model", &model<chat>},
    {"stream", &streamed<chat>},
    {"messages", &messages},
    {"frequency_penalty", &frequency_penalty<chat>},
    {"logit_bias", &logit_bias<chat>},
    {"logprobs", &logprobs},
    {"top_logprobs", &top_logprobs},
    {"max_tokens", &max_tokens},
    {"max_completion_tokens", &max_completion_tokens},
    {"min_tokens", &min_tokens},
    {"min_completion_tokens", &min_completion_tokens},
    {"n", &n<chat>},
    {"presence_penalty", &presence_penalty<chat>},
    {"reasoning_effort", &reasoning_effort},
    {"disable_reasoning", &disable_reasoning},
    {"clear_thinking", &clear_thinking},
    {"reasoning_format", &reasoning_format<chat>},
    {"response_format", &response_format},
    {"seed", &seed<chat>},
    {"service_tier", &service_tier},
    {"stop", &stop<chat>},
    {"stream_options", &stream_options<chat>},
    {"temperature", &temperature<chat>},
    {"top_p", &top_p<chat>},
    {"tools", &tools},
    {"tool_choice", &tool_choice},
    {"parallel_tool_calls", &parallel_tool_calls},
    {"user", &user_name<chat>},
    {"prediction", &prediction},
    {"prompt_cache_key", &prompt_cache_key<chat>},
};

class chat_member : public ::testing::TestWithParam<member_test> {};
TEST_P(chat_member, is_honoured) { GetParam().check(); }
TEST_P(chat_member, is_missed_when_ignored) { EXPECT_TRUE(fails_without(GetParam())); }
INSTANTIATE_TEST_SUITE_P(every, chat_member, ::testing::ValuesIn(tests), name_of);

TEST(chat_members, are_all_tested) { every_member_is_tested<request>(tests); }

}  // namespace
}  // namespace tessera::contract
