// Transcripts that a program registers with its own server.
#include <gtest/gtest.h>

#include <limits>

#include "support.hpp"
#include "tessera/cortex/client.hpp"
#include "tessera/server.hpp"

namespace tessera::server::testing {
namespace {
namespace transcript_tests {

local tiny() { return local({.models = {tiny_model()}}); }

std::string transcription_of(const local& by, const std::string& name, const std::string& bytes) {
    const tessera::cortex::client client{
        {.api_key = by.api_key("cortex"), .base_url = by.url("cortex"), .max_retries = 0}};
    const openai::transcription_request request{.model = "whisper-1",
                                                .file = file::of(bytes).as(name)};
    return std::string(openai::text_of(client.audio.transcriptions.create(request)));
}

// SHA-256 of "abc", of FIPS 180-2.
const std::string of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(registered_transcript, is_found_by_content_before_name) {
    local backend = tiny();
    backend.register_transcript({.file_name = "talk.wav", .text = "by name"});
    EXPECT_EQ(transcription_of(backend, "talk.wav", "abc"), "by name");
    backend.register_transcript({.sha256 = of_abc, .text = "by content"});
    EXPECT_EQ(transcription_of(backend, "talk.wav", "abc"), "by content");
    EXPECT_EQ(transcription_of(backend, "other.mp3", "abc"), "by content");
    EXPECT_EQ(transcription_of(backend, "talk.wav", "abcd"), "by name");
    std::string upper = of_abc;
    for (char& each : upper) each = static_cast<char>(std::toupper(each));
    backend.register_transcript({.sha256 = upper, .text = "instead"});
    EXPECT_EQ(transcription_of(backend, "other.mp3", "abc"), "instead");
    // Others have their own.
    EXPECT_THROW(transcription_of(tiny(), "talk.wav", "abc"), tessera::exception);
}

TEST(registered_transcript, says_what_is_wrong_with_it) {
    local backend = tiny();
    const auto refusal_of = [&](registered_transcript given) -> std::string {
        try {
            backend.register_transcript(std::move(given));
        } catch (const std::invalid_argument& thrown) {
            return thrown.what();
        }
        return {};
    };
    const auto says = [](const std::string& told, const char* part) {
        EXPECT_NE(told.find(part), std::string::npos) << part << " is not in: " << told;
    };
    says(refusal_of({.text = "a"}), "file_name or sha256");
    says(refusal_of({.file_name = "a", .sha256 = of_abc, .text = "a"}), "file_name or sha256");
    says(refusal_of({.file_name = "a"}), "text or segments");
    says(refusal_of({.file_name = "", .text = "a"}), "file_name");
    says(refusal_of({.sha256 = "abc", .text = "a"}), "sha256");
    says(refusal_of({.sha256 = std::string(64, 'g'), .text = "a"}), "hexadecimal");
    says(refusal_of({.file_name = "a", .text = "a", .language = ""}), "language");
    says(refusal_of({.file_name = "a", .text = "a", .duration = -1}), "duration");
    for (const double wrong : {-1.0, 1e300, std::numeric_limits<double>::quiet_NaN()})
        says(
            refusal_of({.file_name = "a", .segments = {{{.text = "a", .start = wrong, .end = 2}}}}),
            "start");
    const registered_segment first{.text = "a", .start = 0, .end = 2};
    says(refusal_of({.file_name = "a", .segments = {{first, first}}}), "segments");
    EXPECT_EQ(refusal_of({.file_name = "a", .segments = {{}}}), "");
    local other({.api = "cerebras", .models = {tiny_model()}});
    EXPECT_THROW(other.register_transcript({.file_name = "a", .text = "a"}), std::invalid_argument);
}

TEST(registered_transcript, of_so_many_at_most) {
    local backend = tiny();
    for (int i = 0; i < 10'000; ++i)
        backend.register_transcript({.file_name = std::to_string(i), .text = "a"});
    EXPECT_NO_THROW(backend.register_transcript({.file_name = "7", .text = "b"}));
    EXPECT_THROW(backend.register_transcript({.file_name = "more", .text = "a"}),
                 std::invalid_argument);
}

}  // namespace transcript_tests
}  // namespace
}  // namespace tessera::server::testing
