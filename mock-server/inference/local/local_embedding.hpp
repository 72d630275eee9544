#pragma once
// Readings of the engine, as vectors of length 1.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "inference/local/state.hpp"
#include "inference/model.hpp"

namespace tessera::server {

/// The mean of the states of an input's tokens, its first `dimensions` values, made of length 1.
std::vector<float> unit_vector(std::vector<float> state, std::size_t dimensions);

/// What the I/O thread, the preparation and the engine share of an embedding.
class local_embedding : public std::enable_shared_from_this<local_embedding> {
  public:
    local_embedding(const local_state& of, int adapter, run::executor_type executor,
                    embedding_run::done_function done)
        : of_(of), adapter_(adapter), executor_(executor), done_(std::move(done)) {}

    /// Of the preparation. Submits the inputs, or refuses.
    void begin(const embedding_task& task);
    /// Of any thread, once.
    void end(std::variant<embeddings, refusal> made);
    std::shared_ptr<const std::atomic<bool>> cancelled() const {
        return {shared_from_this(), &cancelled_};
    }
    /// Of the I/O thread.
    void cancel();

  private:
    std::variant<std::vector<std::vector<int>>, refusal> inputs_of(
        const embedding_task& task) const;
    std::variant<embeddings, refusal> read(engine::reading_result result,
                                           std::size_t dimensions) const;

    const local_state& of_;
    int adapter_;
    run::executor_type executor_;
    embedding_run::done_function done_;  // of the I/O thread
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> ended_{false};  // the engine may be gone

    std::mutex mutex_;
    std::optional<std::uint64_t> id_;  // of the engine's request
};

class local_embedding_run : public embedding_run {
  public:
    explicit local_embedding_run(std::shared_ptr<local_embedding> work) : work_(std::move(work)) {}
    ~local_embedding_run() override { work_->cancel(); }

  private:
    std::shared_ptr<local_embedding> work_;
};

}  // namespace tessera::server
