#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tessera::engine {

enum class error_code : std::uint8_t {
    io,                // a file cannot be opened, read, mapped or written
    malformed,         // a file or text breaks its format
    unsupported,       // well formed, but asks for something the engine does not have
    limit,             // a bound on size, depth, count or time was reached
    rejected,          // a chat template refused the conversation (raise_exception)
    context_length,    // more tokens than the model's context holds
    queue_full,        // too many requests wait already
    invalid_argument,  // a caller's value is out of range
    device,            // a GPU failed or has no memory; what its caches held may be gone
};

constexpr std::string_view to_string(error_code code) {
    switch (code) {
        case error_code::io:
            return "io";
        case error_code::malformed:
            return "malformed";
        case error_code::unsupported:
            return "unsupported";
        case error_code::limit:
            return "limit";
        case error_code::rejected:
            return "rejected";
        case error_code::context_length:
            return "context_length";
        case error_code::queue_full:
            return "queue_full";
        case error_code::invalid_argument:
            return "invalid_argument";
        case error_code::device:
            return "device";
    }
    return "unknown";
}

/// Everything the engine throws. The message names the place and the reason.
struct engine_error : std::runtime_error {
    engine_error(error_code kind, const std::string& message)
        : std::runtime_error(message), code(kind) {}

    error_code code;
};

/// A name out of a file for a message: in quotes, without control characters, cut when long.
std::string in_quotes(std::string_view text);

}  // namespace tessera::engine
