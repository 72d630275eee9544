// Every member of ChatCompletionRequest.
#include <gtest/gtest.h>

#include <cmath>
#include <future>
#include <optional>

#include "contract/turn_members.hpp"

namespace tessera::contract {
namespace {
namespace chat_members {

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

using tier = cerebras::service_tier;

void service_tiers_are_named() {
    auto talk = plain<chat>();
    EXPECT_FALSE(ask<chat>(talk).service_tier);
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

running_server& busy_server() {
    static running_server server([] {
        auto settings = tiny_options();
        settings.models = {};
        settings.max_sequences = 1;
        return settings;
    }());
    return server;
}

// Of those that wait, the one with priority goes first though it came last.
void service_tier() {
    service_tiers_are_named();
    using busy = served_by<&busy_server, chat>;
    auto running = busy::saying("ab");
    running.min_completion_tokens = -1;
    auto holding = std::make_optional(busy::resource().stream(running));
    std::vector<std::future<response<cerebras::chat_response>>> waiting;
    for (const tier each : {tier::flex, tier::standard, tier::priority}) {
        auto talk = busy::saying("ab");
        talk.max_completion_tokens = talk.min_completion_tokens = 1;
        talk.service_tier = each;
        call_options options;
        const auto sent = as_sent<busy>(talk, options);
        waiting.push_back(busy::resource().async_create(sent, asio::use_future));
        const int all = 1 + static_cast<int>(waiting.size());
        ASSERT_TRUE(comes_true([&] { return load_of(busy_server()) == all; }));
    }
    holding.reset();
    std::vector<double> waited;
    for (auto& each : waiting) waited.push_back(each.get().time_info.queue_time.value());
    EXPECT_GT(waited[0], waited[1]);
    EXPECT_GT(waited[1], waited[2]);
}

// The text is the same, and is drafted from what was expected.
void prediction() {
    auto talk = plain<chat>();
    talk.logit_bias = only("abcd");
    const std::string expected = said<chat>(talk);
    const auto counts = [&](std::string text, std::int64_t n = 1) {
        talk.prediction = openai::prediction{.content = std::move(text)};
        talk.n = n;
        const auto answer = ask<chat>(talk);
        EXPECT_EQ(chat::text_of(answer.choices.at(0)), expected);
        const auto details = answer.usage.completion_tokens_details.value();
        return std::pair(static_cast<int>(details.accepted_prediction_tokens.value()),
                         static_cast<int>(details.rejected_prediction_tokens.value()));
    };
    EXPECT_EQ(counts(expected), std::pair(24, 0));
    EXPECT_EQ(counts(std::string(30, 'x')), std::pair(0, 30));
    const auto [accepted, rejected] = counts(expected.substr(0, 12) + "xyz");
    EXPECT_GE(accepted, 12);
    EXPECT_EQ(accepted + rejected, 15);
    EXPECT_GE(counts(expected, 2).first, 24);
    talk.n = 1;
    talk.logprobs = true;
    EXPECT_EQ(counts(expected), std::pair(24, 0));
}

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
    {"reasoning_format", &reasoning_format},
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

TEST(chat_members, are_all_tested) { every_member_is_tested(tests, "ChatCompletionRequest"); }

}  // namespace chat_members
}  // namespace
}  // namespace tessera::contract
