#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::http {

/// What a reader takes from its peer before it fails. Sizes are in bytes.
struct reader_limits {
    std::size_t head_bytes = 65536;         ///< start line and header fields together
    std::size_t header_count = 128;         ///< header fields; and trailer fields
    std::size_t line_bytes = 16384;         ///< one line of a head or of trailers
    std::uint64_t body_bytes = UINT64_MAX;  ///< of the body
    /// Of a message, beyond one for each byte of body so far.
    std::size_t chunk_extension_bytes = 4096;
    std::size_t trailer_bytes = 16384;  ///< all trailer fields together
    std::size_t informational = 64;     ///< 1xx responses before one final response
};

/// What a step of a reader found.
enum class reader_event {
    need_more,      ///< all input was consumed; give more, or call finish()
    informational,  ///< a 1xx response other than 101: head() holds it, another head follows
    head,           ///< head() holds the message's head
    body,           ///< step.data is a piece of the body, never empty
    complete,       ///< the message ended; trailers() are there
    failed,         ///< error() says why; so does every later call
};

/// One step of a reader.
struct reader_step {
    reader_event event = reader_event::need_more;  ///< what was found
    std::size_t consumed = 0;                      ///< how much of the input's front is dealt with
    std::string_view data = {};                    ///< body: a view into the input
};

/// What was wrong with a message.
enum class reader_errc {
    none,                           ///< nothing
    bad_line_ending,                ///< a bare CR or a bare LF
    bad_character,                  ///< a control character
    bad_start_line,                 ///< neither a request nor a status line
    bad_target,                     ///< of a request
    bad_version,                    ///< no HTTP
    unsupported_version,            ///< another than 1.0 and 1.1
    bad_field,                      ///< a header field
    obsolete_folding,               ///< a field over several lines
    bad_host,                       ///< absent, several, or no host
    bad_content_length,             ///< no number
    bad_transfer_encoding,          ///< no list of codings
    unsupported_transfer_encoding,  ///< another than chunked
    conflicting_lengths,            ///< two that say different things
    bad_chunk,                      ///< its size or its end
    line_too_long,                  ///< longer than its limit
    head_too_large,                 ///< longer than its limit
    too_many_fields,                ///< more than their limit
    too_many_responses,             ///< informational ones without an end
    body_too_large,                 ///< longer than its limit
    chunk_extensions_too_large,     ///< longer than their limit
    trailers_too_large,             ///< longer than their limit
    incomplete,                     ///< the peer closed before the message's end
};

/// Why a reader failed.
struct reader_error {
    reader_errc code = reader_errc::none;  ///< what was wrong
    std::string message;                   ///< for people
    std::uint64_t offset = 0;  ///< of the first wrong byte, from the first byte the reader ever saw
    int status = 0;  ///< for a server: the status to answer with (400, 413, 414, 431, 501, 505)
};

/// The name of an enumerator, as it is spelled here.
constexpr std::string_view to_string(reader_errc code) {
    switch (code) {
        case reader_errc::none:
            return "none";
        case reader_errc::bad_line_ending:
            return "bad_line_ending";
        case reader_errc::bad_character:
            return "bad_character";
        case reader_errc::bad_start_line:
            return "bad_start_line";
        case reader_errc::bad_target:
            return "bad_target";
        case reader_errc::bad_version:
            return "bad_version";
        case reader_errc::unsupported_version:
            return "unsupported_version";
        case reader_errc::bad_field:
            return "bad_field";
        case reader_errc::obsolete_folding:
            return "obsolete_folding";
        case reader_errc::bad_host:
            return "bad_host";
        case reader_errc::bad_content_length:
            return "bad_content_length";
        case reader_errc::bad_transfer_encoding:
            return "bad_transfer_encoding";
        case reader_errc::unsupported_transfer_encoding:
            return "unsupported_transfer_encoding";
        case reader_errc::conflicting_lengths:
            return "conflicting_lengths";
        case reader_errc::bad_chunk:
            return "bad_chunk";
        case reader_errc::line_too_long:
            return "line_too_long";
        case reader_errc::head_too_large:
            return "head_too_large";
        case reader_errc::too_many_fields:
            return "too_many_fields";
        case reader_errc::too_many_responses:
            return "too_many_responses";
        case reader_errc::body_too_large:
            return "body_too_large";
        case reader_errc::chunk_extensions_too_large:
            return "chunk_extensions_too_large";
        case reader_errc::trailers_too_large:
            return "trailers_too_large";
        case reader_errc::incomplete:
            return "incomplete";
    }
    return "unknown";
}

}  // namespace tessera::http
