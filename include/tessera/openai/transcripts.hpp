#pragma once
// Speech as text: the answers, whole and streamed.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/call/response.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// What a transcription cost, in tokens.
struct transcription_tokens {
    json::fixed<"tokens"> type{};  ///< always "tokens"
    std::int64_t input_tokens;     ///< of the audio and the prompt
    std::int64_t output_tokens;    ///< of the text
    std::int64_t total_tokens;     ///< both
    json::value extra{};           ///< members that have no name here
};

template <std::same_as<transcription_tokens> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::field("type", &T::type),
                           json::field("input_tokens", &T::input_tokens, json::min(0)),
                           json::field("output_tokens", &T::output_tokens, json::min(0)),
                           json::field("total_tokens", &T::total_tokens, json::min(0)),
                           json::rest(&T::extra));
}

/// What a transcription cost, in seconds of audio.
struct transcription_duration {
    json::fixed<"duration"> type{};  ///< always "duration"
    double seconds;                  ///< of the audio
    json::value extra{};             ///< members that have no name here
};

template <std::same_as<transcription_duration> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::field("type", &T::type),
                           json::field("seconds", &T::seconds, json::min(0)),
                           json::rest(&T::extra));
}

/// What a transcription cost.
using transcription_usage =
    std::variant<transcription_tokens, transcription_duration, json::unknown>;

/// A token of the text, with its probability.
struct transcription_logprob {
    std::optional<std::string> token{};       ///< its text
    std::optional<double> logprob{};          ///< its log probability
    std::optional<std::vector<int>> bytes{};  ///< a token may be a part of a character
    json::value extra{};                      ///< members that have no name here
};

template <std::same_as<transcription_logprob> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::field("token", &T::token), json::field("logprob", &T::logprob),
                           json::field("bytes", &T::bytes), json::rest(&T::extra));
}

/// A transcription in the format `json`.
struct plain_transcription {
    std::string text;                                              ///< what was said
    std::optional<transcription_usage> usage{};                    ///< what it cost
    std::optional<std::vector<transcription_logprob>> logprobs{};  ///< where they were asked for
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<plain_transcription> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TranscriptionJson", json::field("text", &T::text),
                           json::field("usage", &T::usage), json::field("logprobs", &T::logprobs),
                           json::rest(&T::extra));
}

/// A word and when it was said, in seconds.
struct transcribed_word {
    std::string word;     ///< as it is written
    double start;         ///< its begin
    double end;           ///< its end
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<transcribed_word> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::field("word", &T::word),
                           json::field("start", &T::start, json::min(0)),
                           json::field("end", &T::end, json::min(0)), json::rest(&T::extra));
}

/// A piece of the text and when it was said, in seconds.
struct transcribed_segment {
    std::int64_t id;      ///< from 0 on
    double start;         ///< its begin
    double end;           ///< its end
    std::string text;     ///< what was said
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<transcribed_segment> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::field("id", &T::id, json::min(0)),
                           json::field("start", &T::start, json::min(0)),
                           json::field("end", &T::end, json::min(0)), json::field("text", &T::text),
                           json::rest(&T::extra));
}

/// A transcription in the format `verbose_json`.
struct verbose_transcription {
    std::string task{};                                            ///< "transcribe"
    std::string language;                                          ///< that was spoken
    double duration;                                               ///< of the audio, in seconds
    std::string text;                                              ///< what was said
    std::optional<std::vector<transcribed_word>> words{};          ///< asked for as `word`
    std::optional<std::vector<transcribed_segment>> segments{};    ///< asked for as `segment`
    std::optional<transcription_usage> usage{};                    ///< what it cost
    std::optional<std::vector<transcription_logprob>> logprobs{};  ///< where they were asked for
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<verbose_transcription> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TranscriptionVerbose", json::field("task", &T::task, json::constant("transcribe")),
        json::field("language", &T::language), json::field("duration", &T::duration, json::min(0)),
        json::field("text", &T::text), json::field("words", &T::words),
        json::field("segments", &T::segments), json::field("usage", &T::usage),
        json::field("logprobs", &T::logprobs), json::rest(&T::extra));
}

/// What one speaker said, and when, in seconds; an event of streams, too.
struct diarized_segment {
    json::fixed<"transcript.text.segment"> type{};  ///< always "transcript.text.segment"
    std::string id;                                 ///< of this segment
    double start;                                   ///< its begin
    double end;                                     ///< its end
    std::string text;                               ///< what was said
    std::string speaker;                            ///< by whom
    json::value extra{};                            ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<diarized_segment> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TranscriptionDiarizedSegment", json::field("type", &T::type),
                           json::field("id", &T::id), json::field("start", &T::start, json::min(0)),
                           json::field("end", &T::end, json::min(0)), json::field("text", &T::text),
                           json::field("speaker", &T::speaker), json::rest(&T::extra));
}

/// A transcription in the format `diarized_json`.
struct diarized_transcription {
    std::string text;                                              ///< what was said
    std::vector<diarized_segment> segments;                        ///< speaker by speaker
    std::optional<transcription_usage> usage{};                    ///< what it cost
    std::optional<std::vector<transcription_logprob>> logprobs{};  ///< where they were asked for
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<diarized_transcription> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TranscriptionDiarized", json::field("text", &T::text),
                           json::field("segments", &T::segments), json::field("usage", &T::usage),
                           json::field("logprobs", &T::logprobs), json::rest(&T::extra));
}

/// The answer, by the format that was asked for: `verbose_json`, `diarized_json`, `json`; a text
/// for `text`, `srt` and `vtt`.
using transcription_response =
    std::variant<verbose_transcription, diarized_transcription, plain_transcription, std::string>;

/// What was said; of `srt` and `vtt` the subtitles, as they came. The view lives as long as the
/// answer.
inline std::string_view text_of(const transcription_response& answer) {
    return std::visit(
        [](const auto& each) -> std::string_view {
            if constexpr (requires { each.text; })
                return each.text;
            else
                return each;
        },
        answer);
}

/// Reads an answer: a text unless its content type is JSON.
TESSERA_COLD_DECL result<transcription_response> decode_body(json::type<transcription_response>,
                                                             const call_info& came);

/// More of the text.
struct transcript_delta {
    json::fixed<"transcript.text.delta"> type{};  ///< always "transcript.text.delta"
    std::string text;                             ///< what is new
    std::optional<std::string> delta{};           ///< the same, as OpenAI names it
    std::optional<std::vector<transcription_logprob>> logprobs{};  ///< where they were asked for
    json::value extra{};  ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<transcript_delta> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TranscriptionTextDelta", json::field("type", &T::type),
                           json::field("text", &T::text, json::of_known_kinds),
                           json::field("delta", &T::delta), json::field("logprobs", &T::logprobs),
                           json::rest(&T::extra));
}

/// The whole text: the last event.
struct transcript_done {
    json::fixed<"transcript.text.done"> type{};  ///< always "transcript.text.done"
    std::string text;                            ///< what was said
    std::optional<transcription_usage> usage{};  ///< what it cost
    std::optional<std::vector<transcription_logprob>> logprobs{};  ///< where they were asked for
    json::value extra{};  ///< members that have no name here

    /// The event's name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<transcript_done> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TranscriptionTextDone", json::field("type", &T::type),
                           json::field("text", &T::text), json::field("usage", &T::usage),
                           json::field("logprobs", &T::logprobs), json::rest(&T::extra));
}

/// One event of a streamed transcription.
using transcription_event =
    std::variant<transcript_delta, transcript_done, diarized_segment, json::unknown>;

/// What an event adds to the text; empty when it adds nothing. The view lives as long as the event.
inline std::string_view text_of(const transcription_event& event) {
    const auto* grown = std::get_if<transcript_delta>(&event);
    if (!grown) return {};
    return grown->text.empty() && grown->delta ? std::string_view(*grown->delta) : grown->text;
}

/// How an operation says that it streams these events.
inline constexpr http::stream_rules transcription_stream_rules{
    .end = http::stream_end::at_event("transcript.text.done")};

}  // namespace tessera::openai

#ifdef TESSERA_DEFINITIONS
#include "tessera/openai/detail/transcripts_impl.hpp"
#endif
