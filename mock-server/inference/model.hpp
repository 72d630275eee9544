#pragma once
// The seam between the server and what computes: an engine in this process, or a server elsewhere.
#include <asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "inference/answer.hpp"
#include "inference/task.hpp"
#include "inference/training.hpp"

namespace tessera::server {

/// One task under way. Used on the I/O thread of its executor; destroying it cancels what has not
/// ended.
class run {
  public:
    using executor_type = asio::io_context::executor_type;

    run() = default;
    virtual ~run() = default;
    run(const run&) = delete;
    run& operator=(const run&) = delete;

    /// Puts all steps so far into `steps`, in order. Afterwards `ready` is called again, once, when
    /// there are more. A run whose steps are not taken may pause.
    virtual void take(std::vector<step>& steps) = 0;
    /// What it took up to the last step that was taken, as far as the model tells it meanwhile.
    virtual totals so_far() const { return {}; }
    virtual void cancel() = 0;
};

/// What is known of a model.
struct model_card {
    std::string name;
    std::string source;       // where it is, for people: "the model in the folder x"
    std::string fingerprint;  // the same for the same model and settings
    std::string precision{};  // of the weights; empty if unknown
    std::string kernels{};    // that compute; empty if unknown
    std::string device{};     // that computes; empty if unknown
    std::optional<std::int64_t> device_memory{};  // bytes, of a device that has its own
    std::optional<std::int64_t> weights_size{};   // bytes, on the device
    std::int64_t created = 0;                     // Unix seconds; 0 if unknown
    std::optional<int> context_length{};
    std::optional<int> vocabulary_size{};
    std::optional<bool> calls{};                       // it can call tools
    std::optional<bool> thinks{};                      // it can show thoughts
    std::optional<std::vector<std::string>> labels{};  // that it scores, if it classifies
};

struct embeddings {
    std::vector<std::vector<float>> vectors;  // in the order of the inputs
    std::optional<std::int64_t> prompt_tokens{};
};

/// What a head says of a text.
struct classification {
    struct score {
        std::string label;
        double logit = 0;                     // or the value that a regression estimates
        std::optional<double> probability{};  // a regression has none
    };
    std::vector<score> scores;  // of all labels, in their order
    std::optional<std::int64_t> prompt_tokens{};
};

/// Work under way that is answered once. Used on the I/O thread of its executor; destroying it
/// cancels what has not ended, and nobody is told of it any more.
template <class Answer>
class single_run {
  public:
    using done_function = std::function<void(std::variant<Answer, refusal>)>;

    single_run() = default;
    virtual ~single_run() = default;
    single_run(const single_run&) = delete;
    single_run& operator=(const single_run&) = delete;
};
using embedding_run = single_run<embeddings>;
using classification_run = single_run<classification>;

/// What a training has left of a model.
struct trained_weights {
    std::filesystem::path folder;
    trained_part part = trained_part::whole;
    training_task task = training_task::text;
    trained_head head{};  // of classification and regression
};

/// Thread-safe.
class model {
  public:
    model() = default;
    virtual ~model() = default;
    model(const model&) = delete;
    model& operator=(const model&) = delete;

    virtual model_card card() const = 0;

    /// Returns at once: prompts and rules are made ready elsewhere, and whatever is wrong with the
    /// task comes as a step. `ready` is called through `executor` when the run has steps, never
    /// before this has returned. The executor's context must outlive the model.
    virtual std::unique_ptr<run> start(chat_task task, run::executor_type executor,
                                       std::function<void()> ready) = 0;
    virtual std::unique_ptr<run> start(text_task task, run::executor_type executor,
                                       std::function<void()> ready) = 0;

    /// Calls `done` through `executor`, never before this has returned. The executor's context must
    /// outlive the model.
    virtual std::unique_ptr<embedding_run> embed(embedding_task task, run::executor_type executor,
                                                 embedding_run::done_function done) = 0;
    /// The same for what a head says. A model without one refuses, and so does this.
    virtual std::unique_ptr<classification_run> classify(classification_task task,
                                                         run::executor_type executor,
                                                         classification_run::done_function done);

    struct load {
        int preparing = 0;  // prompts and rules are being made ready
        int running = 0;
        int queued = 0;
    };
    virtual load current() const = 0;

    /// This model as a training has left it, which shares with this one whatever it has alike, and
    /// may outlive it. What runs by the new model must not outlive that. Blocks. Throws
    /// std::runtime_error with a message for the user; so does this for a model that computes
    /// elsewhere.
    virtual std::unique_ptr<model> trained(const trained_weights& by) const;

    /// The model as one that learns, as long as the model; null where it cannot be trained here.
    virtual trainable* training() { return nullptr; }
};

}  // namespace tessera::server
