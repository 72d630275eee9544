#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::http {

// What a reader takes from its peer before it fails. Sizes are in bytes.
struct reader_limits {
    std::size_t head_bytes = 65536;  // start line and header fields together
    std::size_t header_count = 128;  // header fields; and trailer fields
    std::size_t line_bytes = 16384;  // one line of a head or of trailers
    std::uint64_t body_bytes = UINT64_MAX;
    std::size_t chunk_extension_bytes =
        4096;  // of a message, beyond one for each byte of body so far
    std::size_t trailer_bytes = 16384;
    std::size_t informational = 64;  // 1xx responses before one final response
};

enum class reader_event {
    need_more,      // all input was consumed; give more, or call finish()
    informational,  // a 1xx response other than 101: head() holds it, another head follows
    head,           // head() holds the message's head
    body,           // step.data is a piece of the body, never empty
    complete,       // the message ended; trailers() are there
    failed,         // error() says why; so does every later call
};

struct reader_step {
    reader_event event = reader_event::need_more;
    std::size_t consumed = 0;    // how much of the input's front is dealt with
    std::string_view data = {};  // body: a view into the input
};

enum class reader_errc {
    none,
    bad_line_ending,  // a bare CR or a bare LF
    bad_character,    // a control character
    bad_start_line,
    bad_target,
    bad_version,
    unsupported_version,
    bad_field,
    obsolete_folding,
    bad_host,
    bad_content_length,
    bad_transfer_encoding,
    unsupported_transfer_encoding,
    conflicting_lengths,
    bad_chunk,
    line_too_long,
    head_too_large,
    too_many_fields,
    too_many_responses,
    body_too_large,
    chunk_extensions_too_large,
    trailers_too_large,
    incomplete,  // the peer closed before the message's end
};

struct reader_error {
    reader_errc code = reader_errc::none;
    std::string message;
    std::uint64_t offset = 0;  // of the first wrong byte, from the first byte the reader ever saw
    int status = 0;  // for a server: the status to answer with (400, 413, 414, 431, 501, 505)
};

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
