// Files of sound, and what is none.
#include "speech/listen/audio.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>

#include "support/recordings.hpp"

namespace tessera::listen {
namespace {

constexpr double enough = 60;  // seconds

std::string little_endian(std::uint32_t number, int bytes) {
    std::string made;
    for (int i = 0; i < bytes; ++i) made += static_cast<char>(number >> (8 * i));
    return made;
}

std::string wav_of(const std::string& data, std::uint32_t rate, int bits, int channels = 1,
                   std::uint32_t kind = 1) {
    const auto frame = static_cast<std::uint32_t>(channels * bits / 8);
    const std::string form =
        little_endian(kind, 2) + little_endian(static_cast<std::uint32_t>(channels), 2) +
        little_endian(rate, 4) + little_endian(rate * frame, 4) + little_endian(frame, 2) +
        little_endian(static_cast<std::uint32_t>(bits), 2);
    const auto size = static_cast<std::uint32_t>(data.size());
    return "RIFF" + little_endian(size + 36, 4) + "WAVEfmt " + little_endian(16, 4) + form +
           "data" + little_endian(size, 4) + data;
}

double loudness_of(const std::vector<std::int16_t>& samples) {
    double sum = 0;
    for (const double each : samples) sum += each * each;
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, samples.size())));
}

// Why it cannot be read; nothing where it can.
std::string refusal_of(const std::string& file, double most_seconds = enough) {
    try {
        const auto samples = decode(file, most_seconds);
        EXPECT_LE(samples.size(), (most_seconds + 1) * sample_rate);
        return {};
    } catch (const unreadable& thrown) {
        return thrown.what();
    }
}

TEST(audio, any_rate_and_any_channels_become_one_of_16_kHz) {
    for (const std::uint32_t rate : {8000U, 16'000U, 44'100U, 48'000U})
        for (const int channels : {1, 2}) {
            SCOPED_TRACE(std::to_string(rate) + " Hz, channels: " + std::to_string(channels));
            std::string data;
            for (std::uint32_t i = 0; i < rate; ++i)
                for (int c = 0; c < channels; ++c) {
                    const double wave =
                        10'000 * std::sin(2 * std::numbers::pi * 440 * i / double(rate));
                    data += little_endian(static_cast<std::uint32_t>(std::lround(wave)), 2);
                }
            const auto samples = decode(wav_of(data, rate, 16, channels), enough);
            EXPECT_NEAR(static_cast<double>(samples.size()), sample_rate, sample_rate / 100);
            EXPECT_NEAR(loudness_of(samples), 10'000 / std::numbers::sqrt2, 200);
        }
}

TEST(audio, what_is_no_sound_is_refused) {
    const std::string webpage = "<!DOCTYPE html><html><body>404</body></html>";
    const std::string playlist = "#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    const std::string list = "ffconcat version 1.0\nfile '/etc/passwd'\n";
    for (const std::string& each :
         {std::string(), std::string("x"), std::string(100'000, '\0'), std::string(100'000, 'x'),
          webpage, playlist, list, std::string("RIFF"), std::string("fLaC"), std::string("OggS"),
          std::string("ID3\x04\x00\x00\x7f\x7f\x7f\x7f", 10)})
        EXPECT_NE(refusal_of(each), "") << each.substr(0, 40);
    // A codec that is none of those that are served, and headers that lie.
    const std::string data(1000, 'x');
    EXPECT_NE(refusal_of(wav_of(data, 16'000, 16, 1, 0x161)), "");
    EXPECT_NE(refusal_of(wav_of("", 16'000, 16)), "");
    for (const auto& lie : {wav_of(data, 0, 16), wav_of(data, 16'000, 0), wav_of(data, 16'000, 7),
                            wav_of(data, 0xffffffff, 16), wav_of(data, 16'000, 16, 0),
                            wav_of(data, 16'000, 16, 65'535)})
        refusal_of(lie);
}

TEST(audio, little_that_becomes_much_is_refused) {
    // A sample a second.
    EXPECT_NE(refusal_of(wav_of(std::string(100'000, 'x'), 1, 8)), "");
    EXPECT_NE(refusal_of(wav_of(std::string(20'000'000, 'x'), 8000, 8)).find("longer than 60 s"),
              std::string::npos);
    // Two hours of silence in little more than a megabyte.
    const std::string silence = test::output_of(
        "ffmpeg -v error -nostdin -f lavfi -i anullsrc=r=8000:cl=mono -t 7200 -f flac -");
    if (silence.empty()) GTEST_SKIP() << test::need_recordings;
    EXPECT_LT(silence.size(), 2'000'000U);
    EXPECT_NE(refusal_of(silence, 3600).find("longer than 3600 s"), std::string::npos);
    EXPECT_EQ(refusal_of(silence, 7300), "");
}

// Of every format: whole it is heard; broken it is heard in part or refused, and nothing else.
TEST(audio, formats_are_read_whole_and_broken) {
    if (test::output_of("ffmpeg -version").empty() || !exists(test::a_recording))
        GTEST_SKIP() << test::need_recordings;
    const auto original = decode(test::bytes_of(test::a_recording), enough);
    std::mt19937 random(1);
    for (const test::sound_format& format : test::sound_formats) {
        SCOPED_TRACE(format.extension);
        const std::string file = test::converted(test::a_recording, format);
        ASSERT_FALSE(file.empty());
        const auto samples = decode(file, enough);
        EXPECT_NEAR(static_cast<double>(samples.size()), static_cast<double>(original.size()),
                    sample_rate / 5);
        EXPECT_NEAR(loudness_of(samples), loudness_of(original), loudness_of(original) / 5);

        for (std::size_t size = 0; size < file.size(); size += 1 + size / 8)
            refusal_of(file.substr(0, size));
        EXPECT_NE(refusal_of(file.substr(0, 3)), "");
        // Headers mostly, then anywhere.
        for (int i = 0; i < 200; ++i) {
            std::string broken = file;
            const std::size_t within =
                i % 2 == 0 ? std::min<std::size_t>(512, file.size()) : file.size();
            for (int flips = 1 + i % 8; flips > 0; --flips)
                broken[random() % within] = static_cast<char>(random());
            refusal_of(broken);
        }
        std::string mixed = file;
        std::shuffle(mixed.begin() + 64, mixed.end(), random);
        refusal_of(mixed);
    }
}

}  // namespace
}  // namespace tessera::listen
