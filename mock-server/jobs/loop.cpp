#include "jobs/loop.hpp"

#include <asio/post.hpp>
#include <utility>

namespace tessera::server {

bool loop::start() {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && !thread_.joinable()) thread_ = std::thread([this] { context_.run(); });
    return !stopped_;
}

loop::executor_type loop::executor() {
    start();
    return context_.get_executor();
}

void loop::at(time_point due, std::function<void()> work) {
    if (!start()) return;
    asio::post(context_, [this, due, work = std::move(work)]() mutable {
        if (ending_) return;
        due_.emplace(due, std::move(work));
        arm();
    });
}

void loop::stop() {
    std::thread ending;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        ending.swap(thread_);
    }
    if (!ending.joinable()) return;
    asio::post(context_, [this] {
        ending_ = true;
        timer_.cancel();
        due_.clear();
        work_.reset();
    });
    ending.join();
}

void loop::arm() {
    if (due_.empty() || ending_) return;
    if (&time_ == &clock::system())
        timer_.expires_at(due_.begin()->first);
    else
        timer_.expires_after(std::chrono::milliseconds(1));
    timer_.async_wait([this](std::error_code error) {
        if (!error) look();
    });
}

void loop::look() {
    const time_point now = time_.now();
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto first = due_.extract(due_.begin());
        first.mapped()();
    }
    arm();
}

}  // namespace tessera::server
