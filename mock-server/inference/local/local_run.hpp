#pragma once
// Generations of the engine, as the steps of a run.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "inference/local/reader.hpp"
#include "inference/local/state.hpp"
#include "inference/mailbox.hpp"
#include "inference/model.hpp"

namespace tessera::server {

/// Progress of one choice as the engine tells it.
struct raw_step {
    std::size_t choice = 0;
    std::string text{};
    std::vector<engine::token_info> tokens{};
    bool of_prompt = false;  // `tokens` are the prompt's
    std::optional<engine::generation_result> end{};
    std::optional<refusal> refused{};
};

/// What the I/O thread, the preparation and the engine share of a run.
class local_work : public std::enable_shared_from_this<local_work> {
  public:
    local_work(const local_state& of, int adapter, run::executor_type executor,
               std::function<void()> ready);

    // Of any thread.
    void put(raw_step made);
    void refuse(refusal reason);
    std::shared_ptr<const std::atomic<bool>> cancelled() const {
        return {shared_from_this(), &cancelled_};
    }

    // Of the preparation.
    /// Submits all, or refuses if the engine does not take them. `per_prompt` in a row have the
    /// same prompt; each is read by the reader of its place.
    void begin(std::vector<engine::generation_request> wanted, std::size_t per_prompt,
               std::vector<answer_reader> readers);

    // Of the I/O thread.
    void take(std::vector<raw_step>& steps) { box_->take(steps); }
    void cancel();
    /// Once a step of a choice has been taken.
    answer_reader& reader_of(std::size_t choice) { return readers_[choice]; }
    std::size_t choices() const { return readers_.size(); }
    std::size_t per_prompt() const { return per_prompt_; }
    std::int64_t prompt_tokens() const { return prompt_tokens_; }

  private:
    class listener;

    const local_state& of_;
    int adapter_;
    std::shared_ptr<mailbox<raw_step>> box_;
    std::atomic<bool> cancelled_{false};
    std::vector<answer_reader> readers_;
    std::size_t per_prompt_ = 1;
    std::int64_t prompt_tokens_ = 0;  // of all prompts

    std::mutex mutex_;  // of what follows
    std::vector<std::uint64_t> ids_;
    std::vector<std::shared_ptr<std::atomic<bool>>> ended_;
};

class local_run : public run {
  public:
    local_run(std::shared_ptr<local_work> work, bool ranked);
    ~local_run() override;

    void take(std::vector<step>& steps) override;
    totals so_far() const override;
    void cancel() override { work_->cancel(); }

  private:
    void read(raw_step& taken, step& made);
    totals summed() const;

    struct score {
        double logprob = 0;  // of all tokens together
        std::size_t count = 0;
    };

    std::shared_ptr<local_work> work_;
    bool ranked_;
    std::chrono::steady_clock::time_point began_;
    std::vector<raw_step> raw_;
    std::vector<score> scores_;
    std::vector<engine::generation_result> ends_;
    std::size_t left_ = 0;
    bool refused_ = false;
};

}  // namespace tessera::server
