#pragma once
// Transcripts that a test has said before.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "speech/transcriber.hpp"
#include "tessera/json/describe.hpp"

namespace tessera::server {

/// A part of a registered transcript. Its words share its time evenly.
struct registered_segment {
    std::string text;
    double start = 0;
    double end = 0;
    std::string speaker = "A";
};

constexpr auto describe(json::type<registered_segment>) {
    using s = registered_segment;
    return json::object<s>(
        "RegisteredSegment", json::closed, json::field("text", &s::text),
        json::field("start", &s::start, json::min(0)), json::field("end", &s::end, json::min(0)),
        json::field("speaker", &s::speaker, json::length(1, 256), json::defaults("A")));
}

/// What a recording is to be transcribed as: that of a file name, or of a content.
struct registered_transcript {
    std::optional<std::string> file_name{};
    std::optional<std::string> sha256{};  // of the file, in hexadecimal
    std::optional<std::string> text{};    // a single segment
    std::optional<std::vector<registered_segment>> segments{};
    std::string language = "en";
    std::optional<double> duration{};  // in seconds; absent: until the last segment's end
};

constexpr auto describe(json::type<registered_transcript>) {
    using s = registered_transcript;
    return json::object<s>(
        "RegisteredTranscript", json::closed,
        json::field("file_name", &s::file_name, json::length(1, 4096)),
        json::field("sha256", &s::sha256, json::length(64, 64)), json::field("text", &s::text),
        json::field("segments", &s::segments, json::items(0, 10'000)),
        json::field("language", &s::language, json::length(1, 64), json::defaults("en")),
        json::field("duration", &s::duration, json::min(0)));
}

/// A content goes before a name. Thread-safe.
class registered_transcripts : public transcriber {
  public:
    /// In place of one of the same name or content. A text: what is wrong with it.
    std::optional<std::string> add(registered_transcript added);
    /// Forgets all.
    void clear();

    std::optional<std::variant<transcribed, problem>> transcribe(
        const recording& of, const std::function<void(spoken_segment)>& heard,
        std::stop_token stop) override;

  private:
    std::optional<transcript> find(const recording& of) const;

    mutable std::mutex mutex_;
    std::map<std::string, transcript> by_name_, by_content_;
};

}  // namespace tessera::server
