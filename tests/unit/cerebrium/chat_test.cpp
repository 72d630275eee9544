#include "tessera/cerebrium/chat.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tessera/cerebrium/events.hpp"
#include "tessera/json.hpp"

namespace tessera::cerebrium {
namespace {

chat_chunk chunk(const std::string& text) { return json::decode_text<chat_chunk>(text).value(); }

chat_chunk chunk_of(const std::string& choices, const std::string& more = "") {
    return chunk(R"({"id":"r","created":7,"model":"m","choices":[)" + choices + "]" + more + "}");
}

// As the page prints it.
const std::string documented =
    R"({"id":"412f0e25-61c4-93b8-a00f-09a5076cd9fa","choices":[{"delta":null,)"
    R"("finish_reason":"stop","index":0,"logprobs":null,"text":" The"}],"created":1724166657,)"
    R"("model":"gpt-3.5-turbo","object":"chat.completion","service_tier":null,)"
    R"("system_fingerprint":null,"usage":null})";

TEST(chunk, of_the_documented_form_is_read) {
    const chat_chunk read = chunk(documented);
    EXPECT_EQ(read.text(), " The");
    EXPECT_EQ(read.id, "412f0e25-61c4-93b8-a00f-09a5076cd9fa");
    EXPECT_EQ(read.created, 1724166657);
    EXPECT_EQ(read.model, "gpt-3.5-turbo");
    EXPECT_EQ(read.object, "chat.completion");
    ASSERT_EQ(read.choices.size(), 1u);
    EXPECT_EQ(read.choices[0].finish_reason, openai::finish_reason::stop);
    EXPECT_FALSE(read.choices[0].delta);
    EXPECT_FALSE(read.usage);
}

TEST(chunk, of_openais_form_is_read) {
    const chat_chunk read = chunk(
        R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f",)"
        R"("choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"logprobs":null,)"
        R"("finish_reason":null}],"usage":{"total_tokens":3}})");
    EXPECT_EQ(read.text(), "Hi");
    EXPECT_EQ(read.object, "chat.completion.chunk");
    EXPECT_EQ(read.usage->total_tokens, 3);
    EXPECT_EQ(read.choices[0].delta->role, openai::role::assistant);
    EXPECT_FALSE(read.choices[0].finish_reason);
}

TEST(chunk, text_is_that_of_choice_0_and_there_once) {
    EXPECT_EQ(chunk_of(R"({"index":0,"text":"a","delta":{"content":"a"}})").text(), "a");
    EXPECT_EQ(chunk_of(R"({"index":1,"text":"b"},{"index":0,"text":"a"})").text(), "a");
    EXPECT_EQ(chunk_of(R"({"index":0,"text":"a","delta":{}})").text(), "a");
    EXPECT_EQ(chunk_of(R"({"index":0,"delta":{"role":"assistant"}})").text(), "");
    EXPECT_EQ(chunk_of(R"({"index":1,"text":"b"})").text(), "");
    EXPECT_EQ(chunk_of("", R"(,"usage":{"total_tokens":1})").text(), "");
}

TEST(chunk, what_a_function_yields_is_written_as_the_page_has_it) {
    const chat_chunk made{
        .id = "r",
        .choices = {{.finish_reason = openai::finish_reason::stop, .index = 0, .text = " The"}},
        .created = 1,
        .model = "m"};
    EXPECT_EQ(json::encode(made),
              R"({"id":"r","choices":[{"finish_reason":"stop","index":0,"logprobs":null,)"
              R"("text":" The"}],"created":1,"model":"m","object":"chat.completion"})");
}

TEST(accumulator, a_stream_of_either_form_becomes_the_answer) {
    const std::vector<std::vector<std::string>> streams = {
        {R"({"index":0,"text":"Par","finish_reason":"stop"})",
         R"({"index":0,"text":"is.","finish_reason":"stop"})"},
        {R"({"index":0,"delta":{"role":"assistant","content":""}})",
         R"({"index":0,"delta":{"content":"Paris."}})",
         R"({"index":0,"delta":{},"finish_reason":"stop"})"},
        {R"({"index":0,"text":"Paris","delta":{"content":"Paris"},"finish_reason":"stop"})",
         R"({"index":0,"text":".","delta":{"content":"."},"finish_reason":"stop"})"},
    };
    for (const auto& stream : streams) {
        chat_accumulator answer;
        for (const std::string& each : stream) answer.add(chunk_of(each));
        const openai::chat_response whole = answer.response();
        EXPECT_EQ(whole.text(), "Paris.");
        EXPECT_EQ(whole.id, "r");
        EXPECT_EQ(whole.created, 7);
        EXPECT_EQ(whole.choices.at(0).finish_reason, openai::finish_reason::stop);
        EXPECT_EQ(whole.choices.at(0).message.role, openai::role::assistant);
    }
}

TEST(accumulator, keeps_what_any_chunk_said) {
    chat_accumulator answer;
    answer.add(chunk_of(R"({"index":0,"text":"x","logprobs":{"content":[{"token":"x","logprob":-1,)"
                        R"("top_logprobs":[]}]}})",
                        R"(,"system_fingerprint":"f","service_tier":"t")"));
    answer.add(
        chunk_of(R"({"index":0,"delta":{"refusal":"No."},"logprobs":{"content":[{"token":"y",)"
                 R"("logprob":-2,"top_logprobs":[]}]}})",
                 R"(,"usage":{"total_tokens":4})"));
    answer.add(chunk_of(""));
    const openai::chat_response whole = answer.response();
    EXPECT_EQ(whole.system_fingerprint, "f");
    EXPECT_EQ(whole.service_tier, "t");
    EXPECT_EQ(whole.usage->total(), 4);
    ASSERT_EQ(whole.choices.size(), 1u);
    EXPECT_EQ(whole.choices[0].message.refusal, "No.");
    EXPECT_EQ(whole.choices[0].logprobs->content->at(1).token, "y");
}

TEST(events, a_reason_in_every_chunk_ends_nothing) {
    chat_event_accumulator told;
    std::string seen;
    const auto note = [&](const std::vector<openai::chat_event>& events) {
        for (const openai::chat_event& event : events) {
            if (const auto* grown = std::get_if<openai::content_grown>(&event))
                seen += "+" + grown->delta;
            else if (const auto* ended = std::get_if<openai::choice_finished>(&event))
                seen += "." + std::to_string(ended->choice) + ended->reason;
            else if (const auto* call = std::get_if<openai::tool_call_complete>(&event))
                seen += "!" + call->call.function.name + call->call.function.arguments;
        }
        seen += ";";
    };
    note(told.add(chunk_of(R"({"index":0,"text":"a","finish_reason":"stop"})")));
    note(told.add(chunk_of(R"({"index":0,"text":"b","finish_reason":"stop","delta":{"content":"b",)"
                           R"("tool_calls":[{"index":0,"id":"i","function":{"name":"f",)"
                           R"("arguments":"[1"}}]}})")));
    note(told.add(
        chunk_of(R"({"index":0,"finish_reason":"length","delta":{"tool_calls":[{"index":0,)"
                 R"("function":{"arguments":",2]"}}]}})")));
    note(told.end());
    EXPECT_EQ(seen, "+a;+b;;!f[1,2].0length;");
    EXPECT_EQ(told.response().text(), "ab");
}

}  // namespace
}  // namespace tessera::cerebrium
