// Recordings that the server transcribes as the test says.
#include <gtest/gtest.h>

#include <tessera/cortex.hpp>
#include <tessera/server.hpp>
#include <variant>

namespace {

namespace openai = tessera::openai;

// [transcript]
TEST(minutes, name_who_speaks) {
    tessera::server::local backend;
    backend.register_transcript(
        {.file_name = "meeting.wav",
         .segments = {{{.text = "Shall we begin?", .start = 0, .end = 1.5, .speaker = "A"},
                       {.text = "Yes.", .start = 2, .end = 2.5, .speaker = "B"}}}});

    const tessera::cortex::client client{
        {.api_key = backend.api_key("cortex"), .base_url = backend.url("cortex")}};
    const openai::transcription_request request{
        .model = "gpt-4o-transcribe-diarize",
        .file = tessera::file::of("any sound").as("meeting.wav"),
        .response_format = openai::transcription_format::diarized_json};
    const auto answer = client.audio.transcriptions.create(request);
    EXPECT_EQ(std::get<openai::diarized_transcription>(answer).segments.at(1).speaker, "B");
}
// [/transcript]

}  // namespace
