#pragma once
// Transcripts that a test has said before.
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "speech/transcriber.hpp"
#include "tessera/server/transcript.hpp"

namespace tessera::server {

/// A content goes before a name. Thread-safe.
class registered_transcripts : public transcriber {
  public:
    /// In place of one of the same name or content. A text: what is wrong with it.
    std::optional<std::string> add(registered_transcript added);
    /// Forgets all.
    void clear();

    std::optional<std::variant<transcribed, problem>> transcribe(
        const recording& of, const std::function<void(spoken_segment)>& heard,
        std::stop_token stop) override;

  private:
    std::optional<transcript> find(const recording& of) const;

    mutable std::mutex mutex_;
    std::map<std::string, transcript> by_name_, by_content_;
};

}  // namespace tessera::server
