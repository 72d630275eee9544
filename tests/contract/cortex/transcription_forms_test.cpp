// Forms that are broken or odd.
#include <cstdio>
#include <filesystem>
#include <thread>

#include "contract/cortex/transcriptions.hpp"

namespace tessera::contract::gateway_tests::transcription_tests {
namespace {

// Files that uploads lie in: they have no names, and are gone when nobody reads them.
int open_uploads() {
    int count = 0;
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        const std::string file = std::filesystem::read_symlink(each, ignored);
        count += file.starts_with(P_tmpdir) && file.ends_with(" (deleted)");
    }
    return count;
}

void wait_for_uploads(int count) {
    while (open_uploads() != count) std::this_thread::yield();
}

TEST(transcriptions, of_a_form_that_is_cut_anywhere_are_refused) {
    const std::string whole = form_of({whisper, talk, {"language", "en"}});
    EXPECT_EQ(post_body(speaking(), whole).status, 200);
    // What follows the closing boundary is not looked at.
    for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
        const raw_response got = post_body(speaking(), whole.substr(0, size));
        ASSERT_EQ(got.status, 400) << size << ": " << got.body;
        ASSERT_EQ(error_type(got), "invalid_request_error") << size;
    }
}

// The rest of the body never comes.
TEST(transcriptions, of_a_body_that_is_cut_anywhere_end_with_their_connection) {
    const std::string whole = form_of({whisper, talk, {"language", "en"}});
    const std::string head =
        head_of("POST", "/cortex/v1/audio/transcriptions",
                key_line + form_line + "content-length: " + std::to_string(whole.size()) + "\r\n");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        raw_client by(speaking().port());
        by.send(head + whole.substr(0, size));
        by.send_end();
        const raw_response got = by.receive("POST");
        ASSERT_TRUE(got.status == 0 || got.status == 400) << size << ": " << got.body;
    }
    EXPECT_EQ(post_body(speaking(), whole).status, 200);
}

TEST(transcriptions, of_odd_forms_are_refused) {
    expect_invalid(ask(speaking(), {talk}), "file");
    expect_invalid(ask(speaking(), {whisper}), "model");
    expect_invalid(ask(speaking(), {{"stream", "true"}, {"stream", "true"}}), "stream");
    std::string nameless = form_of({whisper, talk});
    nameless.replace(nameless.find("; name=\"model\""), 14, "");
    expect_invalid(post_body(speaking(), nameless));
    const raw_response crowded = ask(speaking(), std::vector<part>(10'000, {"x", "y"}));
    expect_invalid(crowded);
    EXPECT_NE(crowded.body.find("has more parts than"), std::string::npos) << crowded.body;
    // A large text, and a part whose head does not end.
    expect_invalid(ask(speaking(), {{"prompt", std::string(2 * 1024 * 1024, 'x')}}), "prompt");
    expect_invalid(ask(speaking(), {{std::string(1024 * 1024, 'x'), "y"}}));
    expect_invalid(post_body(speaking(), "--edge\r\n" + std::string(1024 * 1024, 'x')));
}

TEST(transcriptions, uploads_leave_nothing) {
    const int before = open_uploads();
    const std::string large(2 * 1024 * 1024, 'x');
    const std::string whole = form_of({whisper, {"file", large, "talk.wav"}});
    {
        raw_client by(speaking().port());
        by.send(head_of(
            "POST", "/cortex/v1/audio/transcriptions",
            key_line + form_line + "content-length: " + std::to_string(whole.size()) + "\r\n"));
        by.send(whole.substr(0, whole.size() - 100));
        wait_for_uploads(before + 1);
        by.close();
        wait_for_uploads(before);
    }
    EXPECT_EQ(post_body(speaking(), whole).status, 200);
    expect_invalid(post_body(speaking(), whole.substr(0, whole.size() - 100)));
    // A path is a name like any other, and nothing is written at it.
    const std::filesystem::path target =
        std::filesystem::path(::testing::TempDir()) / "tessera-escaped.wav";
    std::filesystem::remove(target);
    for (const std::string& each : {target.string(), "../../../.." + target.string()}) {
        register_in(speaking(), {{"file_name", each}, {"text", "Yes."}});
        EXPECT_EQ(post_body(speaking(), form_of({whisper, {"file", large, each}})).status, 200);
        EXPECT_FALSE(std::filesystem::exists(target));
    }
    wait_for_uploads(before);
}

}  // namespace
}  // namespace tessera::contract::gateway_tests::transcription_tests
