#pragma once
// Settings that may change while the server runs.
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace tessera::server::cortex {

/// Thread-safe.
template <class T>
class setting {
  public:
    explicit setting(T initial) : value_(std::move(initial)) {}

    T get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    /// Grows with every change.
    std::uint64_t revision() const {
        const std::lock_guard lock(mutex_);
        return revision_;
    }
    /// Lets `change`, a function of T&, change it, and returns what it is then; if it throws,
    /// nothing changes.
    template <class Change>
    T update(Change&& change) {
        const std::lock_guard lock(mutex_);
        T next = value_;
        change(next);
        value_ = std::move(next);
        ++revision_;
        for (const auto& each : listeners_) each(value_);
        return value_;
    }
    /// `told` hears of every change, in their order; must be quick and not call this object.
    void on_change(std::function<void(const T&)> told) {
        const std::lock_guard lock(mutex_);
        listeners_.push_back(std::move(told));
    }

  private:
    mutable std::mutex mutex_;
    T value_;
    std::uint64_t revision_ = 0;
    std::vector<std::function<void(const T&)>> listeners_;
};

}  // namespace tessera::server::cortex
