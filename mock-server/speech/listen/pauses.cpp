#include <algorithm>
#include <cmath>

#include "speech/listen/audio.hpp"
#include "speech/listen/recognizer.hpp"

namespace tessera::listen {
namespace {

constexpr std::size_t window = sample_rate / 50;       // 20 ms
constexpr std::size_t pause = 30;                      // windows of silence that part
constexpr std::size_t margin = 10;                     // windows kept before and after
constexpr std::size_t longest = std::size_t{30} * 50;  // windows of one utterance
constexpr double quietest_speech = 60;                 // root mean square

std::vector<double> loudness_of(std::span<const std::int16_t> samples) {
    std::vector<double> all;
    for (std::size_t at = 0; at < samples.size(); at += window) {
        const auto piece = samples.subspan(at, std::min(window, samples.size() - at));
        double sum = 0;
        for (const std::int16_t each : piece) sum += double(each) * each;
        all.push_back(std::sqrt(sum / static_cast<double>(piece.size())));
    }
    return all;
}

// Between the noise, which the quiet tenth tells, and what is loud.
double threshold_of(std::vector<double> loudness) {
    std::sort(loudness.begin(), loudness.end());
    const double quiet = loudness[loudness.size() / 10];
    const double loud = loudness[loudness.size() * 9 / 10];
    return std::max(quietest_speech, std::min(3 * quiet, quiet + (loud - quiet) / 8));
}

}  // namespace

void part_at_pauses(std::span<const std::int16_t> samples,
                    const std::function<void(std::size_t begin, std::size_t end)>& utterance) {
    const std::vector<double> loudness = loudness_of(samples);
    if (loudness.empty()) return;
    const double threshold = threshold_of(loudness);
    bool speaks = false;
    std::size_t first = 0, last = 0, told = 0;
    const auto tell = [&] {
        if (!speaks) return;
        const std::size_t begin = std::max(told, first > margin ? first - margin : 0);
        told = std::min(loudness.size(), last + 1 + margin);
        utterance(begin * window, std::min(samples.size(), told * window));
        speaks = false;
    };
    for (std::size_t i = 0; i < loudness.size(); ++i) {
        if (speaks && (i - last > pause || i - first >= longest)) tell();
        if (loudness[i] < threshold) continue;
        if (!speaks) first = i;
        speaks = true;
        last = i;
    }
    tell();
}

}  // namespace tessera::listen
