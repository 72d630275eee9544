#include "speech/transcript.hpp"

#include <cmath>
#include <cstdio>

namespace tessera::server {
namespace {

std::string time_of(double seconds, char decimal_mark) {
    const long long all = std::llround(std::max(0.0, seconds) * 1000);
    char text[64];
    std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld%c%03lld", all / 3'600'000,
                  all / 60'000 % 60, all / 1000 % 60, decimal_mark, all % 1000);
    return text;
}

// An empty line ends a cue, and an arrow would begin one.
std::string cue_of(std::string_view text) {
    std::string made;
    for (const char each : text) {
        if (each == '\r' || each == '\n') {
            if (!made.empty() && made.back() != '\n') made += '\n';
        } else {
            made += each;
        }
    }
    for (std::size_t at; (at = made.find("-->")) != made.npos;) made.replace(at, 3, "->");
    return made;
}

// WebVTT has tags and entities.
std::string escaped(std::string_view text) {
    std::string made;
    for (const char each : text) {
        if (each == '&')
            made += "&amp;";
        else if (each == '<')
            made += "&lt;";
        else
            made += each;
    }
    return made;
}

}  // namespace

std::string text_of(const transcript& of) {
    std::string made;
    for (const spoken_segment& each : of.segments) {
        if (!made.empty() && !each.text.empty()) made += ' ';
        made += each.text;
    }
    return made;
}

std::string srt_of(const transcript& of) {
    std::string made;
    int number = 0;
    for (const spoken_segment& each : of.segments)
        made += std::to_string(++number) + "\n" + time_of(each.start, ',') + " --> " +
                time_of(each.end, ',') + "\n" + cue_of(each.text) + "\n\n";
    return made;
}

std::string vtt_of(const transcript& of) {
    std::string made = "WEBVTT\n\n";
    for (const spoken_segment& each : of.segments)
        made += time_of(each.start, '.') + " --> " + time_of(each.end, '.') + "\n" +
                escaped(cue_of(each.text)) + "\n\n";
    return made;
}

}  // namespace tessera::server
