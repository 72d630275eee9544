#include "tessera/cerebras/accumulator.hpp"

#include <gtest/gtest.h>

#include "tessera/json.hpp"

namespace tessera::cerebras {
namespace {

chat_chunk chunk(const std::string& choices, const std::string& more = "") {
    return json::decode_text<chat_chunk>(
               R"({"id":"c1","created":7,"model":"m","system_fingerprint":"f",
                   "object":"chat.completion.chunk","choices":)" +
               choices + more + "}")
        .value();
}

TEST(chat_accumulator, a_stream_becomes_the_answer) {
    chat_accumulator answer;
    answer.add(chunk(R"([{"index":0,"delta":{"role":"assistant"}}])"));
    answer.add(chunk(R"([{"index":0,"delta":{"content":"Par"}}])"));
    answer.add(chunk(R"([{"index":0,"delta":{"content":"is."}}])"));
    answer.add(chunk(R"([{"index":0,"delta":{},"finish_reason":"stop"}])",
                     R"(,"usage":{"total_tokens":9},"time_info":{"total_time":0.5})"));
    const chat_response whole = answer.response();
    EXPECT_EQ(whole.id, "c1");
    EXPECT_EQ(whole.created, 7);
    EXPECT_EQ(whole.text(), "Paris.");
    ASSERT_EQ(whole.choices.size(), 1u);
    EXPECT_EQ(whole.choices[0].finish_reason, finish_reason::stop);
    EXPECT_EQ(whole.choices[0].message.role, openai::role::assistant);
    EXPECT_EQ(whole.usage.total_tokens, 9);
    EXPECT_EQ(whole.usage.total(), 9);
    EXPECT_EQ(whole.time_info.total_time, 0.5);
}

TEST(chat_accumulator, choices_are_told_apart_by_index) {
    chat_accumulator answer;
    answer.add(
        chunk(R"([{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}])"));
    answer.add(chunk(R"([{"index":1,"delta":{"content":"B"}}])"));
    const chat_response whole = answer.response();
    ASSERT_EQ(whole.choices.size(), 2u);
    EXPECT_EQ(whole.choices[0].message.content, "a");
    EXPECT_EQ(whole.choices[1].message.content, "bB");
}

TEST(chat_accumulator, log_probabilities_and_reasoning_concatenate) {
    chat_accumulator answer;
    for (const char* token : {"x", "y"})
        answer.add(chunk(R"([{"index":0,"delta":{"reasoning":")" + std::string(token) +
                         R"("},"logprobs":{"content":[{"token":")" + token +
                         R"(","logprob":-1,"top_logprobs":[]}]}}])"));
    const chat_choice choice = answer.response().choices.at(0);
    EXPECT_EQ(choice.message.reasoning, "xy");
    ASSERT_EQ(choice.logprobs->content->size(), 2u);
    EXPECT_EQ(choice.logprobs->content->at(1).token, "y");
}

TEST(chat_accumulator, an_unfinished_choice_has_no_finish_reason) {
    chat_accumulator answer;
    answer.add(chunk(R"([{"index":0,"delta":{"content":"Par"}}])"));
    EXPECT_EQ(answer.response().choices.at(0).finish_reason.text(), "");
}

TEST(chat_accumulator, an_unknown_finish_reason_is_kept) {
    chat_accumulator answer;
    answer.add(chunk(R"([{"index":0,"delta":{},"finish_reason":"moon_phase"}])"));
    EXPECT_EQ(answer.response().choices.at(0).finish_reason.text(), "moon_phase");
}

TEST(completion_accumulator, a_stream_becomes_the_answer) {
    completion_accumulator answer;
    for (
        const char* text :
        {R"({"index":0,"text":"On","tokens":[1],"logprobs":{"tokens":["On"],"token_logprobs":[null]}})",
         R"({"index":0,"text":"ce","tokens":[2],"logprobs":{"tokens":["ce"],"token_logprobs":[-0.5]},"finish_reason":"length"})"})
        answer.add(
            json::decode_text<completion_chunk>(
                R"({"id":"c","created":1,"model":"m","system_fingerprint":"f","object":"text_completion","choices":[)" +
                std::string(text) + "]}")
                .value());
    const completion_response whole = answer.response();
    EXPECT_EQ(whole.text(), "Once");
    EXPECT_EQ(whole.choices[0].tokens, (std::vector<int>{1, 2}));
    EXPECT_TRUE(whole.choices[0].logprobs->token_logprobs->at(0).is_null());
    EXPECT_EQ(*whole.choices[0].logprobs->token_logprobs->at(1), -0.5);
    EXPECT_EQ(*whole.choices[0].finish_reason, completion_finish_reason::length);
}

}  // namespace
}  // namespace tessera::cerebras
