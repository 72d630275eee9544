#include "chat/reply.hpp"

#include <algorithm>
#include <utility>

namespace tessera::server {
namespace {

problem refusal_of(const error& reason) {
    switch (reason.kind) {
        case error_kind::rate_limit:
            return {.status = 429,
                    .message = "too many requests wait already; try again in a second",
                    .param = "queue",
                    .code = "queue_exceeded",
                    .retry_after = std::chrono::seconds(1)};
        case error_kind::bad_request:
            return {.status = 400, .message = reason.message, .code = "context_length_exceeded"};
        default:
            return {.status = 400, .message = reason.message, .code = "invalid_value"};
    }
}

}  // namespace

reply::reply(exchange_ptr asked, const loaded_model& model)
    : asked_(std::move(asked)), model_(model) {}

void reply::begin(std::vector<generation> wanted, std::size_t per_prompt) {
    began_ = std::chrono::steady_clock::now();
    per_prompt_ = per_prompt;
    left_ = wanted.size();
    outcomes_.resize(left_);
    auto started = model_.start(std::move(wanted), asked_->executor(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->pump();
    });
    if (!started) return asked_->respond(refusal_of(started.error()));
    run_ = std::move(*started);
    // The exchange owns the reply: when it ends, so does this, and with it the generations.
    asked_->on_gone([self = shared_from_this()] { self->run_->cancel(); });
    asked_->on_room([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->pump();
    });
}

void reply::pump() {
    const auto self = shared_from_this();
    guard(asked_, [this] {
        while (asked_->open() && !asked_->congested()) {
            if (taken_ == steps_.size()) {
                taken_ = 0;
                run_->take(steps_);
                if (steps_.empty()) break;
            }
            take(steps_[taken_++]);
        }
        asked_->flush();
    });
}

void reply::take(step& next) {
    if (!next.end) return on_step(next);
    if (next.end->reason == ending::failed)
        return fail({.status = 500, .message = "the model failed: " + next.end->error});
    if (next.end->reason == ending::cancelled)
        return fail({.status = 503,
                     .message = "the server is stopping",
                     .retry_after = std::chrono::seconds(1)});
    outcomes_[next.generation] = *next.end;
    --left_;
    on_end(next.generation, *next.end);
    if (left_ == 0) on_all_ended();
}

void reply::fail(const problem& reason) {
    run_->cancel();
    if (asked_->started())
        on_failure_inside(reason);
    else
        asked_->respond(reason);
}

totals reply::summed() const {
    totals sum;
    sum.queue_seconds = outcomes_.front().queue_seconds;
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        const outcome& each = outcomes_[i];
        if (i % per_prompt_ == 0) {
            sum.prompt_tokens += each.prompt_tokens;
            sum.cached_tokens += each.cached_tokens;
        }
        sum.completion_tokens += each.completion_tokens;
        sum.accepted_predicted_tokens += each.accepted_predicted_tokens;
        sum.rejected_predicted_tokens += each.rejected_predicted_tokens;
        sum.queue_seconds = std::min(sum.queue_seconds, each.queue_seconds);
        sum.prompt_seconds = std::max(sum.prompt_seconds, each.prompt_seconds);
        sum.completion_seconds = std::max(sum.completion_seconds, each.completion_seconds);
    }
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - began_;
    sum.total_seconds = all.count();
    return sum;
}

}  // namespace tessera::server
