#pragma once
// What turns speech into text.
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "speech/transcript.hpp"
#include "web/message.hpp"

namespace tessera::server {

struct recording {
    std::string name;                       // of its file, as the client says
    std::string bytes;                      // the whole file
    std::optional<std::string> language{};  // ISO 639-1
    std::vector<std::string> speakers{};    // who may be heard, where that is known
};

/// What a transcriber says beside the segments.
struct transcribed {
    std::string language;
    double duration = 0;  // of the recording, in seconds
};

/// Thread-safe.
class transcriber {
  public:
    transcriber() = default;
    virtual ~transcriber() = default;
    transcriber(const transcriber&) = delete;
    transcriber& operator=(const transcriber&) = delete;

    /// Hands out each segment as soon as it is known, and returns at the end, or soon after a stop
    /// is asked for. A problem: why there is none, or no more. Nothing: another is to be asked. May
    /// block.
    virtual std::optional<std::variant<transcribed, problem>> transcribe(
        const recording& of, const std::function<void(spoken_segment)>& heard,
        std::stop_token stop) = 0;
};

}  // namespace tessera::server
