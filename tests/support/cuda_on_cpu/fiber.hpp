#pragma once

#include <cstddef>

namespace tessera::cuda_on_cpu {

/// A stack and what runs on it. A default-constructed one stands for the stack that first switches
/// away from it.
class fiber {
  public:
    fiber() = default;
    /// `entry` begins at the first switch to it and must never return. `stack` must outlive it.
    fiber(std::byte* stack, std::size_t size, void (*entry)());

    /// Goes on in `to`, and returns when something switches back to `*this`.
    void switch_to(fiber& to);
    /// What an entry begins with.
    static void entered();

  private:
    void* top_ = nullptr;
    // Of AddressSanitizer, which must know the stack that is in use.
    [[maybe_unused]] const void* bottom_ = nullptr;
    [[maybe_unused]] std::size_t size_ = 0;
    [[maybe_unused]] void* fake_ = nullptr;
    inline static fiber* previous_ = nullptr;
    inline static fiber* current_ = nullptr;
};

/// Stacks of equal size with guard pages below them.
class fiber_stacks {
  public:
    explicit fiber_stacks(std::size_t count);
    ~fiber_stacks();
    fiber_stacks(const fiber_stacks&) = delete;
    fiber_stacks& operator=(const fiber_stacks&) = delete;

    std::size_t count() const { return count_; }
    fiber make(std::size_t index, void (*entry)()) const;

  private:
    std::size_t count_;
    std::byte* memory_ = nullptr;
};

}  // namespace tessera::cuda_on_cpu
