#pragma once

#include <chrono>

namespace tessera {

/// The time, as the machine tells it; tests derive and tell their own. Const members are called
/// from any thread.
struct clock {
    virtual ~clock() = default;
    /// For durations and deadlines.
    virtual std::chrono::steady_clock::time_point now() const {
        return std::chrono::steady_clock::now();
    }
    /// For dates.
    virtual std::chrono::system_clock::time_point wall() const {
        return std::chrono::system_clock::now();
    }

    /// That of the machine.
    static const clock& system() {
        static const clock instance;
        return instance;
    }
};

}  // namespace tessera
