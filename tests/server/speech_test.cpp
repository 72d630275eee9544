// Who listens to speech: a program for each recording, whatever becomes of it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <future>

#include "speech/listener.hpp"
#include "support/random_model.hpp"
#include "support/recordings.hpp"

namespace tessera::server::testing {
namespace {
namespace speech_tests {

struct told {
    std::optional<problem> refused;
    transcript heard;
};

told hear(const options& with, recording of, std::stop_token stop = {}) {
    signal(SIGPIPE, SIG_IGN);
    told made;
    const auto end = make_listener(with)->transcribe(
        of, [&](spoken_segment each) { made.heard.segments.push_back(std::move(each)); },
        std::move(stop));
    // Nobody is left behind.
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    if (!end) {
        ADD_FAILURE() << "who listens always answers";
    } else if (const auto* refused = std::get_if<problem>(&*end)) {
        made.refused = *refused;
    } else {
        made.heard.language = std::get<transcribed>(*end).language;
        made.heard.duration = std::get<transcribed>(*end).duration;
    }
    return made;
}

// Another program in the place of tessera-listen.
class scripted_listener {
  public:
    explicit scripted_listener(const std::string& lines) : folder_("tessera-speech") {
        const std::filesystem::path file = folder_.path() / "listen";
        std::ofstream(file) << "#!/bin/sh\n" << lines << '\n';
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        options_.speech.program = file;
    }

    told hear(std::chrono::milliseconds longest = std::chrono::minutes(1),
              std::stop_token stop = {}) {
        options_.speech.timeout = longest;
        return speech_tests::hear(options_, {.name = "a.wav", .bytes = "sound"}, stop);
    }
    const std::filesystem::path& folder() const { return folder_.path(); }

  private:
    tessera::testing::temporary_folder folder_;
    options options_;
};

const std::string word_line =
    R"(echo '{"words": [{"text": "yes", "start": 0.5, "end": 1, "logprob": -0.5}]}')";

TEST(speech, is_what_the_program_says) {
    const told made = scripted_listener("cat >/dev/null; echo '{\"duration\": 2.5}'; " + word_line +
                                        "; " + word_line)
                          .hear();
    ASSERT_FALSE(made.refused) << made.refused->message;
    EXPECT_EQ(made.heard.language, "en");
    EXPECT_EQ(made.heard.duration, 2.5);
    ASSERT_EQ(made.heard.segments.size(), 2U);
    const spoken_segment& first = made.heard.segments.front();
    EXPECT_EQ(first.text, "yes");
    EXPECT_EQ(first.start, 0.5);
    EXPECT_EQ(first.end, 1);
    EXPECT_EQ(first.words.at(0).logprob, -0.5);
}

TEST(speech, a_program_that_fails_is_told_apart_from_a_file_that_does) {
    struct expected {
        const char* script;
        int status;
        const char* says;
    };
    for (const expected& each :
         {expected{R"(echo '{"refused": "it is no sound file"}')", 400, "it is no sound file"},
          expected{"kill -SEGV $$", 400, "its decoder failed"},
          expected{"echo '{\"duration\": 2}'; kill -SEGV $$", 500, "signal 11"},
          expected{"echo wrong >&2; exit 3", 500, "it ended with status 3: wrong"},
          expected{"exec yes 'a'", 500, ""}}) {
        SCOPED_TRACE(each.script);
        try {
            const told made = scripted_listener(each.script).hear();
            ASSERT_TRUE(made.refused);
            EXPECT_EQ(made.refused->status, each.status);
            EXPECT_NE(made.refused->message.find(each.says), std::string::npos)
                << made.refused->message;
        } catch (const std::runtime_error& thrown) {
            // What is no JSON.
            EXPECT_EQ(std::string(thrown.what()), "tessera-listen says what cannot be read");
            EXPECT_EQ(std::string(each.says), "");
        }
    }
    options absent;
    absent.speech.program = "/absent/listen";
    EXPECT_THROW(hear(absent, {.name = "a.wav", .bytes = "sound"}), std::runtime_error);
}

TEST(speech, a_program_that_hangs_is_killed) {
    const told late =
        scripted_listener("sleep 1000 & sleep 1000").hear(std::chrono::milliseconds(50));
    ASSERT_TRUE(late.refused);
    EXPECT_EQ(late.refused->status, 500);
    EXPECT_NE(late.refused->message.find("it took longer than 50 ms"), std::string::npos);

    std::stop_source stop;
    scripted_listener hanging("touch \"$(dirname \"$0\")/began\"; sleep 1000");
    auto stopped = std::async(
        std::launch::async, [&] { return hanging.hear(std::chrono::hours(1), stop.get_token()); });
    while (!exists(hanging.folder() / "began")) std::this_thread::yield();
    stop.request_stop();
    ASSERT_EQ(stopped.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    EXPECT_TRUE(stopped.get().refused);
}

TEST(speech, what_the_recogniser_cannot_do_is_said) {
    const auto refusal = [](recording of) {
        const auto made = hear({}, std::move(of));
        EXPECT_TRUE(made.refused);
        return made.refused.value_or(problem{});
    };
    const problem language = refusal({.name = "a", .bytes = "x", .language = "de"});
    EXPECT_EQ(language.status, 400);
    EXPECT_EQ(language.param, "language");
    EXPECT_NE(language.message.find("knows \"en\" alone"), std::string::npos);
    const problem speakers = refusal({.name = "a", .bytes = "x", .speakers = {"Ada", "Bo"}});
    EXPECT_EQ(speakers.status, 400);
    EXPECT_EQ(speakers.param, "known_speaker_names[]");
    EXPECT_NE(speakers.message.find("cannot tell speakers apart"), std::string::npos);
}

TEST(speech, without_a_recogniser_says_how_to_get_one) {
    const char* const path = std::getenv("PATH");
    const std::string before = path ? path : "";
    const bool is_built = std::filesystem::exists(TESSERA_LISTEN_BUILT);
    if (is_built) GTEST_SKIP() << "this build has one";
    setenv("PATH", "/absent", 1);
    const told made = hear({}, {.name = "a.wav", .bytes = "x"});
    setenv("PATH", before.c_str(), 1);
    ASSERT_TRUE(made.refused);
    EXPECT_EQ(made.refused->status, 501);
    EXPECT_NE(made.refused->message.find("scripts/setup.sh --with-speech"), std::string::npos);
}

// The program itself, where it is built.
class real_speech : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(TESSERA_LISTEN_BUILT))
            GTEST_SKIP() << "this build recognises no speech: scripts/setup.sh --with-speech";
        if (!exists(test::a_recording) || test::output_of("ffmpeg -version").empty())
            GTEST_SKIP() << test::need_recordings;
    }
    static told hear(const std::string& bytes, std::vector<std::string> speakers = {}) {
        return speech_tests::hear({},
                                  {.name = "a", .bytes = bytes, .speakers = std::move(speakers)});
    }
    // True where it is refused as the client's fault.
    static bool is_refused(const std::string& bytes) {
        const told made = hear(bytes);
        if (!made.refused) return false;
        EXPECT_EQ(made.refused->status, 400) << made.refused->message;
        EXPECT_EQ(made.refused->param, "file");
        EXPECT_EQ(made.refused->code, "invalid_file");
        return true;
    }
};

TEST_F(real_speech, is_heard_in_every_format) {
    for (const test::sound_format& format : test::sound_formats) {
        SCOPED_TRACE(format.extension);
        const std::string file = test::converted(test::a_recording, format);
        ASSERT_FALSE(file.empty());
        const told made = hear(file, {"Ada"});
        ASSERT_FALSE(made.refused) << made.refused->message;
        EXPECT_EQ(text_of(made.heard), "ten of clubs");
        EXPECT_NEAR(made.heard.duration, 1.1, 0.1);
        EXPECT_EQ(made.heard.segments.at(0).speaker, "Ada");
        double last = 0;
        for (const spoken_word& each : made.heard.segments[0].words) {
            EXPECT_GE(each.start, last);
            EXPECT_GT(each.end, each.start);
            EXPECT_LE(each.logprob, 0);
            last = each.end;
        }
        EXPECT_LE(last, made.heard.duration);
    }
}

TEST_F(real_speech, hostile_files_are_refused) {
    const std::string whole = test::bytes_of(test::a_recording);
    for (const std::string& each :
         {std::string(), std::string(1'000'000, 'x'), whole.substr(0, 20), whole.substr(20),
          std::string("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/a.ts\n")})
        EXPECT_TRUE(is_refused(each)) << each.substr(0, 20);
    const std::string silence = test::output_of(
        "ffmpeg -v error -nostdin -f lavfi -i anullsrc=r=8000:cl=mono -t 3700 -f flac -");
    const told bomb = hear(silence);
    ASSERT_TRUE(bomb.refused);
    EXPECT_EQ(bomb.refused->status, 400);
    EXPECT_NE(bomb.refused->message.find("longer than 3600 seconds"), std::string::npos)
        << bomb.refused->message;
}

}  // namespace speech_tests
}  // namespace
}  // namespace tessera::server::testing
