#include "serve/masks.hpp"

#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {

mask::mask(std::shared_ptr<constraint> c, int vocab_size)
    : constraint_(std::move(c)), words_((static_cast<std::size_t>(vocab_size) + 63) / 64) {}

void mask::compute() noexcept {
    failure_ = nullptr;
    try {
        constraint_->allowed(words_);
        towards_end_ = constraint_->towards_end();
    } catch (...) {
        failure_ = std::current_exception();
    }
    ready_.store(true, std::memory_order_release);
}

std::span<const std::uint64_t> mask::words() const {
    if (failure_) std::rethrow_exception(failure_);
    return words_;
}

void mask::accept(token_id token) {
    ready_.store(false, std::memory_order_relaxed);
    if (!constraint_->accept(token)) {
        throw engine_error(
            error_code::invalid_argument,
            "the constraint refuses token " + std::to_string(token) + ", which it allowed before");
    }
}

mask_threads::mask_threads(int most, std::function<void()> computed)
    : most_(static_cast<std::size_t>(most)), computed_(std::move(computed)) {}

mask_threads::~mask_threads() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void mask_threads::compute(std::shared_ptr<mask> m) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= idle_ && threads_.size() < most_) start_thread();
        if (!threads_.empty()) queue_.push_back(std::exchange(m, nullptr));
    }
    if (m) return m->compute();
    wake_.notify_one();
}

void mask_threads::start_thread() {
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
        // Those that have started, if any, serve all.
    }
}

void mask_threads::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (stopping_) return;
        auto next = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        if (!next->abandoned()) {
            next->compute();
            computed_();
        }
        next.reset();
        lock.lock();
    }
}

}  // namespace tessera::engine
