// POST /v1/audio/transcriptions.
#include "contract/cortex/transcriptions.hpp"
#include "support/recordings.hpp"

namespace tessera::contract::gateway_tests::transcription_tests {
namespace {

TEST(transcriptions, have_the_form_that_is_asked_for) {
    SCOPED_TRACE("rule: tr-multipart");
    SCOPED_TRACE("rule: tr-response-format-default");
    SCOPED_TRACE("rule: tr-format-json");
    SCOPED_TRACE("rule: tr-format-text");
    SCOPED_TRACE("rule: tr-format-srt");
    SCOPED_TRACE("rule: tr-format-vtt");
    SCOPED_TRACE("rule: tr-stream-default");
    SCOPED_TRACE("rule: tr-usage-duration");
    const json::value plain = {{"text", "Hello there. Hi <you>."},
                               {"usage", {{"type", "duration"}, {"seconds", 3.5}}}};
    for (const auto& more :
         {std::vector<part>{}, {{"response_format", "json"}}, {{"stream", "false"}}}) {
        const raw_response got = ask(speaking(), more);
        EXPECT_EQ(got.status, 200) << got.body;
        EXPECT_EQ(got.json(), plain);
    }
    const std::vector<std::pair<std::string, std::string>> texts = {
        {"text", "Hello there. Hi <you>.\n"},
        {"srt",
         "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
         "2\n00:00:01,800 --> 00:00:03,000\nHi <you>.\n\n"},
        {"vtt",
         "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello there.\n\n"
         "00:00:01.800 --> 00:00:03.000\nHi &lt;you>.\n\n"}};
    for (const auto& [format, text] : texts) {
        const raw_response got = ask(speaking(), {{"response_format", format}});
        EXPECT_EQ(got.body, text);
        EXPECT_EQ(got.headers.find("content-type"), "text/plain; charset=utf-8");
    }
    expect_invalid(ask(speaking(), {{"response_format", "mp3"}}), "response_format");
}

TEST(transcriptions, tell_words_and_segments) {
    SCOPED_TRACE("rule: tr-format-verbose");
    SCOPED_TRACE("rule: tr-granularities");
    const part verbose{"response_format", "verbose_json"};
    const json::value all = ask(speaking(), {verbose,
                                             {"timestamp_granularities[]", "word"},
                                             {"timestamp_granularities[]", "segment"}})
                                .json();
    EXPECT_EQ(all["task"], "transcribe");
    EXPECT_EQ(all["language"], "en");
    EXPECT_EQ(all["duration"], 3.5);
    ASSERT_EQ(all["words"].size(), 4u);
    EXPECT_EQ(all["words"][1], (json::value{{"word", "there."}, {"start", 0.75}, {"end", 1.5}}));
    EXPECT_EQ(all["segments"][1]["id"], 1);
    EXPECT_EQ(all["segments"][1]["text"], "Hi <you>.");
    const json::value words =
        ask(speaking(), {verbose, {"timestamp_granularities[]", "word"}}).json();
    EXPECT_TRUE(words.contains("words"));
    EXPECT_FALSE(words.contains("segments"));
    const json::value segments = ask(speaking(), {verbose}).json();
    EXPECT_FALSE(segments.contains("words"));
    EXPECT_TRUE(segments.contains("segments"));
    // Without their form they are ignored (A16).
    EXPECT_FALSE(ask(speaking(), {{"timestamp_granularities[]", "word"}}).json().contains("words"));
    expect_invalid(ask(speaking(), {verbose, {"timestamp_granularities[]", "line"}}));
}

TEST(transcriptions, tell_speakers_and_probabilities) {
    SCOPED_TRACE("rule: tr-format-diarized");
    SCOPED_TRACE("rule: tr-include-logprobs");
    SCOPED_TRACE("rule: tr-usage-tokens");
    SCOPED_TRACE("rule: tr-provider-supported");
    const auto by = [](const char* model, std::vector<part> more) {
        more.insert(more.begin(), {{"model", model}, talk});
        return post_body(speaking(), form_of(more));
    };
    const json::value diarized =
        by("gpt-4o-transcribe-diarize", {{"response_format", "diarized_json"}}).json();
    EXPECT_EQ(diarized["text"], "Speaker A: Hello there. Speaker B: Hi <you>.");
    EXPECT_EQ(diarized["segments"][1], (json::value{{"type", "transcript.text.segment"},
                                                    {"id", "seg_002"},
                                                    {"start", 1.8},
                                                    {"end", 3.0},
                                                    {"text", "Hi <you>."},
                                                    {"speaker", "B"}}));
    EXPECT_EQ(
        diarized["usage"],
        (json::value{
            {"type", "tokens"}, {"input_tokens", 35}, {"output_tokens", 4}, {"total_tokens", 39}}));
    expect_invalid(by("whisper-1", {{"response_format", "diarized_json"}}), "response_format");
    EXPECT_EQ(by("gpt-4o-transcribe", {{"include[]", "logprobs"}}).json()["logprobs"].size(), 4u);
    EXPECT_FALSE(by("gpt-4o-mini-transcribe", {}).json().contains("logprobs"));
    expect_invalid(by("whisper-1", {{"include[]", "logprobs"}}), "include[]");
    EXPECT_EQ(by("groq:whisper-large-v3", {}).status, 200);
}

TEST(transcriptions, come_as_events) {
    SCOPED_TRACE("rule: tr-stream-sse");
    SCOPED_TRACE("rule: tr-stream-done-text");
    for (const auto& more : {std::vector<part>{},
                             {{"response_format", "srt"}},
                             {{"response_format", "verbose_json"}}}) {
        std::vector<part> all = more;
        all.push_back({"stream", "true"});
        const raw_response got = ask(speaking(), all);
        EXPECT_EQ(got.status, 200);
        std::string text, whole;
        std::size_t at = 0;
        while (at < got.body.size()) {
            ASSERT_TRUE(whole.empty()) << "an event behind the last";
            const std::size_t end = got.body.find("\n\n", at);
            ASSERT_NE(end, got.body.npos);
            const std::string event = got.body.substr(at, end - at);
            at = end + 2;
            const std::size_t line = event.find('\n');
            const json::value data = json::parse(event.substr(line + 7)).value();
            EXPECT_EQ(event.substr(0, line), "event: " + data["type"].get<std::string>());
            if (data["type"] == "transcript.text.done") {
                whole = data["text"];
            } else {
                EXPECT_EQ(data["type"], "transcript.text.delta");
                EXPECT_EQ(data["text"], data["delta"]);
                text += data["text"].get<std::string>();
            }
        }
        EXPECT_EQ(whole, "Hello there. Hi <you>.");
        EXPECT_EQ(text, whole);
    }
}

TEST(transcriptions, take_what_the_page_names_and_refuse_the_rest) {
    SCOPED_TRACE("rule: tr-temperature");
    SCOPED_TRACE("rule: tr-chunking");
    SCOPED_TRACE("rule: tr-speakers-max");
    for (const char* each : {"0", "0.5", "1"})
        EXPECT_EQ(ask(speaking(), {{"temperature", each}}).status, 200);
    for (const char* each : {"-0.1", "1.1", "warm"})
        expect_invalid(ask(speaking(), {{"temperature", each}}), "temperature");
    for (const char* each : {"auto", R"({"type":"server_vad"})"})
        EXPECT_EQ(ask(speaking(), {{"chunking_strategy", each}}).status, 200) << each;
    expect_invalid(ask(speaking(), {{"chunking_strategy", "none"}}));
    expect_invalid(ask(speaking(), {{"language", "English"}}), "language");
    expect_invalid(ask(speaking(), {{"stream", "yes"}}), "stream");
    const auto speakers = [](int names, int references) {
        std::vector<part> made;
        for (int i = 0; i < names; ++i) made.push_back({"known_speaker_names[]", "Ada"});
        for (int i = 0; i < references; ++i) made.push_back({"known_speaker_references[]", "UklG"});
        return ask(speaking(), made);
    };
    EXPECT_EQ(speakers(4, 4).status, 200);
    expect_invalid(speakers(5, 5), "known_speaker_names[]");
    expect_invalid(speakers(1, 2), "known_speaker_references[]");
}

TEST(transcriptions, need_a_model_and_a_file_of_sound) {
    SCOPED_TRACE("rule: tr-missing-model");
    SCOPED_TRACE("rule: tr-missing-file");
    SCOPED_TRACE("rule: tr-formats");
    expect_invalid(post_body(speaking(), form_of({talk})), "model");
    expect_invalid(post_body(speaking(), form_of({{"model", ""}, talk})), "model");
    expect_invalid(post_body(speaking(), form_of({whisper})), "file");
    expect_invalid(post_body(speaking(), form_of({whisper, {"file", "a text"}})), "file");
    for (const std::string each :
         {"mp3", "mp4", "mpeg", "mpga", "m4a", "WAV", "flac", "ogg", "webm"}) {
        register_in(speaking(), {{"file_name", "x." + each}, {"text", "Yes."}});
        EXPECT_EQ(post_body(speaking(), form_of({whisper, {"file", "x", "x." + each}})).status,
                  200);
    }
    register_in(speaking(), {{"file_name", "blob"}, {"text", "Yes."}});
    for (const char* type : {"audio/wav", "audio/x-m4a", "video/mp4", "audio/webm; codecs=opus"})
        EXPECT_EQ(post_body(speaking(), form_of({whisper, {"file", "x", "blob", type}})).status,
                  200)
            << type;
    expect_invalid(post_body(speaking(), form_of({whisper, {"file", "x", "blob", "text/plain"}})),
                   "file");
    expect_invalid(post_body(speaking(), form_of({whisper, {"file", "x", "x.txt", "audio/wav"}})),
                   "file");
}

TEST(transcriptions, find_their_model) {
    SCOPED_TRACE("rule: tr-prefix-optional");
    SCOPED_TRACE("rule: tr-provider-unsupported");
    SCOPED_TRACE("rule: tr-not-found");
    SCOPED_TRACE("rule: tr-auth-error");
    const auto by = [](const char* model) {
        return post_body(speaking(), form_of({{"model", model}, talk}));
    };
    for (const char* each : {"whisper-1", "openai:whisper-1", "groq:whisper-large-v3"})
        EXPECT_EQ(by(each).status, 200) << each;
    for (const char* each : {"claude-3-5-sonnet-20241022", "mistral:mistral-embed", "gpt-4o"})
        expect_invalid(by(each), "model");
    for (const char* each : {"nobody:whisper-1", "whisper-9"}) {
        EXPECT_EQ(by(each).status, 404);
        EXPECT_EQ(error_type(by(each)), "invalid_request_error");
    }
    for (const std::string& key : {std::string(), bearer("wrong")}) {
        const raw_response got = post_body(speaking(), form_of({whisper, talk}), key);
        EXPECT_EQ(got.status, 401);
        EXPECT_EQ(error_type(got), "authentication_error");
    }
}

TEST(transcriptions, are_limited) {
    SCOPED_TRACE("rule: tr-rate-limit");
    cortex_options how;
    how.api_keys.front().requests_per_minute = 1;
    gateway slow(how);
    post_body(slow, form_of({talk}));
    const raw_response got = post_body(slow, form_of({whisper, talk}));
    EXPECT_EQ(got.status, 429);
    EXPECT_EQ(error_type(got), "rate_limit_error");
}

// Of a recording of CMU, where this is built with what recognises speech.
TEST(transcriptions, hear_speech) {
    const std::string bytes = test::bytes_of(test::a_recording);
    if (bytes.empty()) GTEST_SKIP() << test::need_recordings;
    raw_response got = post_body(speaking(), form_of({whisper,
                                                      {"file", bytes, "cards.wav"},
                                                      {"response_format", "verbose_json"},
                                                      {"timestamp_granularities[]", "word"}}));
    if (got.status == 501) GTEST_SKIP() << got.body;
    ASSERT_EQ(got.status, 200) << got.body;
    const json::value told = got.json();
    EXPECT_EQ(told["text"], "ten of clubs");
    EXPECT_NEAR(told["duration"].get<double>(), 1.08, 0.1);
    double last = 0;
    for (const json::value& each : told["words"]) {
        EXPECT_GE(each["start"].get<double>(), last);
        EXPECT_GT(each["end"], each["start"]);
        last = each["end"].get<double>();
    }
    EXPECT_LE(last, told["duration"].get<double>());
    expect_invalid(post_body(speaking(), form_of({whisper, {"file", "no sound", "broken.mp3"}})),
                   "file");
    const part spoken{"file", bytes, "cards.wav"};
    expect_invalid(post_body(speaking(), form_of({whisper, spoken, {"language", "de"}})),
                   "language");
    const raw_response in_pieces =
        post_body(speaking(), form_of({whisper, spoken, {"stream", "true"}}));
    EXPECT_EQ(in_pieces.events().size(), 4U) << in_pieces.body;
    EXPECT_EQ(json::parse(in_pieces.events().back()).value()["text"], "ten of clubs");
    EXPECT_EQ(ask(speaking(), {}).status, 200);
}

}  // namespace
}  // namespace tessera::contract::gateway_tests::transcription_tests
