#pragma once
// The seam between the server and an engine that learns: conversations, texts and numbers in,
// folders of weights out.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "tessera/openai/messages.hpp"

namespace tessera::server {

/// What a model is trained to do.
enum class training_task {
    text,            // it answers conversations
    classification,  // it scores labels of a text
    regression,      // it estimates a number from a text
    embedding        // it gives texts that belong together vectors that are near to each other
};

/// What the assistant says is learned; all else is what it is said to.
struct conversation_example {
    std::vector<openai::message> messages;
};
struct labelled_example {
    std::string text;
    std::map<std::string, bool> labels;  // those that are left out do not hold
};
struct valued_example {
    std::string text;
    double value = 0;
};
struct pair_example {
    std::string text;
    std::string target;
    /// What the cosine of both is to be; nothing: nearer to each other than to the step's others.
    std::optional<double> score{};
};
/// One row of a dataset, each of the kind that its task learns from.
using training_example =
    std::variant<conversation_example, labelled_example, valued_example, pair_example>;

/// What of a model is trained, and what a folder of it holds.
enum class trained_part {
    whole,   // a model folder with weights of its own
    adapter  // a LoRA adapter beside the model that it was trained on
};

/// How the outputs of a head are read.
struct trained_head {
    std::vector<std::string> labels{};  // of the outputs; of a regression "value" alone
    bool several = false;               // any number of labels holds, each by itself
    double offset = 0;                  // of a regression: value = offset + scale * output
    double scale = 1;
};

struct training_options {
    training_task task = training_task::text;
    trained_head head{};  // of classification and regression
    trained_part part = trained_part::whole;
    /// The weights that it starts from, as `save` wrote them; nothing: the model's own.
    std::optional<std::filesystem::path> from{};
    std::int64_t steps = 1;  // after which the learning rate has fallen to zero
    double learning_rate = 2e-4;
    /// Rows, labels and tokens that the model does badly at weigh more.
    bool dynamic_loss = false;
    std::uint64_t seed = 0;    // of initial weights; the same options and calls give the same bits
    double policy_clip = 0.2;  // of probabilities' ratio, to both sides of 1
    double policy_kl = 0.04;   // of the divergence from the model that it starts from
};

/// How answers are drawn.
struct drawing_options {
    std::size_t answers = 1;       // to each conversation
    double temperature = 1;        // 0: the most likely tokens
    std::int64_t max_tokens = -1;  // -1: to the end of the context
    std::uint64_t seed = 0;
};

/// An answer by the weights as they were, with what is needed to learn from it.
struct drawn_answer {
    std::string text{};
    std::vector<int> tokens{};               // of the conversation and the answer
    std::size_t begin = 0;                   // of the answer, in tokens
    std::vector<float> log_probabilities{};  // of all tokens; before `begin` zeros
    std::vector<float> reference{};          // the same by the model that it started from
};
struct judged_answer {
    const drawn_answer* answer = nullptr;
    double advantage = 0;  // positive: the answer becomes more likely
};

/// Thrown where a stop was asked for; everything is as it was after the last whole step.
struct training_stopped : std::exception {
    const char* what() const noexcept override { return "the training was stopped"; }
};
/// A loss or a gradient is no number, so that nothing was learned from the step. Says what to
/// change.
struct training_diverged : std::runtime_error {
    using runtime_error::runtime_error;
};
/// An example that cannot be learned from, by its number in the call. Says why.
struct unusable_example : std::runtime_error {
    unusable_example(std::size_t number, const std::string& reason)
        : runtime_error(reason), index(number) {}
    std::size_t index;
};

/// A model in training. Its work is done on threads of its own, which give way to others and keep off
/// while models of this process compute. Used by one thread at a time.
/// Members throw std::runtime_error with a message for the user; those that take a stop token throw
/// training_stopped well within a second.
class training_session {
  public:
    training_session() = default;
    virtual ~training_session() = default;
    training_session(const training_session&) = delete;
    training_session& operator=(const training_session&) = delete;

    /// Optimiser steps so far.
    virtual std::int64_t steps() const = 0;

    /// Takes examples for good, numbered from 0 through all calls. Throws unusable_example.
    virtual void add(std::span<const training_example> examples) = 0;
    /// One step of the optimiser on the mean of these examples; returns the loss before it, which
    /// `dynamic_loss` does not change. Throws training_diverged.
    virtual double learn(std::span<const std::size_t> examples, const std::stop_token& stop) = 0;
    /// The same loss; nothing is learned.
    virtual double evaluate(std::span<const std::size_t> examples, const std::stop_token& stop) = 0;

    /// Answers to conversations by the weights as they are, those to one conversation in a row.
    virtual std::vector<drawn_answer> draw(
        std::span<const std::vector<openai::message>> conversations, const drawing_options& how,
        const std::stop_token& stop) = 0;
    /// One step of the optimiser by the clipped loss of GRPO and its divergence from the model that
    /// the training started from; returns the loss. The same answers may be learned from again.
    /// Throws training_diverged.
    virtual double reinforce(std::span<const judged_answer> answers,
                             const std::stop_token& stop) = 0;
    /// What the head makes of each text: logits of labels, or one value, already scaled.
    virtual std::vector<std::vector<double>> outputs(std::span<const std::string> texts,
                                                     const std::stop_token& stop) = 0;
    /// A vector of length 1 of each text.
    virtual std::vector<std::vector<float>> vectors(std::span<const std::string> texts,
                                                    const std::stop_token& stop) = 0;

    /// Writes what serves: a folder that is made, for `local_model` and other engines.
    virtual void save(const std::filesystem::path& folder) const = 0;
    /// Takes weights that `save` wrote; the optimiser stays as it is.
    virtual void load(const std::filesystem::path& folder) = 0;
    /// Everything that the next steps depend on, beside options and examples. The file appears
    /// whole or not at all.
    virtual void save_state(const std::filesystem::path& file) const = 0;
    virtual void load_state(const std::filesystem::path& file) = 0;
};

/// A model that can be trained. Thread-safe.
class trainable {
  public:
    virtual ~trainable() = default;

    virtual std::size_t parameters() const = 0;
    /// Of one conversation with its answer, or of a text, in tokens.
    virtual int context_length() const = 0;
    /// The model must outlive the session. Throws std::runtime_error.
    virtual std::unique_ptr<training_session> train(const training_options& options) = 0;
};

}  // namespace tessera::server
