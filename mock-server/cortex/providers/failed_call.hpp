#pragma once

#include <functional>
#include <utility>

#include "cortex/providers/answering.hpp"
#include "cortex/providers/later.hpp"

namespace tessera::server::cortex {

/// A call that failed before it was asked.
template <class Dialect>
class failed_call : public answering<Dialect> {
  public:
    failed_call(failure why, typename answering<Dialect>::executor_type executor,
                std::function<void()> ready)
        : why_(std::move(why)), told_(executor, std::move(ready)) {}

    void take(progress<Dialect>& more) override { more.failed = std::move(why_); }
    token_counts used() const override { return {}; }

  private:
    failure why_;
    later told_;
};

}  // namespace tessera::server::cortex
