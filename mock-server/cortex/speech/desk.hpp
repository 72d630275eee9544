#pragma once
// Who transcribes for providers without a URL.
#include <memory>

#include "jobs/threads.hpp"
#include "speech/listener.hpp"
#include "speech/registered.hpp"

namespace tessera::server::cortex {

/// Registered transcripts go first, then whoever listens. Thread-safe.
class speech_desk {
  public:
    /// `of` outlives it.
    explicit speech_desk(const options& of) : listener_(make_listener(of)) {}

    registered_transcripts registered;

    /// Calls `work` on a thread that may block. Recordings beyond a few wait their turn.
    void run(std::function<void()> work) { workers_.run(std::move(work)); }
    /// As a transcriber does, and somebody always answers.
    std::variant<transcribed, problem> transcribe(const recording& of,
                                                  const std::function<void(spoken_segment)>& heard,
                                                  std::stop_token stop) {
        if (auto known = registered.transcribe(of, heard, stop)) return *std::move(known);
        return *listener_->transcribe(of, heard, std::move(stop));
    }
    void stop() { workers_.stop(); }

  private:
    const std::unique_ptr<transcriber> listener_;
    threads workers_{2};
};

}  // namespace tessera::server::cortex
