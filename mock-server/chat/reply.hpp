#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "inference/local/local_model.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// What a whole reply took. A prompt counts once, however many texts continue it.
struct totals {
    std::int64_t prompt_tokens = 0;
    std::int64_t cached_tokens = 0;
    std::int64_t completion_tokens = 0;
    std::int64_t accepted_predicted_tokens = 0;
    std::int64_t rejected_predicted_tokens = 0;
    double queue_seconds = 0;
    double prompt_seconds = 0;
    double completion_seconds = 0;
    double total_seconds = 0;
};

/// Makes one answer of one or several generations, step by step as the client takes it: no step is
/// taken while the exchange is congested. Lives as long as the exchange is open; a client that
/// leaves ends the generations. Used through shared_ptr, on the exchange's I/O thread.
class reply : public std::enable_shared_from_this<reply> {
  public:
    reply(exchange_ptr asked, const loaded_model& model);
    virtual ~reply() = default;
    reply(const reply&) = delete;
    reply& operator=(const reply&) = delete;

    /// `per_prompt` generations in a row have the same prompt. Answers the exchange if they cannot
    /// be started.
    void begin(std::vector<generation> wanted, std::size_t per_prompt);

  protected:
    virtual void on_step(step& next) = 0;
    virtual void on_end(std::size_t generation, const outcome& end) = 0;
    /// After the last on_end: completes the answer.
    virtual void on_all_ended() = 0;
    /// Unless the answer has started, `reason` has been its answer already.
    virtual void on_failure_inside(const problem& reason) = 0;

    exchange& asked() { return *asked_; }
    const loaded_model& model() const { return model_; }
    /// Valid in the last on_end and later.
    totals summed() const;
    bool all_ended() const { return left_ == 0; }

  private:
    void pump();
    void take(step& next);
    void fail(const problem& reason);

    exchange_ptr asked_;
    const loaded_model& model_;
    std::unique_ptr<run> run_;
    std::vector<step> steps_;
    std::size_t taken_ = 0;
    std::vector<outcome> outcomes_;
    std::size_t left_ = 0;
    std::size_t per_prompt_ = 1;
    std::chrono::steady_clock::time_point began_;
};

}  // namespace tessera::server
