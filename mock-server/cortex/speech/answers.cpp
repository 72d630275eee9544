#include "cortex/speech/answers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {

using openai::timestamp_granularity;
using openai::transcription_format;

openai::transcription_logprob logprob_of(const std::string& text, double logprob) {
    openai::transcription_logprob made{.token = text, .logprob = logprob};
    auto& bytes = made.bytes.emplace();
    for (const char each : text) bytes.push_back(static_cast<unsigned char>(each));
    return made;
}

std::optional<std::vector<openai::transcription_logprob>> logprobs_of(
    const transcript& of, const openai::transcription_request& asked) {
    if (!tells_logprobs(asked)) return std::nullopt;
    std::vector<openai::transcription_logprob> made;
    for (const spoken_segment& segment : of.segments)
        for (const spoken_word& each : segment.words)
            made.push_back(logprob_of(made.empty() ? each.text : " " + each.text, each.logprob));
    return made;
}

bool wants(const openai::transcription_request& asked, timestamp_granularity what) {
    // Segments are told where nothing is said.
    if (!asked.timestamp_granularities || asked.timestamp_granularities->empty())
        return what == timestamp_granularity::segment;
    const auto& all = *asked.timestamp_granularities;
    return std::find(all.begin(), all.end(), what) != all.end();
}

openai::verbose_transcription verbose_of(const transcript& of,
                                         const openai::transcription_request& asked) {
    openai::verbose_transcription made{
        .language = of.language, .duration = of.duration, .text = text_of(of)};
    if (wants(asked, timestamp_granularity::word)) {
        auto& words = made.words.emplace();
        for (const spoken_segment& segment : of.segments)
            for (const spoken_word& each : segment.words)
                words.push_back({.word = each.text, .start = each.start, .end = each.end});
    }
    if (wants(asked, timestamp_granularity::segment)) {
        auto& segments = made.segments.emplace();
        for (const spoken_segment& each : of.segments)
            segments.push_back({.id = static_cast<std::int64_t>(segments.size()),
                                .start = each.start,
                                .end = each.end,
                                .text = each.text});
    }
    return made;
}

openai::diarized_transcription diarized_of(const transcript& of) {
    openai::diarized_transcription made;
    for (const spoken_segment& each : of.segments) {
        char id[32];
        std::snprintf(id, sizeof id, "seg_%03zu", made.segments.size() + 1);
        const bool speaker_changes =
            made.segments.empty() || made.segments.back().speaker != each.speaker;
        if (!made.text.empty()) made.text += ' ';
        if (speaker_changes) made.text += "Speaker " + each.speaker + ": ";
        made.text += each.text;
        made.segments.push_back({.id = id,
                                 .start = each.start,
                                 .end = each.end,
                                 .text = each.text,
                                 .speaker = each.speaker});
    }
    return made;
}

template <class Body>
transcription_body json_of(Body made, const transcript& of,
                           const openai::transcription_request& asked) {
    made.usage = usage_of(of, asked.model);
    made.logprobs = logprobs_of(of, asked);
    return {"application/json", json::encode(made)};
}

}  // namespace

openai::transcription_usage usage_of(const transcript& of, std::string_view model) {
    if (!model.starts_with("gpt-4o")) return openai::transcription_duration{.seconds = of.duration};
    openai::transcription_tokens made{};
    made.input_tokens = std::llround(std::ceil(of.duration * 10));
    for (const spoken_segment& each : of.segments)
        made.output_tokens += static_cast<std::int64_t>(each.words.size());
    made.total_tokens = made.input_tokens + made.output_tokens;
    return made;
}

bool tells_logprobs(const openai::transcription_request& asked) {
    return asked.include && std::find(asked.include->begin(), asked.include->end(), "logprobs") !=
                                asked.include->end();
}

transcription_body body_of(const transcript& of, const openai::transcription_request& asked) {
    const auto text = [](std::string made) {
        return transcription_body{"text/plain; charset=utf-8", std::move(made)};
    };
    switch (asked.response_format.value_or(transcription_format::json)) {
        case transcription_format::text:
            return text(text_of(of) + "\n");
        case transcription_format::srt:
            return text(srt_of(of));
        case transcription_format::vtt:
            return text(vtt_of(of));
        case transcription_format::verbose_json:
            return json_of(verbose_of(of, asked), of, asked);
        case transcription_format::diarized_json:
            return json_of(diarized_of(of), of, asked);
        default:
            return json_of(openai::plain_transcription{.text = text_of(of)}, of, asked);
    }
}

std::vector<openai::transcription_event> events_of(const spoken_segment& of, bool is_first,
                                                   bool with_logprobs) {
    std::vector<openai::transcription_event> made;
    const auto add = [&](std::string piece, std::optional<double> logprob) {
        if (!is_first) piece.insert(0, " ");
        is_first = false;
        openai::transcript_delta event{.text = piece, .delta = piece};
        if (logprob) event.logprobs = {{logprob_of(piece, *logprob)}};
        made.push_back(std::move(event));
    };
    // The words of a text are all of it but for blanks that are its own.
    std::string joined;
    for (const spoken_word& each : of.words) joined += (joined.empty() ? "" : " ") + each.text;
    if (joined != of.text) {
        add(of.text, std::nullopt);
        return made;
    }
    for (const spoken_word& each : of.words)
        add(each.text, with_logprobs ? std::optional(each.logprob) : std::nullopt);
    return made;
}

openai::transcription_event end_of(const transcript& of,
                                   const openai::transcription_request& asked) {
    return openai::transcript_done{.text = text_of(of),
                                   .usage = usage_of(of, asked.model),
                                   .logprobs = logprobs_of(of, asked)};
}

std::optional<problem> beyond(const openai::transcription_request& asked) {
    const auto cannot = [&](std::string what, std::string param) {
        return problem{.status = 400,
                       .message = "the model " + asked.model + " " + std::move(what),
                       .param = std::move(param),
                       .code = "unsupported_value"};
    };
    if (asked.model.find("whisper") == asked.model.npos &&
        asked.model.find("transcribe") == asked.model.npos)
        return cannot(
            "transcribes no speech: GET /v1/models lists those that do, whose names have "
            "\"whisper\" or \"transcribe\" in them",
            "model");
    const bool stream = asked.stream.value_or(false);
    if (!stream && asked.response_format == transcription_format::diarized_json &&
        !asked.model.ends_with("-diarize"))
        return cannot("does not tell speakers apart: ask gpt-4o-transcribe-diarize",
                      "response_format");
    if (tells_logprobs(asked) && !asked.model.starts_with("gpt-4o"))
        return cannot("has no log probabilities: ask gpt-4o-transcribe", "include[]");
    return std::nullopt;
}

}  // namespace tessera::server::cortex
