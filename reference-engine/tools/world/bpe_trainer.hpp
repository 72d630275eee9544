#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::engine::world {

/// Learns a byte-level BPE vocabulary: the special tokens first, then the 256 bytes, then merges by
/// falling frequency. Only the most common words have a form with the blank before them, so that a
/// name is the same tokens wherever it stands: what a small model has to copy, it copies token by
/// token.
class bpe_trainer {
  public:
    /// Adds a text without special tokens.
    void add(std::string_view text);
    /// A tokenizer.json for Hugging Face's tokenizers: pre-tokenizer of GPT-2 with single digits.
    /// `special` tokens get the ids from 0; those in `visible` are part of the text, such as
    /// <think>.
    nlohmann::ordered_json train(std::size_t vocabulary, std::span<const std::string_view> special,
                                 std::span<const std::string_view> visible) const;

  private:
    std::map<std::string, std::size_t> words_, spaced_;
};

/// Splits as GPT-2 does after digits were set apart. Bytes above 127 count as letters.
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace tessera::engine::world
