#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::engine {

namespace detail {
struct tokenizer_data;
}

struct encode_options {
    bool parse_special = true;  // recognise the texts of special tokens in the input
    bool add_special = false;   // add what the file's post-processor adds, such as a first token
};

/// A tokenizer.json of byte-level BPE (GPT-2, Llama 3, Qwen 2) or of BPE with byte fallback
/// (Llama 2). A cheap handle on immutable data: copies share them, and all use is thread-safe.
class tokenizer {
  public:
    /// Reads tokenizer.json. Throws io, malformed, limit, or unsupported with the component's name.
    static tokenizer load(const std::filesystem::path& dir);
    static tokenizer parse(std::string_view json);

    /// Token ids of a text, in O(n log n) of its length whatever it holds. Bytes that are not UTF-8
    /// are read as U+FFFD. With parse_special false, the texts of special tokens are plain text, as
    /// befits text that a user typed; added tokens that are not special are recognised always.
    std::vector<int> encode(std::string_view utf8, bool parse_special = true) const;
    std::vector<int> encode(std::string_view utf8, encode_options options) const;

    /// The text of a whole sequence, special tokens included; always valid UTF-8 (U+FFFD for what
    /// is not). Ids outside the vocabulary give nothing. For a stream, join token_bytes instead:
    /// a character may span several tokens.
    std::string decode(std::span<const int> ids) const;

    /// The raw bytes a token stands for inside a text, perhaps a part of a character; a special
    /// token's own text. Empty for an id outside the vocabulary. Valid as long as a handle lives.
    std::string_view token_bytes(int id) const;
    bool is_special(int id) const;
    /// One more than the largest id.
    int vocab_size() const;
    /// By added token's text, or by the file's own spelling of a token ("Ġthe", "▁the", "<0x0A>").
    std::optional<int> id_of(std::string_view token_text) const;

  private:
    tokenizer() = default;

    std::shared_ptr<const detail::tokenizer_data> data_;
};

}  // namespace tessera::engine
