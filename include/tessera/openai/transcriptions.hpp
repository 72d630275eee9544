#pragma once
// Speech as text: what a transcription is asked for.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/core/file.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/transcripts.hpp"

namespace tessera::openai {

/// In what form a transcription is answered.
enum class transcription_format {
    json,          ///< plain_transcription
    text,          ///< the text alone
    srt,           ///< SubRip subtitles
    vtt,           ///< WebVTT subtitles
    verbose_json,  ///< verbose_transcription
    diarized_json  ///< diarized_transcription
};

template <std::same_as<transcription_format> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("", json::enumerator("json", T::json),
                                json::enumerator("text", T::text), json::enumerator("srt", T::srt),
                                json::enumerator("vtt", T::vtt),
                                json::enumerator("verbose_json", T::verbose_json),
                                json::enumerator("diarized_json", T::diarized_json));
}

/// What a verbose transcription tells the times of.
enum class timestamp_granularity {
    word,    ///< of each word
    segment  ///< of each segment
};

template <std::same_as<timestamp_granularity> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("", json::enumerator("word", T::word),
                                json::enumerator("segment", T::segment));
}

/// How long audio is cut into pieces, where the service decides.
enum class chunking_mode {
    automatic  ///< "auto"
};

template <std::same_as<chunking_mode> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("", json::enumerator("auto", T::automatic));
}

/// How long audio is cut into pieces, as an object of the service's own members.
struct chunking_options {
    json::value members{};  ///< such as {"type": "server_vad"}
};

template <std::same_as<chunking_options> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("", json::rest(&T::members));
}

namespace detail {
inline bool is_language_code(std::string_view text) {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return text.size() == 2 && is_letter(text[0]) && is_letter(text[1]);
}
}  // namespace detail

/// Speech to be transcribed. Arrays are named without the brackets that they have in the form.
struct transcription_request {
    std::string model;                      ///< by the name that the service gives it
    tessera::file file;                     ///< the audio; its name tells the format
    std::optional<std::string> language{};  ///< ISO 639-1, such as "en"
    std::optional<std::string> prompt{};    ///< what guides the style, or what was said before
    /// What `create` answers with; `json` when absent. A stream has its own form.
    std::optional<transcription_format> response_format{};
    std::optional<double> temperature{};  ///< from 0 to 1
    std::optional<bool> stream{};         ///< set by the verb `stream`
    /// More of the answer, such as "logprobs".
    std::optional<std::vector<std::string>> include{};
    /// What a verbose_transcription has times of.
    std::optional<std::vector<timestamp_granularity>> timestamp_granularities{};
    /// How long audio is cut.
    std::optional<std::variant<chunking_mode, chunking_options>> chunking_strategy{};
    /// At most 4 speakers, for a diarized_transcription.
    std::optional<std::vector<std::string>> known_speaker_names{};
    /// How each of them sounds: audio in base64, one for each name.
    std::optional<std::vector<std::string>> known_speaker_references{};
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<transcription_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TranscriptionRequest", json::field("model", &T::model, json::length(1)),
        json::field("file", &T::file),
        json::field("language", &T::language,
                    json::pattern("^[a-z]{2}$", &detail::is_language_code)),
        json::field("prompt", &T::prompt),
        json::field("response_format", &T::response_format,
                    json::defaults(transcription_format::json)),
        json::field("temperature", &T::temperature, json::range(0, 1)),
        json::field("stream", &T::stream, json::defaults(false)),
        json::field("include[]", &T::include),
        json::field("timestamp_granularities[]", &T::timestamp_granularities),
        json::field("chunking_strategy", &T::chunking_strategy),
        json::field("known_speaker_names[]", &T::known_speaker_names, json::items(0, 4)),
        json::field("known_speaker_references[]", &T::known_speaker_references, json::items(0, 4)),
        json::rest(&T::extra));
}

}  // namespace tessera::openai
