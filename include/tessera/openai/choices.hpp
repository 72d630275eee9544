#pragma once
// What the choices of a chat have in common, whoever answers it.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// Why a choice of a chat ended.
enum class finish_reason {
    stop,            ///< it is complete, or met a stop sequence
    length,          ///< no tokens were left
    content_filter,  ///< a filter cut it off
    tool_calls       ///< tools are to be called
};

template <std::same_as<finish_reason> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("FinishReason", json::enumerator("stop", T::stop),
                                json::enumerator("length", T::length),
                                json::enumerator("content_filter", T::content_filter),
                                json::enumerator("tool_calls", T::tool_calls));
}

/// What a piece of a choice adds to its text; null when it adds nothing. Some services have it in a
/// member `text`, in place of the delta's content or beside it.
template <class Piece>
const std::string* text_in(const Piece& piece) {
    if (piece.delta && piece.delta->content) return &*piece.delta->content;
    if constexpr (requires { piece.text; })
        if (piece.text) return &*piece.text;
    return nullptr;
}

/// What the pieces of a chunk add to the text of one choice; empty when they add nothing.
template <class Pieces>
std::string_view text_of_choice(const Pieces& pieces, std::int64_t choice) {
    for (const auto& piece : pieces)
        if (piece.index == choice)
            if (const std::string* text = text_in(piece)) return *text;
    return {};
}

}  // namespace tessera::openai
