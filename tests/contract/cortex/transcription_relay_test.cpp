// Transcriptions of providers elsewhere.
#include "contract/cortex/transcriptions.hpp"

namespace tessera::contract::gateway_tests::transcription_tests {
namespace {

TEST(transcriptions, go_to_a_provider_whole) {
    SCOPED_TRACE("rule: tr-upstream");
    SCOPED_TRACE("rule: tr-size-limit");
    provider whisperer(
        {{"text", "Hello."},
         {"usage",
          {{"type", "tokens"}, {"input_tokens", 4}, {"output_tokens", 1}, {"total_tokens", 5}}}});
    gateway to(with_provider("openai", whisperer.settings(provider_type::openai, {"whisper-1"})));
    std::string largest(26'214'400, 'x');
    const part known{"prompt", "Names: Ada"}, unknown{"seed", "7"};
    raw_response got = post_body(
        to, form_of({{"model", "openai:whisper-1"}, {"file", largest, "a.wav"}, known, unknown}));
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.json()["text"], "Hello.");
    ASSERT_EQ(whisperer.asked().size(), 1u);
    const auto first = whisperer.asked().front();
    EXPECT_EQ(first.head.target, "/v1/audio/transcriptions");
    EXPECT_NE(first.body.find(largest), std::string::npos);
    EXPECT_NE(first.body.find("whisper-1\r\n"), std::string::npos);
    EXPECT_EQ(first.body.find("openai:whisper-1"), std::string::npos);
    for (const char* each : {"Names: Ada", "name=\"seed\"", "filename=\"a.wav\""})
        EXPECT_NE(first.body.find(each), std::string::npos) << each;
    expect_invalid(post_body(to, form_of({whisper, {"file", largest + "x", "a.wav"}})));
    EXPECT_EQ(whisperer.asked().size(), 1u);
    EXPECT_EQ(to.get("/usage?limit=2").json()[1]["total_tokens"], 5);

    provider broken({{"error", {{"message", "no"}}}}, 500);
    gateway behind(with_provider("openai", broken.settings(provider_type::openai, {"whisper-1"})));
    got = post_body(behind, form_of({whisper, talk}));
    EXPECT_EQ(got.status, 502);
    EXPECT_EQ(error_type(got), "server_error");
    provider choosy({{"error", {{"message", "no diarization"}}}}, 400);
    gateway before(with_provider("openai", choosy.settings(provider_type::openai, {"whisper-1"})));
    expect_invalid(post_body(before, form_of({whisper, talk})));
}

// A provider that streams these frames.
provider streaming(std::vector<std::string> frames, bool breaks_off = false) {
    return provider([frames, breaks_off](test::session& on, const test::received_request&) {
        on.begin_stream();
        for (const std::string& each : frames) on.chunk(each);
        if (breaks_off)
            on.shut_down();
        else
            on.end_stream();
    });
}

std::string frame(const json::value& data) {
    return "event: " + data["type"].get<std::string>() + "\ndata: " + json::encode(data) + "\n\n";
}

gateway before(const provider& each) {
    return gateway(with_provider("openai", each.settings(provider_type::openai, {"whisper-1"})));
}

const part streamed{"stream", "true"};

TEST(transcriptions, stream_from_a_provider) {
    const json::value done = {
        {"type", "transcript.text.done"},
        {"text", "Hello there, you."},
        {"usage",
         {{"type", "tokens"}, {"input_tokens", 14}, {"output_tokens", 5}, {"total_tokens", 19}}}};
    const json::value grown = {{"type", "transcript.text.grown"}, {"by", 1}};
    // Pieces go by either name, or both; an event that nobody knows is passed on.
    const provider upstream = streaming(
        {frame({{"type", "transcript.text.delta"}, {"delta", "Hello"}}),
         frame({{"type", "transcript.text.delta"}, {"text", " there"}}), frame(grown),
         frame({{"type", "transcript.text.delta"}, {"text", ", you."}, {"delta", ", you."}}),
         frame(done)});
    gateway to = before(upstream);
    const raw_response got = ask(to, {streamed, {"response_format", "json"}});
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.headers.find("content-type"), "text/event-stream; charset=utf-8");
    std::string expected;
    for (const char* piece : {"Hello", " there", ", you."}) {
        expected += frame({{"type", "transcript.text.delta"}, {"text", piece}, {"delta", piece}});
        if (std::string(piece) == " there") expected += frame(grown);
    }
    EXPECT_EQ(got.body, expected + frame(done));
    EXPECT_NE(upstream.asked().front().body.find("name=\"stream\"\r\n\r\ntrue"), std::string::npos)
        << upstream.asked().front().body;
    const json::value record = to.get("/usage").json()[0];
    EXPECT_EQ(record["status"], "success");
    EXPECT_EQ(record["total_tokens"], 19);
}

TEST(transcriptions, a_stream_that_fails_ends_with_an_error) {
    const std::string piece = frame({{"type", "transcript.text.delta"}, {"delta", "Hello"}});
    const std::string failed =
        "event: error\ndata: {\"error\":{\"message\":\"too much\",\"type\":\"server_error\"}}\n\n";
    for (const auto& [frames, breaks_off] : {std::pair(std::vector{piece, failed}, false),
                                             {{piece}, true},
                                             {{piece}, false},
                                             {{piece, "data: no json\n\n"}, false}}) {
        SCOPED_TRACE(frames.back() + (breaks_off ? " and no end" : ""));
        const provider upstream = streaming(frames, breaks_off);
        gateway to = before(upstream);
        const raw_response got = ask(to, {streamed});
        EXPECT_EQ(got.status, 200);
        const auto events = got.events();
        ASSERT_EQ(events.size(), 2U) << got.body;
        EXPECT_NE(got.body.find("event: error\n"), std::string::npos);
        EXPECT_EQ(json::parse(events.back()).value()["error"]["type"], "server_error");
        EXPECT_EQ(to.get("/usage").json()[0]["status"], "error");
    }
}

TEST(transcriptions, a_provider_that_fails_is_passed_over) {
    for (const bool streams : {false, true}) {
        const provider first({{"error", {{"message", "no"}}}}, 503);
        const provider second([streams](test::session& on, const test::received_request&) {
            if (!streams) return static_cast<void>(on.answer(200, R"({"text":"Hi."})"));
            on.begin_stream();
            on.chunk(frame({{"type", "transcript.text.done"}, {"text", "Hi."}}));
            on.end_stream();
        });
        cortex_options how;
        how.providers.clear();
        how.provider_patterns.clear();
        how.providers.emplace_back("first", first.settings(provider_type::groq, {"whisper-1"}));
        how.providers.emplace_back("second", second.settings(provider_type::custom, {"whisper-2"}));
        how.virtual_models["either"].candidates = {{.model = "whisper-1"}, {.model = "whisper-2"}};
        gateway to(how);
        const std::vector<part> asked = {{"model", "either"}, talk};
        auto parts = asked;
        if (streams) parts.push_back(streamed);
        const raw_response got = post_body(to, form_of(parts));
        EXPECT_EQ(got.status, 200) << got.body;
        EXPECT_NE(got.body.find("Hi."), std::string::npos);
        // The upload is read again from its begin.
        EXPECT_NE(second.asked().front().body.find("of Ada and Bo"), std::string::npos);
        EXPECT_NE(second.asked().front().body.find("whisper-2\r\n"), std::string::npos);
    }
}

TEST(transcriptions, of_a_provider_come_in_the_form_that_was_asked_for) {
    const std::string srt = "1\n00:00:00,000 --> 00:00:01,000\nHi.\n\n";
    const provider upstream([&](test::session& on, const test::received_request&) {
        on.send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: " +
                std::to_string(srt.size()) + "\r\n\r\n" + srt);
    });
    gateway to = before(upstream);
    const raw_response got = ask(to, {{"response_format", "srt"}});
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, srt);
    EXPECT_EQ(got.headers.find("content-type"), "text/plain; charset=utf-8");
}

TEST(transcriptions, whose_client_leaves_end_the_call) {
    test::gate asked, closed;
    const provider upstream([&](test::session& on, const test::received_request&) {
        on.begin_stream();
        on.chunk(frame({{"type", "transcript.text.delta"}, {"delta", "Hello"}}));
        asked.open();
        on.wait_for_close();
        closed.open();
    });
    gateway to = before(upstream);
    const std::string body = form_of({whisper, talk, streamed});
    raw_client by(to.port());
    by.send(
        head_of("POST", "/cortex/v1/audio/transcriptions",
                key_line + form_line + "content-length: " + std::to_string(body.size()) + "\r\n") +
        body);
    asked.wait();
    while (by.unread().find("Hello") == std::string_view::npos) ASSERT_TRUE(by.more());
    by.close();
    EXPECT_TRUE(closed.wait_for(std::chrono::seconds(10)));
}

}  // namespace
}  // namespace tessera::contract::gateway_tests::transcription_tests
