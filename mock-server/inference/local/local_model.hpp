#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/options.hpp"
#include "inference/model.hpp"
#include "inference/training.hpp"

namespace tessera::engine {
class compute_budget;
}

namespace tessera::server {

/// The threads that compute for all models of a server, in turns.
std::shared_ptr<engine::compute_budget> make_compute_budget(const options& settings);

struct local_head;
struct local_state;
class preparation;

/// A model folder in memory, computed by the engine of this process.
class local_model : public model, public trainable {
  public:
    /// Without a budget it has threads of its own. Throws std::runtime_error with a message for the
    /// user.
    local_model(const std::filesystem::path& folder, const options& settings,
                std::shared_ptr<engine::compute_budget> budget = {});
    /// Ends what is under way. Of a model with an adapter: frees the adapter when what is under way
    /// by it has ended.
    ~local_model() override;

    /// Whole weights go into an engine of its own, in turns with this one's; adapters are computed in
    /// this one's batches.
    std::unique_ptr<model> trained(const trained_weights& by) const override;
    /// This model with the LoRA adapter of a folder (adapter_config.json and
    /// adapter_model.safetensors), named like it. Both share all else, and are computed in the same
    /// batches. This one must outlive its runs. Throws std::runtime_error with a message for the
    /// user. Thread-safe.
    std::unique_ptr<local_model> with_adapter(const std::filesystem::path& folder) const;

    model_card card() const override;
    std::unique_ptr<run> start(chat_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    std::unique_ptr<run> start(text_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    std::unique_ptr<embedding_run> embed(embedding_task task, run::executor_type executor,
                                         embedding_run::done_function done) override;
    std::unique_ptr<classification_run> classify(classification_task task,
                                                 run::executor_type executor,
                                                 classification_run::done_function done) override;
    load current() const override;

    /// Null with an adapter and of a classifier.
    trainable* training() override;
    std::size_t parameters() const override;
    int context_length() const override;
    std::unique_ptr<training_session> train(const training_options& options) override;

  private:
    template <class Task>
    std::unique_ptr<run> started(Task task, bool ranked, run::executor_type executor,
                                 std::function<void()> ready);

    template <class Answer, class... Given>
    std::unique_ptr<single_run<Answer>> started_reading(
        run::executor_type executor, typename single_run<Answer>::done_function done,
        Given... given);

    local_model(const local_model& base, const std::filesystem::path& folder, int adapter);
    local_model(const local_model& base, std::shared_ptr<local_state> state);
    void read_head(const trained_weights& by);

    std::shared_ptr<local_state> state_;
    std::string name_;
    std::string fingerprint_;
    int adapter_ = 0;                           // of the engine; 0: none
    std::shared_ptr<const local_head> head_{};  // null: it does not classify
    // Goes first: it is at work with the state.
    std::shared_ptr<preparation> preparation_;
};

/// The threads that can compute at the same time: the process's processors, by mask and quota.
int usable_processors();

}  // namespace tessera::server
