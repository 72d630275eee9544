#include "world/training_text.hpp"

#include "world/bpe_trainer.hpp"
#include "world/related.hpp"

namespace tessera::engine::world {

namespace {
constexpr int vocabulary = 2048, context = 2048, longest_document = 1100;
constexpr int rows_a_row_of_pairs = 32, pairs_a_row = 24;
constexpr std::string_view visible[] = {special::think, special::think_end, special::tool_call,
                                        special::tool_call_end};
}  // namespace

model_config bundled_config(int vocabulary_size) {
    model_config c;
    c.architecture = "LlamaForCausalLM";
    c.vocab_size = vocabulary_size;
    c.hidden_size = 160;
    c.layers = 6;
    c.heads = 5;
    c.kv_heads = 1;
    c.head_dim = 32;
    c.intermediate_size = 416;
    c.max_position = context;
    c.rms_eps = 1e-5F;
    c.tied_embeddings = true;
    c.bos_token = special::begin_id;
    c.eos_tokens = {special::end_id};
    return c;
}

nlohmann::ordered_json bundled_tokenizer(std::uint64_t seed) {
    bpe_trainer trainer;
    corpus text(seed);
    for (int i = 0; i < 12000; ++i)
        for (const auto& piece : text.next().pieces) {
            std::string_view rest = piece.text;
            while (!rest.empty()) {  // between special tokens
                std::size_t at = rest.size(), length = 0;
                for (auto token : special::all)
                    if (const auto found = rest.find(token); found < at)
                        at = found, length = token.size();
                trainer.add(rest.substr(0, at));
                rest.remove_prefix(at + length);
            }
        }
    return trainer.train(vocabulary, special::all, visible);
}

nlohmann::ordered_json bundled_tokenizer_config() {
    return {{"tokenizer_class", "PreTrainedTokenizerFast"},
            {"bos_token", special::begin},
            {"eos_token", special::end},
            {"pad_token", special::end},
            {"add_bos_token", false},
            {"clean_up_tokenization_spaces", false},
            {"model_max_length", context},
            {"chat_template", chat_template_source()}};
}

train::training_row to_row(const document& d, const tokenizer& tokens) {
    train::training_row row;
    for (const auto& piece : d.pieces) {
        const auto ids = tokens.encode(piece.text);
        row.tokens.insert(row.tokens.end(), ids.begin(), ids.end());
        row.loss_mask.insert(row.loss_mask.end(), ids.size(), piece.learned ? 1 : 0);
    }
    return row;
}

train::training_row training_text::pairs(random& related) const {
    train::training_row row;
    row.pairs = true;
    for (const auto& [first, second] : related_pairs(related, pairs_a_row))
        for (const auto& text : {first, second}) {
            const auto ids = tokens_.encode(text);
            row.document_starts.push_back(static_cast<int>(row.tokens.size()));
            row.tokens.insert(row.tokens.end(), ids.begin(), ids.end());
        }
    return row;
}

train::training_row training_text::documents(corpus& text) const {
    train::training_row row;
    while (static_cast<int>(row.tokens.size()) < row_tokens_) {
        const auto d = to_row(text.next(), tokens_);
        if (d.tokens.size() > longest_document) continue;
        row.document_starts.push_back(static_cast<int>(row.tokens.size()));
        row.tokens.insert(row.tokens.end(), d.tokens.begin(), d.tokens.end());
        row.loss_mask.insert(row.loss_mask.end(), d.loss_mask.begin(), d.loss_mask.end());
    }
    return row;
}

std::vector<train::training_row> training_text::rows(int step) {
    const std::uint64_t seed =
        random(seed_ ^ random(static_cast<std::uint64_t>(step)).bits()).bits();
    corpus text(seed);
    random related(seed);
    std::vector<train::training_row> out;
    for (int row = 0; row < rows_; ++row) {
        const std::int64_t number = std::int64_t{step} * rows_ + row + 1;
        out.push_back(number % rows_a_row_of_pairs == 0 ? pairs(related) : documents(text));
    }
    return out;
}

}  // namespace tessera::engine::world
