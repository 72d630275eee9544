#pragma once

#include "text/tokenizer.hpp"
#include "train/trainer.hpp"
#include "world/corpus.hpp"

namespace tessera::engine::world {

/// The shape of the bundled model.
model_config bundled_config(int vocabulary);
/// tokenizer.json, learned from the first documents of a corpus.
nlohmann::ordered_json bundled_tokenizer(std::uint64_t seed);
/// tokenizer_config.json, with the chat template.
nlohmann::ordered_json bundled_tokenizer_config();

/// The corpus as rows of tokens for the trainer; one row in 32 is of pairs of related texts.
class training_text : public train::batch_source {
  public:
    training_text(std::uint64_t seed, tokenizer tokens, int row_tokens)
        : corpus_(seed), related_(seed), tokens_(std::move(tokens)), row_tokens_(row_tokens) {}
    /// Whole documents until the row is full; the last one may reach beyond.
    train::training_row next() override;

  private:
    train::training_row pairs();

    corpus corpus_;
    random related_;
    std::int64_t rows_ = 0;
    tokenizer tokens_;
    int row_tokens_;
};

/// Tokens of a document and which of them are learned.
train::training_row to_row(const document& d, const tokenizer& tokens);

}  // namespace tessera::engine::world
