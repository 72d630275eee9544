#pragma once

#include <asio/post.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "cortex/providers/answering.hpp"

namespace tessera::server::cortex {

/// A call that failed before it was asked.
template <class Dialect>
class failed_call : public answering<Dialect> {
  public:
    failed_call(failure why, typename answering<Dialect>::executor_type executor,
                std::function<void()> ready)
        : why_(std::move(why)), wanted_(std::make_shared<bool>(true)) {
        asio::post(executor, [ready = std::move(ready), wanted = std::weak_ptr(wanted_)] {
            if (wanted.lock()) ready();
        });
    }

    void take(progress<Dialect>& more) override { more.failed = std::move(why_); }
    token_counts used() const override { return {}; }

  private:
    failure why_;
    std::shared_ptr<bool> wanted_;
};

}  // namespace tessera::server::cortex
