#pragma once
// A local model in training.
#include <memory>
#include <optional>
#include <vector>

#include "inference/local/background_thread.hpp"
#include "inference/local/state.hpp"
#include "inference/training.hpp"
#include "train/trainer.hpp"

namespace tessera::server {

/// Parameters of the model, all of which a training of the whole trains.
std::size_t parameters_of(const local_state& of);

class local_training : public training_session {
  public:
    /// Throws std::runtime_error with a message for the user. The state must outlive it.
    local_training(const local_state& of, training_options how);
    ~local_training() override;

    std::int64_t steps() const override;
    void add(std::span<const training_example> examples) override;
    double learn(std::span<const std::size_t> examples, const std::stop_token& stop) override;
    double evaluate(std::span<const std::size_t> examples, const std::stop_token& stop) override;
    std::vector<drawn_answer> draw(std::span<const std::vector<openai::message>> conversations,
                                   const drawing_options& how,
                                   const std::stop_token& stop) override;
    double reinforce(std::span<const judged_answer> answers, const std::stop_token& stop) override;
    std::vector<std::vector<double>> outputs(std::span<const std::string> texts,
                                             const std::stop_token& stop) override;
    std::vector<std::vector<float>> vectors(std::span<const std::string> texts,
                                            const std::stop_token& stop) override;
    void save(const std::filesystem::path& folder) const override;
    void load(const std::filesystem::path& folder) override;
    void save_state(const std::filesystem::path& file) const override;
    void load_state(const std::filesystem::path& file) override;

  private:
    class serving;  // the weights as they are, in an engine

    std::unique_ptr<engine::train::trainer> begin() const;
    serving& current();
    double step(const std::vector<engine::train::training_row>& rows, const std::stop_token& stop);
    void score(std::vector<drawn_answer>& answers, const std::stop_token& stop);
    std::vector<std::vector<float>> read(std::span<const std::string> texts, bool classify,
                                         const std::stop_token& stop);

    const local_state& of_;
    const training_options how_;
    std::vector<engine::train::training_row> rows_;  // of the examples
    mutable background_thread thread_;               // that all of the trainer's work is done on
    std::unique_ptr<engine::train::trainer> trainer_;
    std::unique_ptr<engine::train::trainer> reference_;  // what it started from, once it is needed
    std::unique_ptr<serving> serving_;                   // until the weights change
};

}  // namespace tessera::server
