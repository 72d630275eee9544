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
    /// `rows` a step, each of whole documents until it is full; the last one may reach beyond
    /// `row_tokens`.
    training_text(std::uint64_t seed, tokenizer tokens, int rows, int row_tokens)
        : seed_(seed), tokens_(std::move(tokens)), rows_(rows), row_tokens_(row_tokens) {}
    std::vector<train::training_row> rows(int step) override;

  private:
    train::training_row documents(corpus& text) const;
    train::training_row pairs(random& related) const;

    std::uint64_t seed_;
    tokenizer tokens_;
    int rows_;
    int row_tokens_;
};

/// Tokens of a document and which of them are learned.
train::training_row to_row(const document& d, const tokenizer& tokens);

}  // namespace tessera::engine::world
