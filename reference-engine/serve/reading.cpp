#include "serve/reading.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "serve/seconds.hpp"

namespace tessera::engine {

state_pool::state_pool(pooling how, int tokens, int width)
    : how_(how), next_(how == pooling::last ? tokens - 1 : 0) {
    const auto size = static_cast<std::size_t>(width);
    if (how == pooling::mean) sums_.resize(size);
    if (how == pooling::none) states_.reserve(size * static_cast<std::size_t>(tokens));
}

void state_pool::add(std::span<const float> state) {
    ++next_;
    if (how_ != pooling::mean) {
        states_.insert(states_.end(), state.begin(), state.end());
    } else {
        for (std::size_t i = 0; i < state.size(); ++i) sums_[i] += state[i];
    }
}

std::vector<float> state_pool::take() {
    for (const double sum : sums_) states_.push_back(static_cast<float>(sum / next_));
    if (!std::ranges::all_of(states_, [](float x) { return std::isfinite(x); })) {
        throw engine_error(error_code::malformed,
                           "the model's states are not finite: its weights are damaged, or too "
                           "large for its precision");
    }
    return std::move(states_);
}

reading::reading(std::uint64_t id, reading_request request,
                 std::function<void(reading_result)> done, int most,
                 std::shared_ptr<const void> lease)
    : id_(id),
      request_(std::move(request)),
      done_(std::move(done)),
      most_(most),
      lease_(std::move(lease)),
      submitted_(std::chrono::steady_clock::now()) {
    result_.states.resize(request_.inputs.size());
    for (const auto& input : request_.inputs) {
        result_.tokens += static_cast<std::int64_t>(input.size());
    }
}

std::optional<std::size_t> reading::next_input() {
    if (over() || begun_ == request_.inputs.size()) return std::nullopt;
    return begun_++;
}

void reading::begin() {
    ++running_;
    if (!started_) started_ = std::chrono::steady_clock::now();
}

void reading::add(std::size_t input, std::vector<float> states, int cached_tokens) {
    if (over()) return;
    result_.states[input] = std::move(states);
    result_.cached_tokens += cached_tokens;
    if (++read_ == request_.inputs.size()) end(finish_reason::stop);
}

void reading::end(finish_reason reason, const std::string& error) noexcept {
    if (over()) return;
    const auto now = std::chrono::steady_clock::now();
    const auto started = started_.value_or(now);
    try {
        const auto done = std::exchange(done_, {});
        if (reason != finish_reason::stop) result_.states.clear();
        result_.reason = reason;
        result_.error = error;
        result_.queue_seconds = seconds_between(submitted_, started);
        result_.seconds = seconds_between(started, now);
        done(std::move(result_));
    } catch (...) {
        // The last call: there is nobody left to tell.
    }
}

}  // namespace tessera::engine
