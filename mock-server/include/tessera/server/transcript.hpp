#pragma once
// What recordings are to be transcribed as: tessera::server::local::register_transcript().
#include <optional>
#include <string>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::server {

/// What is said from one time to another, in seconds. Its words share that time evenly.
struct registered_segment {
    std::string text;           ///< what was said
    double start = 0;           ///< when it begins
    double end = 0;             ///< when it ends
    std::string speaker = "A";  ///< who said it
};

constexpr auto describe(json::type<registered_segment>) {
    using s = registered_segment;
    return json::object<s>(
        "RegisteredSegment", json::closed, json::field("text", &s::text),
        json::field("start", &s::start, json::min(0), json::max(1'000'000)),
        json::field("end", &s::end, json::min(0), json::max(1'000'000)),
        json::field("speaker", &s::speaker, json::length(1, 256), json::defaults("A")));
}

/// What a recording is transcribed as: it has either `file_name` or `sha256`, and either `text` or
/// `segments`.
struct registered_transcript {
    std::optional<std::string> file_name{};                     ///< as the client says it
    std::optional<std::string> sha256{};                        ///< of the file, in hexadecimal
    std::optional<std::string> text{};                          ///< a single segment
    std::optional<std::vector<registered_segment>> segments{};  ///< one after the other
    std::string language = "en";                                ///< as answers tell it
    std::optional<double> duration{};  ///< in seconds; none: until the last segment's end
};

constexpr auto describe(json::type<registered_transcript>) {
    using s = registered_transcript;
    return json::object<s>(
        "RegisteredTranscript", json::closed,
        json::field("file_name", &s::file_name, json::length(1, 4096)),
        json::field("sha256", &s::sha256, json::length(64, 64)), json::field("text", &s::text),
        json::field("segments", &s::segments, json::items(0, 10'000)),
        json::field("language", &s::language, json::length(1, 64), json::defaults("en")),
        json::field("duration", &s::duration, json::min(0), json::max(1'000'000)));
}

}  // namespace tessera::server
