#pragma once

#include <string_view>
#include <utility>

#include "tessera/json/decode.hpp"
#include "tessera/json/parse.hpp"
#include "tessera/openai/transcripts.hpp"

namespace tessera::openai {

namespace detail {

template <class T>
result<transcription_response> transcription_of(const json::value& came) {
    result<T> made = json::decode<T>(came);
    if (!made) return std::move(made).failure();
    return transcription_response(*std::move(made));
}

}  // namespace detail

TESSERA_DEF
result<transcription_response> decode_body(json::type<transcription_response>,
                                           const call_info& came) {
    const std::string_view type = came.headers.find("content-type").value_or("");
    if (!type.starts_with("application/json")) return transcription_response(came.raw);
    const result<json::value> parsed = json::parse(came.raw);
    if (!parsed) return parsed.error();
    if (parsed->contains("task")) return detail::transcription_of<verbose_transcription>(*parsed);
    if (parsed->contains("segments"))
        return detail::transcription_of<diarized_transcription>(*parsed);
    return detail::transcription_of<plain_transcription>(*parsed);
}

}  // namespace tessera::openai
