#include "serve/masks.hpp"

#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {

mask::mask(std::shared_ptr<constraint> c, int vocab_size)
    : constraint_(std::move(c)), width_((static_cast<std::size_t>(vocab_size) + 63) / 64) {}

void mask::request(std::vector<token_id> drawn, std::span<const token_id> expected) {
    ready_.store(false, std::memory_order_relaxed);
    drawn_ = std::move(drawn);
    expected_.assign(expected.begin(), expected.end());
}

void mask::look(constraint& at, outlook& to) const {
    to.words.resize(width_);
    to.failure = nullptr;
    at.allowed(to.words);
    to.towards_end = at.towards_end();
}

void mask::compute() noexcept {
    rows_ = 1;
    try {
        for (const token_id token : drawn_) {
            if (constraint_->accept(token)) continue;
            throw engine_error(error_code::invalid_argument, "the constraint refuses token " +
                                                                 std::to_string(token) +
                                                                 ", which it allowed before");
        }
        look(*constraint_, found_[0]);
        const auto ahead = expected_.empty() ? nullptr : constraint_->look_ahead();
        for (const token_id token : expected_) {
            const auto bit = static_cast<std::size_t>(token);
            const auto& words = found_[rows_ - 1].words;
            if (!ahead || (words[bit / 64] >> bit % 64 & 1) == 0) break;
            if (found_.size() == rows_) found_.emplace_back();
            ++rows_;
            if (!ahead->accept(token)) {
                --rows_;
                break;
            }
            look(*ahead, found_[rows_ - 1]);
        }
    } catch (...) {
        found_[rows_ - 1].failure = std::current_exception();
    }
    ready_.store(true, std::memory_order_release);
}

std::span<const std::uint64_t> mask::words(std::size_t row) const {
    if (found_[row].failure) std::rethrow_exception(found_[row].failure);
    return found_[row].words;
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
