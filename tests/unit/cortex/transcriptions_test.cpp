// Speech as text: what is sent, and every form of what comes.
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "support/round_trips.hpp"
#include "tessera/http/multipart.hpp"
#include "unit/cortex/client_fixture.hpp"

namespace tessera::cortex::test {
namespace {

openai::transcription_request speech() {
    return {.model = "openai:whisper-1", .file = file::of("RIFFdata", "talk.wav")};
}

std::vector<http::part> parts_of(const received_request& asked) {
    auto reader = http::multipart_reader::from_content_type(asked.header("content-type"));
    EXPECT_TRUE(reader.has_value());
    std::vector<http::part> made;
    for (std::string_view left = asked.body;;) {
        const auto step = reader->next(left);
        left.remove_prefix(step.consumed);
        if (step.event == http::multipart_event::part) made.push_back(reader->part());
        if (step.event == http::multipart_event::data) made.back().data += step.data;
        if (step.event == http::multipart_event::complete) return made;
        if (step.event == http::multipart_event::failed ||
            step.event == http::multipart_event::need_more) {
            ADD_FAILURE() << "no whole form";
            return made;
        }
    }
}

class transcriptions : public gateway {
  protected:
    void answer(std::string body, std::string type = "application/json") {
        serve([body = std::move(body), type = std::move(type)](session& on,
                                                               const received_request& asked, int) {
            EXPECT_EQ(asked.head.target, "/v1/audio/transcriptions");
            on.send("HTTP/1.1 200 OK\r\ncontent-type: " + type +
                    "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        });
    }
};

TEST_F(transcriptions, are_asked_for_by_a_form) {
    serve([](session& on, const received_request& asked, int) {
        std::vector<std::pair<std::string, std::string>> texts;
        for (const http::part& each : parts_of(asked)) {
            if (!each.filename) {
                texts.emplace_back(each.name, each.data);
                continue;
            }
            EXPECT_EQ(each.name, "file");
            EXPECT_EQ(each.filename, "talk.wav");
            EXPECT_EQ(each.content_type, "audio/wav");
            EXPECT_EQ(each.data, "RIFFdata");
        }
        const std::vector<std::pair<std::string, std::string>> wanted = {
            {"model", "openai:whisper-1"},
            {"language", "en"},
            {"prompt", "Names: Ada"},
            {"response_format", "verbose_json"},
            {"temperature", "0.5"},
            {"include[]", "logprobs"},
            {"timestamp_granularities[]", "word"},
            {"timestamp_granularities[]", "segment"},
            {"chunking_strategy", R"({"type":"server_vad"})"},
            {"known_speaker_names[]", "Ada"},
            {"known_speaker_references[]", "UklGRg=="}};
        EXPECT_EQ(texts, wanted);
        on.answer(200, R"({"text":"Hello."})");
    });
    openai::transcription_request asks = speech();
    asks.language = "en";
    asks.prompt = "Names: Ada";
    asks.response_format = openai::transcription_format::verbose_json;
    asks.temperature = 0.5;
    asks.include = {"logprobs"};
    asks.timestamp_granularities = {openai::timestamp_granularity::word,
                                    openai::timestamp_granularity::segment};
    asks.chunking_strategy = openai::chunking_options{{{"type", "server_vad"}}};
    asks.known_speaker_names = {"Ada"};
    asks.known_speaker_references = {"UklGRg=="};
    EXPECT_EQ(openai::text_of(at_gateway().audio.transcriptions.create(asks)), "Hello.");
}

TEST_F(transcriptions, take_audio_from_a_path_a_buffer_and_a_callback) {
    const auto path = std::filesystem::path(::testing::TempDir()) / "tessera-upload.wav";
    std::ofstream(path) << "RIFFdata";
    const auto open = []() -> result<file::reader> {
        return file::reader([left = std::string("RIFFdata")](
                                char* to, std::size_t most) mutable -> result<std::size_t> {
            const std::size_t size = left.copy(to, std::min<std::size_t>(most, 3));
            left.erase(0, size);
            return size;
        });
    };
    serve([](session& on, const received_request& asked, int) {
        const auto parts = parts_of(asked);
        ASSERT_FALSE(parts.empty());
        EXPECT_EQ(parts.back().data, "RIFFdata");
        on.answer(200, R"({"text":"Hello."})");
    });
    const client with = at_gateway();
    for (const file& each :
         {file::at(path), file::of("RIFFdata", "a.wav"), file::from(open, "a.wav")}) {
        openai::transcription_request asks = speech();
        asks.file = each;
        EXPECT_EQ(openai::text_of(with.audio.transcriptions.create(asks)), "Hello.");
    }
    std::filesystem::remove(path);
}

TEST_F(transcriptions, are_typed_by_their_format) {
    answer(R"({"task":"transcribe","language":"en","duration":12.5,"text":"Hello.",)"
           R"("words":[{"word":"Hello","start":0.0,"end":0.5}],)"
           R"("segments":[{"id":0,"start":0.0,"end":2.0,"text":"Hello.","tokens":[1]}],)"
           R"("usage":{"type":"duration","seconds":12.5}})");
    auto came = at_gateway().audio.transcriptions.create(speech());
    const auto& verbose = std::get<openai::verbose_transcription>(came);
    EXPECT_EQ(verbose.words->at(0).end, 0.5);
    EXPECT_EQ(verbose.segments->at(0).extra["tokens"][0], 1);
    EXPECT_EQ(std::get<openai::transcription_duration>(*verbose.usage).seconds, 12.5);

    answer(R"({"text":"Speaker A: Hello.","segments":[{"type":"transcript.text.segment",)"
           R"("id":"seg_001","start":0.0,"end":1.5,"text":"Hello.","speaker":"A"}]})");
    came = at_gateway().audio.transcriptions.create(speech());
    EXPECT_EQ(std::get<openai::diarized_transcription>(came).segments.at(0).speaker, "A");

    answer(R"({"text":"Hello.","logprobs":[{"token":"Hello","logprob":-0.5,"bytes":[72]}],)"
           R"("usage":{"type":"tokens","input_tokens":4,"output_tokens":1,"total_tokens":5}})");
    came = at_gateway().audio.transcriptions.create(speech());
    const auto& plain = std::get<openai::plain_transcription>(came);
    EXPECT_EQ(plain.logprobs->at(0).logprob, -0.5);
    EXPECT_EQ(std::get<openai::transcription_tokens>(*plain.usage).total_tokens, 5);

    for (const char* text : {"Hello.\n", "1\n00:00:00,000 --> 00:00:02,000\nHello.\n",
                             "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHello.\n"}) {
        answer(text, "text/plain; charset=utf-8");
        came = at_gateway().audio.transcriptions.create(speech());
        EXPECT_EQ(std::get<std::string>(came), text);
        EXPECT_EQ(openai::text_of(came), text);
    }
}

TEST_F(transcriptions, that_lack_what_they_need_are_errors) {
    for (const char* body :
         {"{}", "[]", "null", "{", R"({"task":"transcribe"})", R"({"segments":[{}]})"}) {
        answer(body);
        const auto came = at_gateway().audio.transcriptions.try_create(speech());
        ASSERT_FALSE(came.has_value()) << body;
        EXPECT_EQ(came.error().kind, error_kind::decode) << body;
    }
}

TEST_F(transcriptions, come_as_a_stream) {
    serve([](session& on, const received_request& asked, int) {
        bool streams = false;
        for (const http::part& each : parts_of(asked))
            streams |= each.name == "stream" && each.data == "true";
        EXPECT_TRUE(streams);
        on.send(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
            "event: transcript.text.delta\ndata: {\"type\":\"transcript.text.delta\","
            "\"text\":\"Hello\",\"delta\":\"Hello\"}\n\n"
            "event: transcript.text.delta\ndata: {\"type\":\"transcript.text.delta\","
            "\"delta\":\" world\"}\n\n"
            "event: transcript.text.new\ndata: {\"type\":\"transcript.text.new\"}\n\n"
            "event: transcript.text.done\ndata: {\"type\":\"transcript.text.done\","
            "\"text\":\"Hello world\"}\n\n");
    });
    std::string text, whole;
    int unknown = 0;
    for (const auto& each : at_gateway().audio.transcriptions.stream(speech())) {
        text += openai::text_of(each);
        if (const auto* done = std::get_if<openai::transcript_done>(&each)) whole = done->text;
        unknown += std::holds_alternative<json::unknown>(each);
    }
    EXPECT_EQ(text, "Hello world");
    EXPECT_EQ(whole, text);
    EXPECT_EQ(unknown, 1);
}

template <class T>
class transcription_type : public ::testing::Test {};
using transcription_types =
    ::testing::Types<openai::plain_transcription, openai::verbose_transcription,
                     openai::diarized_transcription, openai::transcription_usage,
                     openai::transcript_delta, openai::transcript_done, openai::diarized_segment>;
TYPED_TEST_SUITE(transcription_type, transcription_types);
TYPED_TEST(transcription_type, loses_nothing) { tessera::test::loses_nothing<TypeParam>(); }

}  // namespace
}  // namespace tessera::cortex::test
