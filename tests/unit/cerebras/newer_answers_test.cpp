#include <gtest/gtest.h>

#include "tessera/cerebras/chat.hpp"
#include "tessera/json.hpp"

namespace tessera::cerebras {
namespace {

// What a service has learned since this client was written: kinds of calls and objects, reasons,
// members.
constexpr std::string_view newer_answer =
    R"({"id":"c","choices":[{"finish_reason":"tired","index":0,)"
    R"("message":{"content":null,"role":"assistant","tool_calls":[)"
    R"({"id":"1","type":"custom","custom":{"input":"x"}},)"
    R"({"id":"2","type":"function","function":{"name":"f","arguments":"{}"}}],)"
    R"("mood":"good"}}],"created":1,"model":"m","object":"chat.completion.v2",)"
    R"("system_fingerprint":"f","usage":{"total_tokens":3},"time_info":{},)"
    R"("surprise":[1]})";

TEST(newer_answers, are_read_and_written_back) {
    const auto read = json::decode_text<chat_response>(newer_answer);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->object, "chat.completion.v2");
    const auto& calls = *read->choices.at(0).message.tool_calls;
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls[0].type, "custom");
    EXPECT_EQ(calls[0].extra["custom"]["input"], "x");
    EXPECT_EQ(calls[1].type, "function");
    EXPECT_EQ(calls[1].function.name, "f");
    const auto again = json::parse(json::encode(*read)).value();
    EXPECT_EQ(again["object"], "chat.completion.v2");
    EXPECT_EQ(again["choices"][0]["finish_reason"], "tired");
    EXPECT_EQ(again["choices"][0]["message"]["tool_calls"][0]["type"], "custom");
    EXPECT_EQ(again["choices"][0]["message"]["tool_calls"][0]["custom"]["input"], "x");
    EXPECT_EQ(again["surprise"], json::value::parse("[1]"));
}

TEST(newer_answers, chunks_of_a_stream_are_read) {
    const auto read = json::decode_text<chat_chunk>(
        R"({"id":"c","created":1,"model":"m","object":"chat.completion.chunk.v2","system_fingerprint":"f",)"
        R"("choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","type":"custom","custom":{}}]}}]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->choices->at(0).delta->tool_calls->at(0).type, "custom");
}

}  // namespace
}  // namespace tessera::cerebras
