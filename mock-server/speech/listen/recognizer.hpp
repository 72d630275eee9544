#pragma once
// Samples of English speech as words.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::listen {

struct heard_word {
    std::string text;
    double start;    // seconds
    double end;      // seconds
    double logprob;  // natural, posterior among what might have been heard
};

/// With PocketSphinx and a folder of its model for US English.
class recognizer {
  public:
    /// Throws std::runtime_error where the model cannot be loaded.
    explicit recognizer(const std::string& model);
    ~recognizer();

    /// The words of one utterance that begins at `start`.
    std::vector<heard_word> hear(std::span<const std::int16_t> samples, double start);

  private:
    struct decoder;
    std::unique_ptr<decoder> decoder_;
};

/// Calls `utterance` with the place of each stretch of sound between pauses, in samples.
void part_at_pauses(std::span<const std::int16_t> samples,
                    const std::function<void(std::size_t begin, std::size_t end)>& utterance);

}  // namespace tessera::listen
