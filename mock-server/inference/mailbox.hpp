#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace tessera::server {

/// Where any thread leaves what one I/O thread takes. Used through shared_ptr.
template <class Item>
class mailbox : public std::enable_shared_from_this<mailbox<Item>> {
  public:
    /// `ready` is called through the executor when something has come into the empty box.
    mailbox(asio::io_context::executor_type executor, std::function<void()> ready)
        : executor_(executor), ready_(std::move(ready)) {}

    void put(Item item) {
        bool first = false;
        {
            const std::lock_guard lock(mutex_);
            first = items_.empty() && !held_;
            items_.push_back(std::move(item));
        }
        if (first) announce();
    }

    void take(std::vector<Item>& items) {
        items.clear();
        const std::lock_guard lock(mutex_);
        if (!held_) std::swap(items, items_);
    }

    /// Keeps everything in the box until release().
    void hold() {
        const std::lock_guard lock(mutex_);
        held_ = true;
    }
    /// Lets out what has gathered, or `instead` of it.
    void release(std::optional<Item> instead = std::nullopt) {
        bool any = false;
        {
            const std::lock_guard lock(mutex_);
            held_ = false;
            if (instead) {
                items_.clear();
                items_.push_back(*std::move(instead));
            }
            any = !items_.empty();
        }
        if (any) announce();
    }

  private:
    void announce() {
        asio::post(executor_, [self = this->shared_from_this()] { self->ready_(); });
    }

    asio::io_context::executor_type executor_;
    std::function<void()> ready_;
    std::mutex mutex_;
    std::vector<Item> items_;
    bool held_ = false;
};

}  // namespace tessera::server
