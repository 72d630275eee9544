#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loading/config.hpp"

namespace tessera::engine::train {

/// Whole documents, packed one after the other. Attention never crosses from one document into
/// another and positions restart in each, so rows carry no meaning beyond their documents.
struct training_row {
    std::vector<int> tokens;
    /// Of the length of `tokens`: not 0 where the model is trained to predict that token from those
    /// before it in its document. The first token of a document is never predicted. Empty: all
    /// ones.
    std::vector<std::uint8_t> loss_mask;
    /// Where documents start, ascending, the first of them 0. Empty: the row is one document.
    std::vector<int> document_starts;
    /// The documents are pairs of related texts, two after two, and no tokens are predicted: the
    /// model learns to give the texts of a pair states whose means are nearer to each other than to
    /// those of the row's other pairs, which makes means of states good embeddings.
    bool pairs = false;
};

/// Text without end for `trainer::run`; called on the thread that trains.
class batch_source {
  public:
    virtual ~batch_source() = default;
    virtual training_row next() = 0;
};

struct train_options {
    int rows = 4;          ///< rows a step; used by `run`
    int row_tokens = 256;  ///< what a source packs a row to; the trainer takes any length
    int steps = 1000;      ///< length of the learning-rate schedule
    double learning_rate = 3e-3;
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weight_decay = 0.1;  ///< decoupled; not applied to norms and biases
    double clip = 1.0;          ///< global gradient norm; 0 leaves gradients as they are
    double pair_weight = 0.1;   ///< of a pair's loss beside a predicted token's
    int warmup_steps = 200;     ///< linear from 0
    double final_ratio = 0.05;  ///< of the learning rate, where the cosine ends
    std::uint64_t seed = 1;     ///< of the initial weights
    int threads = 0;            ///< 0: all usable processors. Results do not depend on it
};

enum class weight_format { bf16, f32 };

struct training_progress {
    int step = 0;          ///< steps done
    double loss = 0;       ///< mean of the predicted tokens
    double pair_loss = 0;  ///< mean of the pairs of the last step that had some
    double learning_rate = 0;
    double gradient_norm = 0;  ///< before clipping
    double tokens_per_second = 0;
    std::int64_t tokens = 0;  ///< all tokens seen by this trainer
};

/// Trains a model of the Llama family from random weights or from a model folder. The same options,
/// rows and processor give the same weights to the bit, whatever the number of threads.
/// Not thread-safe. Throws engine_error for configurations and rows that it cannot train.
class trainer {
  public:
    /// Weights are drawn from normal(0, 0.02); those of output and down projections are divided by
    /// sqrt(2 * layers).
    trainer(model_config config, train_options options);
    ~trainer();
    trainer(trainer&&) noexcept;
    trainer& operator=(trainer&&) noexcept;

    /// One optimiser step; returns the mean loss of the predicted tokens, before the step. The
    /// means over tokens and over pairs, these times pair_weight, are learned together. Throws
    /// invalid_argument, with everything as it was, if the gradient is not finite.
    double step(std::span<const training_row> rows);
    /// The mean loss of the predicted tokens; nothing is learned.
    double evaluate(std::span<const training_row> rows);
    /// Steps with rows from `source` to the end of the schedule, or until `report`, called after
    /// every step, returns false.
    void run(batch_source& source, const std::function<bool(const training_progress&)>& report);
    /// What the last step measured.
    const training_progress& progress() const;

    /// Writes config.json, generation_config.json and model.safetensors into a folder, which is
    /// made if absent. Each file appears whole or not at all.
    void save(const std::filesystem::path& folder,
              weight_format format = weight_format::bf16) const;
    /// Takes the weights of a model folder of the same shape; the optimiser keeps its state. Like
    /// load_state, takes all or, when it throws, nothing.
    void load(const std::filesystem::path& folder);
    /// Weights in full precision, optimiser moments and step count in one file, to go on later with
    /// the same result as without the break.
    void save_state(const std::filesystem::path& file) const;
    void load_state(const std::filesystem::path& file);

    const model_config& config() const;
    const train_options& options() const;
    std::size_t parameter_count() const;
    /// Names as in Hugging Face folders, such as model.layers.0.self_attn.q_proj.weight.
    std::vector<std::string> weight_names() const;
    /// Row-major, valid as long as the trainer; may be written between steps.
    std::span<float> weight(std::string_view name);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tessera::engine::train
