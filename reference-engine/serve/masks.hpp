#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "decode/constraint.hpp"

namespace tessera::engine {

/// A constraint with what it allows next, and after each of the tokens that are expected then. One
/// thread at a time: whoever computes it has it from the request to the moment it is ready.
class mask {
  public:
    mask(std::shared_ptr<constraint>, int vocab_size);

    bool ready() const { return ready_.load(std::memory_order_acquire); }
    /// What compute() will go on from: these tokens were drawn, those are expected to follow.
    void request(std::vector<token_id> drawn, std::span<const token_id> expected);
    void compute() noexcept;

    /// What compute() found out about the next token, and about those behind the first, second, ...
    /// expected one: as far as these are allowed.
    std::size_t rows() const { return rows_; }
    /// Rethrows what the constraint threw, and engine_error if it refused a token that was drawn.
    std::span<const std::uint64_t> words(std::size_t row) const;
    token_id towards_end(std::size_t row) const { return found_[row].towards_end; }
    /// Thread-safe. Nobody asks any more, so a computation that has not begun is not worth it.
    void abandon() { abandoned_.store(true, std::memory_order_relaxed); }
    bool abandoned() const { return abandoned_.load(std::memory_order_relaxed); }

  private:
    struct outlook {
        std::vector<std::uint64_t> words;
        token_id towards_end = -1;
        std::exception_ptr failure;
    };
    void look(constraint&, outlook&) const;

    std::shared_ptr<constraint> constraint_;
    std::size_t width_;  // words
    std::vector<token_id> drawn_;
    std::vector<token_id> expected_;
    std::vector<outlook> found_{1};
    std::size_t rows_ = 1;  // of these
    std::atomic<bool> ready_{false};
    std::atomic<bool> abandoned_{false};
};

/// Computes masks beside the model, in the order of the requests. There are several threads, so
/// that a slow mask delays no other, and none before they are needed.
class mask_threads {
  public:
    /// `computed` is called on one of the threads after a mask has become ready there.
    mask_threads(int most, std::function<void()> computed);
    /// Waits for the computations that have begun.
    ~mask_threads();
    mask_threads(const mask_threads&) = delete;
    mask_threads& operator=(const mask_threads&) = delete;

    /// Where the system grants no thread at all, the mask is ready when this returns.
    void compute(std::shared_ptr<mask>);

  private:
    void work();
    void start_thread();

    const std::size_t most_;
    const std::function<void()> computed_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<mask>> queue_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace tessera::engine
