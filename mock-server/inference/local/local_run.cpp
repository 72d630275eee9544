#include "inference/local/local_run.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace tessera::server {

// Hands the engine's calls to the I/O thread.
class local_work::listener : public engine::generation_listener {
  public:
    listener(std::shared_ptr<mailbox<raw_step>> box, std::size_t choice,
             std::shared_ptr<std::atomic<bool>> ended)
        : box_(std::move(box)), choice_(choice), ended_(std::move(ended)) {}

    void on_prompt(std::span<const engine::token_info> tokens) override {
        box_->put({.choice = choice_, .tokens = {tokens.begin(), tokens.end()}, .of_prompt = true});
    }
    void on_tokens(std::span<const engine::token_info> tokens, std::string_view text) override {
        box_->put({.choice = choice_,
                   .text = std::string(text),
                   .tokens = {tokens.begin(), tokens.end()}});
    }
    void on_finish(const engine::generation_result& result) override {
        *ended_ = true;
        box_->put({.choice = choice_, .end = result});
    }

  private:
    std::shared_ptr<mailbox<raw_step>> box_;
    std::size_t choice_;
    std::shared_ptr<std::atomic<bool>> ended_;
};

local_work::local_work(const local_state& of, int adapter, run::executor_type executor,
                       std::function<void()> ready)
    : of_(of),
      adapter_(adapter),
      box_(std::make_shared<mailbox<raw_step>>(executor, std::move(ready))) {}

void local_work::put(raw_step made) { box_->put(std::move(made)); }

void local_work::refuse(refusal reason) { put({.refused = std::move(reason)}); }

void local_work::begin(std::vector<engine::generation_request> wanted, std::size_t per_prompt,
                       std::vector<answer_reader> readers) {
    readers_ = std::move(readers);
    per_prompt_ = per_prompt;
    for (std::size_t choice = 0; choice < wanted.size(); choice += per_prompt)
        prompt_tokens_ += static_cast<std::int64_t>(wanted[choice].prompt.size());
    const std::lock_guard lock(mutex_);
    // All are taken or none: the first says nothing before the last has its place.
    box_->hold();
    std::optional<raw_step> refused;
    try {
        for (std::size_t choice = 0; choice < wanted.size() && !cancelled_; ++choice) {
            wanted[choice].adapter = adapter_;
            auto ended = std::make_shared<std::atomic<bool>>(false);
            auto hears = std::make_shared<listener>(box_, choice, ended);
            ids_.push_back(of_.runner->submit(std::move(wanted[choice]), std::move(hears)));
            ended_.push_back(std::move(ended));
        }
    } catch (const engine::engine_error& thrown) {
        refusal reason{.why = refusal::kind::invalid, .message = thrown.what()};
        if (thrown.code == engine::error_code::queue_full) reason.why = refusal::kind::queue_full;
        if (thrown.code == engine::error_code::context_length) {
            reason.why = refusal::kind::too_long;
            reason.part = task_part::prompt;
        }
        refused.emplace().refused = std::move(reason);
    } catch (...) {
        box_->release();
        throw;
    }
    box_->release(std::move(refused));
}

void local_work::cancel() {
    cancelled_ = true;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < ids_.size(); ++i)
        // The engine may be gone once all have ended.
        if (!*ended_[i]) of_.runner->cancel(ids_[i]);
}

local_run::local_run(std::shared_ptr<local_work> work, bool ranked)
    : work_(std::move(work)), ranked_(ranked), began_(std::chrono::steady_clock::now()) {}

local_run::~local_run() { work_->cancel(); }

void local_run::take(std::vector<step>& steps) {
    steps.clear();
    work_->take(raw_);
    for (raw_step& each : raw_) {
        if (refused_) return;
        read(each, steps.emplace_back());
        refused_ = steps.back().refused.has_value();
        if (refused_) cancel();
    }
}

void local_run::read(raw_step& taken, step& made) {
    made.choice = taken.choice;
    if (taken.refused) {
        made.refused = std::move(taken.refused);
        return;
    }
    if (ends_.empty()) {
        left_ = work_->choices();
        ends_.resize(left_);
        scores_.resize(left_);
    }
    answer_reader& reader = work_->reader_of(taken.choice);
    if (taken.of_prompt) {
        made.said = reader.scored(std::move(taken.tokens));
        return;
    }
    score& sum = scores_[taken.choice];
    if (!taken.end) {
        if (ranked_)
            for (const engine::token_info& each : taken.tokens) sum.logprob += each.logprob;
        sum.count += taken.tokens.size();
        made.said = reader.next(taken.text, std::move(taken.tokens));
        return;
    }
    using reason = engine::finish_reason;
    if (taken.end->reason == reason::failed) {
        made.refused = {.why = refusal::kind::failed, .message = taken.end->error};
        return;
    }
    if (taken.end->reason == reason::cancelled) {
        made.refused = {.why = refusal::kind::stopping};
        return;
    }
    const bool stopped = taken.end->reason == reason::stop;
    made.said = reader.finish(stopped);
    made.end = {.reason = !stopped             ? ending::length
                          : reader.calls() > 0 ? ending::calls
                                               : ending::stop,
                .mean_logprob = sum.count == 0 ? 0 : sum.logprob / static_cast<double>(sum.count)};
    ends_[taken.choice] = *std::move(taken.end);
    if (--left_ == 0) made.used = summed();
}

totals local_run::so_far() const {
    totals sum;
    if (ends_.empty()) return sum;  // no step of a choice has been taken
    sum.prompt_tokens = work_->prompt_tokens();
    std::size_t drawn = 0;
    for (const score& each : scores_) drawn += each.count;
    sum.completion_tokens = static_cast<std::int64_t>(drawn);
    return sum;
}

totals local_run::summed() const {
    totals sum;
    const auto add = [](std::optional<std::int64_t>& to, int more) { to = to.value_or(0) + more; };
    const auto longest = [](std::optional<double>& to, double other) {
        to = std::max(to.value_or(0), other);
    };
    sum.queue_seconds = ends_.front().queue_seconds;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        const engine::generation_result& each = ends_[i];
        if (i % work_->per_prompt() == 0) {
            add(sum.prompt_tokens, each.prompt_tokens);
            add(sum.cached_tokens, each.cached_tokens);
        }
        add(sum.completion_tokens, each.completion_tokens);
        add(sum.thought_tokens, static_cast<int>(work_->reader_of(i).thought_tokens()));
        add(sum.accepted_predicted_tokens, each.accepted_predicted_tokens);
        add(sum.rejected_predicted_tokens, each.rejected_predicted_tokens);
        sum.queue_seconds = std::min(*sum.queue_seconds, each.queue_seconds);
        longest(sum.prompt_seconds, each.prompt_seconds);
        longest(sum.completion_seconds, each.completion_seconds);
    }
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - began_;
    sum.total_seconds = all.count();
    return sum;
}

}  // namespace tessera::server
