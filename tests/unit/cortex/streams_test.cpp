// Streams of both dialects, and what goes wrong in them.
#include "tessera/anthropic/accumulator.hpp"
#include "tessera/cortex/events.hpp"
#include "unit/anthropic/transcript.hpp"
#include "unit/cortex/client_fixture.hpp"

namespace tessera::cortex::test {
namespace {

using anthropic::test::transcript;

std::string chunk(const std::string& choices, const std::string& more = "") {
    return R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":)" +
           choices + more + "}";
}

std::string delta(const std::string& text, const std::string& finish = "null") {
    return chunk(R"([{"index":0,"delta":)" + text + R"(,"finish_reason":)" + finish + "}]");
}

// Text, two parallel calls whose pieces take turns, and a chunk of usage alone.
std::string chat_transcript() {
    std::string all;
    for (
        const std::string& each :
        {delta(R"({"role":"assistant","content":""})"), delta(R"({"content":"In Zür"})"),
         delta(R"({"content":"ich."})"),
         delta(
             R"({"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]})"),
         delta(
             R"({"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\""}}]})"),
         delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"y\":2}"}}]})"),
         delta(R"({"tool_calls":[{"index":1,"function":{"arguments":":1}"}}]})"),
         delta("{}", R"("tool_calls")"),
         chunk("[]", R"(,"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7})")})
        all += "data: " + each + "\n\n";
    return all + "data: [DONE]\n\n";
}

TEST_F(gateway, chats_are_streamed_at_any_split) {
    const std::string text = chat_transcript();
    serve([&](session& on, const received_request& asked, int n) {
        EXPECT_EQ(json::parse(asked.body).value()["stream"], true);
        on.stream_in_two(text, static_cast<std::size_t>(n));
    });
    const client api(unhurried());
    for (std::size_t split = 1; split < text.size(); ++split) {
        chat_accumulator answer;
        for (const auto& each : api.chat.completions.stream(chat)) answer.add(each);
        const openai::chat_response whole = answer.response();
        ASSERT_EQ(whole.text(), "In Zürich.") << split;
        const auto& calls = *whole.choices.at(0).message.tool_calls;
        ASSERT_EQ(calls.size(), 2u) << split;
        ASSERT_EQ(calls[0].function.arguments, R"({"y":2})") << split;
        ASSERT_EQ(calls[1].function.arguments, R"({"x":1})") << split;
        ASSERT_EQ(whole.usage->total(), 7) << split;
    }
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(gateway, messages_are_streamed_at_any_split) {
    serve([&](session& on, const received_request& asked, int n) {
        EXPECT_EQ(asked.head.target, "/anthropic/v1/messages");
        EXPECT_EQ(asked.header("x-api-key"), "the-secret");
        EXPECT_EQ(json::parse(asked.body).value()["stream"], true);
        on.stream_in_two(transcript, static_cast<std::size_t>(n));
    });
    const client api = at_gateway();
    for (std::size_t split = 1; split < transcript.size(); ++split) {
        anthropic::message_accumulator answer;
        for (const auto& event : api.messages.stream(message)) answer.add(event);
        ASSERT_TRUE(answer.is_complete()) << split;
        ASSERT_EQ(json::encode(answer.message()), anthropic::test::spelled) << split;
    }
}

TEST_F(gateway, a_chat_tells_its_events) {
    serve(
        [](session& on, const received_request&, int) { on.stream_in_two(chat_transcript(), 1); });
    auto stream = events(at_gateway().chat.completions.stream(chat));
    int complete = 0;
    for (const openai::chat_event& event : stream)
        complete += std::holds_alternative<openai::tool_call_complete>(event);
    EXPECT_EQ(complete, 2);
    EXPECT_EQ(stream.response().usage->total(), 7);
}

TEST_F(gateway, a_chat_that_breaks_off_says_why) {
    serve([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(delta(R"({"content":"In"})"));
        on.event(
            R"({"error":{"message":"upstream went away","type":"provider_error","code":"upstream"}})");
        on.end_stream();
    });
    auto stream = at_gateway().chat.completions.stream(chat);
    EXPECT_EQ((*stream.next())->text(), "In");
    const auto broken = stream.next();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().kind, error_kind::internal_server);
    EXPECT_EQ(broken.error().status, 502);
    EXPECT_EQ(broken.error().type, "provider_error");
    EXPECT_EQ(broken.error().code, "upstream");
}

TEST_F(gateway, a_chat_without_its_end_is_incomplete) {
    serve([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(delta(R"({"content":"In"})"));
        on.end_stream();
    });
    auto stream = at_gateway().chat.completions.stream(chat);
    (void)stream.next();
    const auto broken = stream.next();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().kind, error_kind::incomplete_stream);
    EXPECT_EQ(broken.error().body, "In");
}

TEST_F(gateway, a_message_that_breaks_off_says_why) {
    const std::size_t cut = transcript.find("event: content_block_stop");
    serve([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk(transcript.substr(0, cut));
        on.chunk(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
            "\"message\":\"Overloaded\"}}\n\n");
        on.end_stream();
    });
    auto stream = at_gateway().messages.stream(message);
    auto event = stream.next();
    while (event && *event) event = stream.next();
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().status, 529);
    EXPECT_EQ(event.error().type, "overloaded_error");
}

TEST_F(gateway, a_stream_is_tried_again_before_its_first_event) {
    serve([](session& on, const received_request&, int n) {
        if (n == 1)
            return (void)on.answer(
                529, R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})");
        on.stream_in_two(transcript, 1);
    });
    auto stream = at_gateway().messages.stream(message);
    EXPECT_EQ(stream.info().attempts, 2);
}

}  // namespace
}  // namespace tessera::cortex::test
