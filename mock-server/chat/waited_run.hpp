#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "inference/model.hpp"

namespace tessera::server {

/// A run for a thread that may wait. It stays on the executor, which runs functions until this is
/// gone and later.
class waited_run {
  public:
    template <class Task>
    waited_run(model& with, Task task, run::executor_type executor)
        : state_(std::make_shared<state>(executor)) {
        begin([&with, task = std::move(task)](run::executor_type on, std::function<void()> ready) {
            return with.start(task, on, std::move(ready));
        });
    }
    /// Ends the run.
    ~waited_run();
    waited_run(const waited_run&) = delete;
    waited_run& operator=(const waited_run&) = delete;

    /// The next step; nothing when a stop was asked for. Not after the last step.
    std::optional<step> next(const std::stop_token& stop);

  private:
    struct state : std::enable_shared_from_this<state> {
        explicit state(run::executor_type on) : executor(on) {}
        void pull();

        const run::executor_type executor;
        std::unique_ptr<run> under_way;  // on the executor
        bool ended = false;              // on the executor
        std::mutex mutex;
        std::condition_variable_any arrived;
        std::vector<step> steps;
        bool wanted = false;
    };
    using starter = std::function<std::unique_ptr<run>(run::executor_type, std::function<void()>)>;

    void begin(starter start);

    std::shared_ptr<state> state_;
    std::vector<step> taken_;
    std::size_t next_ = 0;
};

}  // namespace tessera::server
