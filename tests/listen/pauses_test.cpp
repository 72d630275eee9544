// Where speech is parted.
#include <gtest/gtest.h>

#include <utility>

#include "speech/listen/audio.hpp"
#include "speech/listen/recognizer.hpp"

namespace tessera::listen {
namespace {

struct stretch {
    double seconds;
    int loudness;
};

std::vector<std::int16_t> sound_of(const std::vector<stretch>& all) {
    std::vector<std::int16_t> samples;
    for (const stretch& each : all)
        for (int i = 0; i < each.seconds * sample_rate; ++i)
            samples.push_back(
                static_cast<std::int16_t>(i % 40 < 20 ? each.loudness : -each.loudness));
    return samples;
}

// In seconds.
std::vector<std::pair<double, double>> parts_of(const std::vector<stretch>& all) {
    const auto samples = sound_of(all);
    std::vector<std::pair<double, double>> parts;
    part_at_pauses(samples, [&](std::size_t begin, std::size_t end) {
        EXPECT_LT(begin, end);
        EXPECT_LE(end, samples.size());
        parts.emplace_back(double(begin) / sample_rate, double(end) / sample_rate);
    });
    return parts;
}

TEST(pauses, part_an_utterance_from_the_next) {
    const auto parts =
        parts_of({{1, 5}, {2, 4000}, {0.3, 5}, {1, 4000}, {1.5, 5}, {1, 3000}, {1, 5}});
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_NEAR(parts[0].first, 0.8, 0.05);
    EXPECT_NEAR(parts[0].second, 4.5, 0.05);
    EXPECT_NEAR(parts[1].first, 5.6, 0.05);
    EXPECT_NEAR(parts[1].second, 7, 0.05);
}

TEST(pauses, silence_and_hum_are_no_speech) {
    EXPECT_TRUE(parts_of({}).empty());
    EXPECT_TRUE(parts_of({{5, 0}}).empty());
    EXPECT_TRUE(parts_of({{5, 20}}).empty());
    EXPECT_EQ(parts_of({{0.001, 9000}}).size(), 1U);
}

TEST(pauses, who_never_pauses_is_parted_all_the_same) {
    const auto parts = parts_of({{70, 4000}});
    ASSERT_EQ(parts.size(), 3U);
    double last = 0;
    for (const auto& [begin, end] : parts) {
        EXPECT_EQ(begin, last);
        EXPECT_LE(end - begin, 30.5);
        last = end;
    }
    EXPECT_NEAR(last, 70, 0.1);
}

}  // namespace
}  // namespace tessera::listen
