// Every member of CompletionRequest.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "contract/bundled.hpp"

namespace tessera::contract {
namespace {
namespace completion_members {

using request = cerebras::completion_request;

std::vector<std::string> texts_of(const cerebras::completion_response& answer) {
    std::vector<std::string> all;
    for (const cerebras::completion_choice& each : answer.choices)
        all.push_back(completion::text_of(each));
    return all;
}

// Letters as choices, so that every token is a character.
request lettered() {
    request made = plain<completion>();
    made.logit_bias = only("abcd");
    return made;
}

void prompt() {
    request one = lettered();
    one.prompt = "ab";
    const auto text = ask<completion>(one);
    EXPECT_EQ(text.usage->prompt_tokens, 2);
    one.prompt = std::vector<int>{'a', 'b'};
    EXPECT_EQ(texts_of(ask<completion>(one)), texts_of(text));
    one.prompt = std::vector<std::string>{"ab", "cde"};
    const auto texts = ask<completion>(one);
    ASSERT_EQ(texts.choices.size(), 2U);
    EXPECT_EQ(texts.usage->prompt_tokens, 5);
    EXPECT_EQ(texts_of(texts)[0], text.text());
    EXPECT_NE(texts_of(texts)[1], text.text());
    one.prompt = std::vector<std::vector<int>>{{'a', 'b'}, {'c', 'd', 'e'}};
    EXPECT_EQ(texts_of(ask<completion>(one)), texts_of(texts));
    one.prompt = "";
    EXPECT_EQ(ask<completion>(one).choices.size(), 1U);
    one.prompt = std::vector<std::vector<int>>{{'a'}, {'b', vocabulary_size}};
    EXPECT_EQ(issues<completion>(one).count("body.prompt.1.1"), 1U);
    one.prompt = std::vector<std::string>();
    EXPECT_EQ(issues<completion>(one).count("body.prompt"), 1U);
}

// The choices are those of the candidates whose tokens are the likeliest on average.
void best_of() {
    request all = lettered();
    all.n = 5;
    all.logprobs = 0;
    std::vector<std::pair<double, std::string>> ranked;
    for (const cerebras::completion_choice& each : ask<completion>(all).choices) {
        double sum = 0;
        for (const auto& logprob : *each.logprobs.value().token_logprobs) sum += *logprob;
        ranked.emplace_back(-sum, completion::text_of(each));
    }
    std::sort(ranked.begin(), ranked.end());
    request best = lettered();
    best.best_of = 5;
    best.n = 2;
    const auto answer = ask<completion>(best);
    ASSERT_EQ(answer.choices.size(), 2U);
    EXPECT_EQ(texts_of(answer)[0], ranked[0].second);
    EXPECT_EQ(texts_of(answer)[1], ranked[1].second);
    EXPECT_EQ(answer.usage->completion_tokens, 5 * 24);
    best.n = 6;
    EXPECT_EQ(issues<completion>(best).count("body.best_of"), 1U);
    best.best_of = 21;
    EXPECT_EQ(issues<completion>(best).count("body.best_of"), 1U);
}

void return_raw_tokens() {
    request asked = lettered();
    const std::string text = said<completion>(asked);
    asked.return_raw_tokens = true;
    const std::vector<int> expected(text.begin(), text.end());
    const auto answer = ask<completion>(asked);
    EXPECT_EQ(answer.choices.at(0).tokens, expected);
    EXPECT_FALSE(answer.choices.at(0).text);
    std::vector<int> streamed_tokens;
    for (const auto& chunk : stream<completion>(asked))
        if (const auto& tokens = chunk.choices.value().at(0).tokens)
            streamed_tokens.insert(streamed_tokens.end(), tokens->begin(), tokens->end());
    EXPECT_EQ(streamed_tokens, expected);
}

// An echo shows the prompt, and with log probabilities scores it: each of its tokens as it would
// have been scored had the model said it.
void echo() {
    request asked = lettered();
    const std::string text = said<completion>(asked);
    asked.echo = true;
    EXPECT_EQ(said<completion>(asked), "ab" + text);
    asked.prompt = std::vector<int>{'a', 'b'};
    EXPECT_EQ(said<completion>(asked), "ab" + text);

    request generated = lettered();
    generated.logprobs = 3;
    const auto answer = ask<completion>(generated);
    request scored = generated;
    scored.prompt = "ab" + text;
    scored.echo = true;
    scored.max_tokens = 0;
    scored.min_tokens = 0;
    const auto echoed = ask<completion>(scored);
    EXPECT_EQ(echoed.usage->completion_tokens, 0);
    EXPECT_EQ(echoed.text(), "ab" + text);
    const auto said_scores = completion::scores_of(answer.choices.at(0));
    const auto prompt_scores = completion::scores_of(echoed.choices.at(0));
    ASSERT_EQ(prompt_scores.size(), said_scores.size() + 2);
    EXPECT_TRUE(echoed.choices.at(0).logprobs->token_logprobs->at(0).is_null());
    for (std::size_t i = 0; i < said_scores.size(); ++i) {
        EXPECT_EQ(prompt_scores[i + 2].text, said_scores[i].text);
        EXPECT_EQ(prompt_scores[i + 2].logprob, said_scores[i].logprob);
        EXPECT_EQ(prompt_scores[i + 2].top, said_scores[i].top);
    }
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 0; i < 26; ++i) offsets.push_back(i);
    EXPECT_EQ(echoed.choices.at(0).logprobs->text_offset, offsets);
}

void logprobs() {
    request asked = lettered();
    EXPECT_FALSE(ask<completion>(asked).choices.at(0).logprobs);
    for (const int wanted : {0, 1, 4}) {
        asked.logprobs = wanted;
        const auto answer = ask<completion>(asked);
        const auto scores = completion::scores_of(answer.choices.at(0));
        EXPECT_EQ(static_cast<std::int64_t>(scores.size()), answer.usage->completion_tokens);
        std::string text;
        for (const scored_token& each : scores) {
            text += each.text;
            EXPECT_LT(each.logprob, 0);
            // The chosen token is among them, or comes on top.
            ASSERT_TRUE(each.top.contains(each.text));
            EXPECT_EQ(each.top.at(each.text), each.logprob);
            EXPECT_LE(each.top.size(), static_cast<std::size_t>(wanted) + 1);
            double sum = 0;
            for (const auto& [token, logprob] : each.top) sum += std::exp(logprob);
            EXPECT_LE(sum, 1 + 1e-5);
        }
        EXPECT_EQ(text, answer.text());
    }
    asked.logprobs = 21;
    EXPECT_EQ(issues<completion>(asked).count("body.logprobs"), 1U);
}

void max_tokens() { longest<completion>(&request::max_tokens); }
void min_tokens() { shortest<completion>(&request::min_tokens); }
void grammar_root() {
    request asked{.model = "llama3.1-8b", .prompt = "ab"};
    asked.grammar_root = "root ::= \"x\" digit{3} (\".\" | \"!\")\ndigit ::= [0-9]";
    for (int seed = 0; seed < 10; ++seed) {
        asked.seed = seed;
        const auto answer = ask<completion>(asked);
        const std::string text(answer.text());
        ASSERT_EQ(text.size(), 5U) << text;
        EXPECT_EQ(text.front(), 'x');
        EXPECT_EQ(text.find_first_not_of("0123456789", 1), 4U);
        EXPECT_TRUE(text.ends_with('.') || text.ends_with('!'));
        EXPECT_EQ(completion::finish_of(answer.choices.at(0)), "stop");
        std::string streamed_text;
        for (const auto& chunk : stream<completion>(asked)) streamed_text += chunk.text();
        EXPECT_EQ(streamed_text, text);
    }
    asked.n = 3;
    for (const auto& each : ask<completion>(asked).choices)
        EXPECT_EQ(completion::text_of(each).size(), 5U);
    for (const char* wrong : {"", "root ::= other", "root ::= [a", "x ::= \"x\""}) {
        asked.grammar_root = wrong;
        EXPECT_EQ(issues<completion>(asked).count("body.grammar_root"), 1U) << wrong;
    }
    // It is of what follows the thoughts.
    request thoughtful{.model = "llama3.1-8b",
                       .prompt =
                           "<|begin|><|user|>What is the capital of France?<|end|>"
                           "<|assistant|><think>"};
    thoughtful.temperature = 0;
    thoughtful.reasoning_format = cerebras::reasoning_format::hidden;
    thoughtful.grammar_root = "root ::= \"yes\" | \"no\"";
    const std::string text = said<bundled_completion>(thoughtful);
    EXPECT_TRUE(text == "yes" || text == "no") << text;
}

// Text is text; its thoughts may be taken out of it. The prompt opens them.
void reasoning_format() {
    request asked{.model = "llama3.1-8b",
                  .prompt =
                      "<|begin|><|user|>What is the capital of France?<|end|>"
                      "<|assistant|><think>"};
    asked.temperature = 0;
    const auto whole = ask<bundled_completion>(asked);
    const std::string text(whole.text());
    const std::size_t end = text.find("</think>");
    ASSERT_NE(end, text.npos);
    const std::string thoughts = text.substr(0, end), content = text.substr(end + 8);
    EXPECT_EQ(thought_tokens_of(whole.usage.value()), 0);
    using format = cerebras::reasoning_format;
    asked.reasoning_format = format::none;
    EXPECT_EQ(said<bundled_completion>(asked), text);
    asked.reasoning_format = format::raw;
    EXPECT_EQ(said<bundled_completion>(asked), text);
    for (const format each : {format::parsed, format::text_parsed, format::hidden}) {
        asked.reasoning_format = each;
        const auto answer = ask<bundled_completion>(asked);
        EXPECT_EQ(answer.text(), content);
        EXPECT_GT(thought_tokens_of(answer.usage.value()), 0);
        EXPECT_EQ(answer.usage->completion_tokens, whole.usage->completion_tokens);
        const json::value& extra = answer.choices.at(0).extra;
        if (each == format::hidden) {
            EXPECT_FALSE(extra.contains("reasoning"));
        } else {
            EXPECT_EQ(extra.value("reasoning", ""), thoughts);
        }
        std::string streamed_text;
        for (const auto& chunk : stream<bundled_completion>(asked)) streamed_text += chunk.text();
        EXPECT_EQ(streamed_text, content);
    }
}

void suffix() {
    is_refused<completion>("suffix", "x");
    is_taken<completion>("suffix", "");
}

const std::vector<member_test> tests = {
    {"model", &model<completion>},
    {"stream", &streamed<completion>},
    {"prompt", &prompt},
    {"best_of", &best_of},
    {"return_raw_tokens", &return_raw_tokens},
    {"echo", &echo},
    {"frequency_penalty", &frequency_penalty<completion>},
    {"logit_bias", &logit_bias<completion>},
    {"logprobs", &logprobs},
    {"max_tokens", &max_tokens},
    {"min_tokens", &min_tokens},
    {"grammar_root", &grammar_root},
    {"n", &n<completion>},
    {"presence_penalty", &presence_penalty<completion>},
    {"seed", &seed<completion>},
    {"stop", &stop<completion>},
    {"stream_options", &stream_options<completion>},
    {"suffix", &suffix},
    {"temperature", &temperature<completion>},
    {"top_p", &top_p<completion>},
    {"user", &user_name<completion>},
    {"prompt_cache_key", &prompt_cache_key<completion>},
    {"reasoning_format", &reasoning_format},
};

class completion_member : public ::testing::TestWithParam<member_test> {};
TEST_P(completion_member, is_honoured) { GetParam().check(); }
TEST_P(completion_member, is_missed_when_ignored) { EXPECT_TRUE(fails_without(GetParam())); }
INSTANTIATE_TEST_SUITE_P(every, completion_member, ::testing::ValuesIn(tests), name_of);

TEST(completion_members, are_all_tested) { every_member_is_tested(tests, "CompletionRequest"); }

}  // namespace completion_members
}  // namespace
}  // namespace tessera::contract
