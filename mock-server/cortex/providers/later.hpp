#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace tessera::server::cortex {

/// Calls `work` through the executor, never before it is made, and not once it is destroyed. Used
/// on the executor's thread.
class later {
  public:
    later(asio::io_context::executor_type executor, std::function<void()> work)
        : wanted_(std::make_shared<bool>(true)) {
        asio::post(executor, [work = std::move(work), wanted = std::weak_ptr(wanted_)] {
            if (wanted.lock()) work();
        });
    }
    later(const later&) = delete;
    later& operator=(const later&) = delete;

  private:
    const std::shared_ptr<bool> wanted_;
};

}  // namespace tessera::server::cortex
