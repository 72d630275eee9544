#pragma once
// What was said in a recording, whatever it is shown as.
#include <string>
#include <string_view>
#include <vector>

namespace tessera::server {

/// Times are seconds from the recording's begin.
struct spoken_word {
    std::string text;
    double start = 0;
    double end = 0;
    double logprob = 0;
};

/// What was said between two pauses.
struct spoken_segment {
    std::string text;
    double start = 0;
    double end = 0;
    std::string speaker = "A";
    std::vector<spoken_word> words;  // of the text, in order
};

struct transcript {
    std::string language = "en";
    double duration = 0;
    std::vector<spoken_segment> segments;
};

/// The texts of all segments.
std::string text_of(const transcript& of);
/// SubRip.
std::string srt_of(const transcript& of);
/// WebVTT.
std::string vtt_of(const transcript& of);

}  // namespace tessera::server
