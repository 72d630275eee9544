#pragma once
// Readings of the engine: embeddings, as vectors of length 1, and what heads say.
#include <asio/post.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "inference/local/state.hpp"
#include "inference/model.hpp"
#include "loading/config.hpp"

namespace tessera::server {

/// The mean of the states of an input's tokens, its first `dimensions` values, made of length 1.
std::vector<float> unit_vector(std::vector<float> state, std::size_t dimensions);

/// What the I/O thread, the preparation and the engine share of a reading.
template <class Answer>
class local_reading : public std::enable_shared_from_this<local_reading<Answer>> {
  public:
    using done_function = typename single_run<Answer>::done_function;

    local_reading(const local_state& of, int adapter, run::executor_type executor,
                  done_function done)
        : of_(of), adapter_(adapter), executor_(executor), done_(std::move(done)) {}

    /// Of the preparation. Has the inputs read, if they are not refused; `answer` is made of what
    /// the engine says to all of them.
    void begin(std::variant<engine::reading_request, refusal> wanted,
               std::function<Answer(engine::reading_result)> answer) {
        if (auto* refused = std::get_if<refusal>(&wanted)) return end(std::move(*refused));
        auto request = std::get<engine::reading_request>(std::move(wanted));
        request.adapter = adapter_;
        const std::lock_guard lock(mutex_);
        if (cancelled_) return;
        try {
            id_ = of_.runner->submit(std::move(request),
                                     [self = this->shared_from_this(),
                                      answer = std::move(answer)](engine::reading_result result) {
                                         self->ended_ = true;
                                         if (!self->cancelled_)
                                             self->end(self->read(std::move(result), answer));
                                     });
        } catch (const engine::engine_error& thrown) {
            const bool full = thrown.code == engine::error_code::queue_full;
            end(refusal{.why = full ? refusal::kind::queue_full : refusal::kind::invalid,
                        .part = task_part::prompt,
                        .message = thrown.what()});
        }
    }
    /// Of any thread, once.
    void end(std::variant<Answer, refusal> made) {
        asio::post(executor_, [self = this->shared_from_this(), made = std::move(made)]() mutable {
            if (self->cancelled_) return;
            const auto done = std::exchange(self->done_, {});
            done(std::move(made));
        });
    }
    std::shared_ptr<const std::atomic<bool>> cancelled() const {
        return {this->shared_from_this(), &cancelled_};
    }
    /// Of the I/O thread.
    void cancel() {
        cancelled_ = true;
        done_ = {};
        const std::lock_guard lock(mutex_);
        if (id_ && !ended_) of_.runner->cancel(*id_);
    }

  private:
    std::variant<Answer, refusal> read(
        engine::reading_result result,
        const std::function<Answer(engine::reading_result)>& answer) const {
        using reason = engine::finish_reason;
        if (result.reason == reason::failed)
            return refusal{.why = refusal::kind::failed, .message = result.error};
        if (result.reason != reason::stop) return refusal{.why = refusal::kind::stopping};
        return answer(std::move(result));
    }

    const local_state& of_;
    int adapter_;
    run::executor_type executor_;
    done_function done_;  // of the I/O thread
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> ended_{false};  // the engine may be gone

    std::mutex mutex_;
    std::optional<std::uint64_t> id_;  // of the engine's request
};

template <class Answer>
class local_reading_run : public single_run<Answer> {
  public:
    explicit local_reading_run(std::shared_ptr<local_reading<Answer>> work)
        : work_(std::move(work)) {}
    ~local_reading_run() override { work_->cancel(); }

  private:
    std::shared_ptr<local_reading<Answer>> work_;
};

/// What a head's outputs stand for.
struct local_head {
    engine::problem_kind kind = engine::problem_kind::single_label;
    trained_head says{};
};

/// Begins a reading, or refuses it. Of a preparation's thread.
void begin_task(const local_state& of, const embedding_task& task, local_reading<embeddings>& to);
/// Of a model whose head is read so.
void begin_task(const local_state& of, const local_head& head, const classification_task& task,
                local_reading<classification>& to);

}  // namespace tessera::server
