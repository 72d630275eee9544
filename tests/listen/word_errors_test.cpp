// How well speech is heard: what is printed here is what docs/benchmarks tells.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "speech/listen/audio.hpp"
#include "speech/listen/recognizer.hpp"
#include "support/recordings.hpp"

namespace tessera::listen {
namespace {

using words = std::vector<std::string>;

words words_of(const std::string& text) {
    std::istringstream from(text);
    return words(std::istream_iterator<std::string>(from), {});
}

// The fewest words that are to be put in, taken out or replaced.
std::size_t errors_in(const words& heard, const words& said) {
    std::vector<std::size_t> row(heard.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= said.size(); ++i) {
        std::size_t before = std::exchange(row[0], i);
        for (std::size_t j = 1; j < row.size(); ++j) {
            const std::size_t replaced = before + (said[i - 1] == heard[j - 1] ? 0 : 1);
            before = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

// Of several recordings.
class measured {
  public:
    void add(const std::string& file, const std::string& said) {
        const auto samples = decode(file, 60);
        seconds_ += double(samples.size()) / sample_rate;
        words all;
        part_at_pauses(samples, [&](std::size_t begin, std::size_t end) {
            for (auto& each : recognizer_.hear(std::span(samples).subspan(begin, end - begin), 0))
                all.push_back(std::move(each.text));
        });
        said_ += words_of(said).size();
        errors_ += errors_in(all, words_of(said));
    }
    // In percent.
    double rate() const { return 100 * double(errors_) / double(said_); }
    void print(const std::string& name) const {
        std::cout << std::fixed << std::setprecision(1) << name << ", " << seconds_
                  << " s: " << errors_ << " errors in " << said_ << " words, " << rate() << " %\n";
    }

  private:
    recognizer recognizer_{TESSERA_SPEECH_MODEL};
    std::size_t said_ = 0, errors_ = 0;
    double seconds_ = 0;
};

TEST(word_errors, are_counted) {
    EXPECT_EQ(errors_in(words_of("a b c"), words_of("a b c")), 0U);
    EXPECT_EQ(errors_in(words_of("a x c d"), words_of("a b c")), 2U);
    EXPECT_EQ(errors_in(words_of("c"), words_of("a b c")), 2U);
    EXPECT_EQ(errors_in({}, words_of("a b")), 2U);
}

// Of the folder's recordings, by the file that says what is said in them:
// <s> ten of clubs </s> (001)
double of_cmu(const std::string& folder, const std::string& said) {
    measured made;
    std::ifstream lines(test::cmu_recordings / folder / said);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = line.find("<s>") + 3, end = line.find("</s>");
        const std::size_t open = line.find('('), close = line.find(')');
        made.add(test::bytes_of(test::cmu_recordings / folder /
                                (line.substr(open + 1, close - open - 1) + ".wav")),
                 line.substr(begin, end - begin));
    }
    made.print("CMU's " + folder);
    return made.rate();
}

TEST(word_errors, of_recorded_speech) {
    if (!exists(test::cmu_recordings / "librivox")) GTEST_SKIP() << test::need_recordings;
    EXPECT_LE(of_cmu("cards", "cards.transcription"), 10);
    EXPECT_LE(of_cmu("librivox", "transcription"), 40);
}

double of_voice(const std::string& name, const std::string& command) {
    measured made;
    for (const std::string said : {"the weather is very nice today and we are going to the park",
                                   "please open the window and close the door",
                                   "she bought three apples and two bottles of water",
                                   "the train to london leaves at seven in the morning",
                                   "my brother works in a small hospital near the river"})
        made.add(test::output_of(command + " '" + said + "'"), said);
    made.print(name);
    return made.rate();
}

TEST(word_errors, of_spoken_sentences) {
    if (test::output_of("espeak-ng --version").empty() || test::output_of("flite -lv").empty())
        GTEST_SKIP() << test::need_recordings;
    const auto of_flite = [](const std::string& voice) {
        // It writes to files alone.
        return of_voice("flite " + voice, "say() { f=$(mktemp) && flite -voice " + voice +
                                              " -o $f -t \"$1\" && cat $f; rm $f; }; say");
    };
    EXPECT_LE(of_flite("slt"), 15);
    EXPECT_LE(of_flite("kal16"), 40);
    const std::string espeak = "espeak-ng --stdout -v ";
    EXPECT_LE(of_voice("espeak-ng en-us+klatt", espeak + "en-us+klatt"), 45);
    // The plain voice is hard to understand for people, too.
    EXPECT_LE(of_voice("espeak-ng en-us", espeak + "en-us"), 95);
}

}  // namespace
}  // namespace tessera::listen
