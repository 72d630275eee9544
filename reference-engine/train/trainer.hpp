#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/compute_budget.hpp"
#include "loading/adapter.hpp"
#include "loading/config.hpp"
#include "loading/tensor_source.hpp"
#include "model/model.hpp"
#include "train/options.hpp"

namespace tessera::engine::train {

class learning_device;

/// Text without end for `trainer::run`; called on the thread that trains.
class batch_source {
  public:
    virtual ~batch_source() = default;
    /// A function of the step, from 0 on, and of nothing that happened before: so that a run that
    /// is taken up again sees the rows that it would have seen.
    virtual std::vector<training_row> rows(int step) = 0;
};

struct train_options {
    int steps = 1000;  ///< length of the learning-rate schedule
    double learning_rate = 3e-3;
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weight_decay = 0.1;  ///< decoupled; not applied to norms and biases
    double clip = 1.0;          ///< global gradient norm; 0 leaves gradients as they are
    int warmup_steps = 200;     ///< linear from 0
    double final_ratio = 0.05;  ///< of the learning rate, where the cosine ends
    std::uint64_t seed = 1;     ///< of the initial weights
    int threads = 0;            ///< 0: all usable processors. Results do not depend on it
    /// Between the layers of each micro-batch a step waits until nobody has a turn of it.
    std::shared_ptr<const compute_budget> budget = {};
    /// On a device of adapters as well; on the processors where all weights are trained.
    product_precision products = product_precision::f32;
    tuning tuned = {};  ///< what is trained
    objective_options objectives = {};
    /// Where it learns; threads draw the initial weights alone then. None: on the processors of this
    /// machine.
    std::shared_ptr<const learning_device> on = {};
};

enum class weight_format { bf16, f32 };

struct training_progress {
    int step = 0;  ///< steps done
    /// Mean of the predicted tokens, or of what the head is to tell; of pairs where nothing else is
    /// learned.
    double loss = 0;
    double pair_loss = 0;  ///< mean of the pairs of the last step that had some
    double learning_rate = 0;
    double gradient_norm = 0;  ///< before clipping
    double tokens_per_second = 0;
    std::int64_t tokens = 0;  ///< all tokens seen by this trainer
};

/// Thrown where a stop was asked for.
struct training_stopped : std::exception {
    const char* what() const noexcept override { return "the training was stopped"; }
};

/// Trains a model of the Llama family: all of its weights, from random ones or from those of a model
/// folder, or adapters of one that stays as it is. The same options, rows and processor give the
/// same weights to the bit, whatever the number of threads.
/// The trainer's threads are started by its constructor: on a thread that has called become_idle()
/// they leave the processors to all others.
/// Not thread-safe. Throws engine_error for configurations and rows that it cannot train.
class trainer {
  public:
    /// All weights. They are drawn from normal(0, 0.02); those of output and down projections are
    /// divided by sqrt(2 * layers).
    trainer(model_config config, train_options options);
    /// Adapters of a model, and a head where there are labels. The model's weights are read where
    /// they lie, also while it serves. First matrices of adapters are drawn as peft draws them,
    /// second ones are zero.
    trainer(std::shared_ptr<const model> frozen, train_options options);
    /// The same for a model that is not in the host's memory; its tensors are not needed afterwards.
    trainer(model_config config, const tensor_source& frozen, train_options options);
    ~trainer();
    trainer(trainer&&) noexcept;
    trainer& operator=(trainer&&) noexcept;

    /// One optimiser step; returns the mean loss before it, as in training_progress. Means over
    /// tokens, over labels and, times pair_weight, over pairs are learned together. Throws, with
    /// everything as it was, invalid_argument if the gradient is not finite and training_stopped
    /// where a stop is asked for, which is looked at between the layers of each micro-batch.
    double step(std::span<const training_row> rows, const std::stop_token& stop = {});
    /// The same mean loss; nothing is learned.
    double evaluate(std::span<const training_row> rows, const std::stop_token& stop = {});
    /// For each row the log probabilities of its tokens, zero where none is predicted: by the model
    /// as it is, or as it was before its adapters.
    std::vector<std::vector<float>> log_probabilities(std::span<const training_row> rows,
                                                      bool without_adapters = false,
                                                      const std::stop_token& stop = {});
    /// Steps with rows from `source` to the end of the schedule, or until `report`, called after
    /// every step, returns false or a stop is asked for. Returns whether the end was reached; the
    /// steps that were reported hold.
    bool run(batch_source& source, const std::function<bool(const training_progress&)>& report,
             const std::stop_token& stop = {});
    /// What the last step measured.
    const training_progress& progress() const;

    /// Writes a folder, which is made if absent: config.json, generation_config.json and
    /// model.safetensors of a model, with a head as a classifier of sequences; of adapters
    /// adapter_config.json and adapter_model.safetensors, as peft does. Each file appears whole or
    /// not at all.
    void save(const std::filesystem::path& folder,
              weight_format format = weight_format::bf16) const;
    /// Takes the weights of such a folder of the same shape; the optimiser keeps its state, and a
    /// head that is not in the folder stays. Like load_state, takes all or, when it throws, nothing.
    void load(const std::filesystem::path& folder);
    /// Weights in full precision, optimiser moments and step count in one file, to go on later with
    /// the same result as without the break.
    void save_state(const std::filesystem::path& file) const;
    void load_state(const std::filesystem::path& file);

    const model_config& config() const;
    /// What config.json of save() says: that of the model with its head.
    model_config saved_config() const;
    const train_options& options() const;
    std::size_t parameter_count() const;
    /// Names as in Hugging Face folders, such as model.layers.0.self_attn.q_proj.weight.
    std::vector<std::string> weight_names() const;
    /// What is trained, under the names of the files that save() writes, for a model or an engine
    /// to take without files: with saved_config(), or as adapters with adapter(). Valid as long as the
    /// trainer; after a step they may show what was before it until they are asked for again.
    tensor_list tensors() const;
    /// None where all weights are trained.
    std::optional<adapter_config> adapter() const;
    /// Row-major, valid as long as the trainer; may be written until the next step, after which it is
    /// asked for again.
    std::span<float> weight(std::string_view name);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace tessera::engine::train
