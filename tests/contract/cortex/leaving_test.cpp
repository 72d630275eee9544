// Clients that leave while the upstream is at work: its call ends, and what it cost is recorded.
#include <chrono>
#include <memory>

#include "contract/cortex/translated_gateway.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace leaving {

struct departure {
    const char* name;
    bool asks_anthropic;  // a chat that Anthropic answers; else a message that OpenAI answers
    bool streams;
    bool after_first_token;  // of one that streams
};

std::ostream& operator<<(std::ostream& out, const departure& of) { return out << of.name; }

class leaving_client : public ::testing::TestWithParam<departure> {};

TEST_P(leaving_client, ends_the_call_and_leaves_one_record) {
    const departure how = GetParam();
    const auto asked = std::make_shared<test::gate>(), closed = std::make_shared<test::gate>();
    translated().upstream([=](test::session& to, const test::received_request&) {
        if (how.after_first_token) {
            to.begin_stream();
            to.chunk(
                how.asks_anthropic
                    ? message_events(
                          {R"({"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":1}}})",
                           R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hello"}})"})
                    : chat_chunks(
                          {R"({"id":"c","created":1,"model":"x","choices":[{"index":0,"delta":{"content":"Hello"}}],"usage":{"prompt_tokens":11,"completion_tokens":1}})"},
                          false));
        }
        asked->open();
        to.wait_for_close();
        closed->open();
    });
    const std::string model = how.asks_anthropic ? "claude" : "gpt";
    const std::string members = how.streams ? R"("stream":true)" : "";
    const document record = translated().record_of(model, [&] {
        raw_client client(translated().port());
        if (how.asks_anthropic)
            translated().send_chat(client, members);
        else
            translated().send_message(client, members);
        asked->wait();
        while (how.after_first_token && client.unread().find("Hello") == std::string_view::npos)
            ASSERT_TRUE(client.more());
        client.close();
        EXPECT_TRUE(closed->wait_for(std::chrono::seconds(10)));
    });
    EXPECT_EQ(record["status"], "error");
    EXPECT_EQ(record["input_tokens"], how.after_first_token ? 11 : 0);
    EXPECT_EQ(record["output_tokens"], how.after_first_token ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(everywhere, leaving_client,
                         ::testing::Values(departure{"chat", true, false, false},
                                           departure{"chat_stream", true, true, false},
                                           departure{"chat_stream_begun", true, true, true},
                                           departure{"message", false, false, false},
                                           departure{"message_stream", false, true, false},
                                           departure{"message_stream_begun", false, true, true}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace leaving
}  // namespace
}  // namespace tessera::contract::gateway_tests
