#pragma once

#include <filesystem>
#include <memory>

#include "core/options.hpp"
#include "inference/model.hpp"

namespace tessera::engine {
class compute_budget;
}

namespace tessera::server {

/// The threads that compute for all models of a server, in turns.
std::shared_ptr<engine::compute_budget> make_compute_budget(const options& settings);

struct local_state;
class preparation;

/// A model folder in memory, computed by the engine of this process.
class local_model : public model {
  public:
    /// Throws std::runtime_error with a message for the user.
    local_model(const std::filesystem::path& folder, const options& settings,
                std::shared_ptr<engine::compute_budget> budget);
    /// Ends what is under way.
    ~local_model() override;

    model_card card() const override;
    std::unique_ptr<run> start(chat_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    std::unique_ptr<run> start(text_task task, run::executor_type executor,
                               std::function<void()> ready) override;
    /// Refused: the engine has no embeddings.
    std::unique_ptr<embedding_run> embed(embedding_task task, run::executor_type executor,
                                         embedding_run::done_function done) override;
    load current() const override;

  private:
    template <class Task>
    std::unique_ptr<run> started(Task task, bool ranked, run::executor_type executor,
                                 std::function<void()> ready);

    std::unique_ptr<local_state> state_;
    // Goes first: it is at work with the state.
    std::unique_ptr<preparation> preparation_;
};

/// The threads that can compute at the same time: the process's processors, by mask and quota.
int usable_processors();

}  // namespace tessera::server
