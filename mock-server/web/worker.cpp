#include "web/worker.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <ctime>

#include "tessera/http/date.hpp"

namespace tessera::server {
namespace {

// How often time-outs are looked at: precise enough for the shortest of them.
std::chrono::milliseconds tick_interval(const connection_limits& limits) {
    const auto shortest = std::min({limits.head_timeout, limits.body_timeout, limits.idle_timeout,
                                    limits.write_timeout, limits.linger_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

std::size_t open_sessions::add() {
    const std::lock_guard lock(mutex_);
    return ++count_;
}

void open_sessions::remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
}

bool open_sessions::wait_until_none(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, longest, [&] { return count_ == 0; });
}

worker::worker(request_handler& handler, const connection_limits& limits, open_sessions& open,
               const clock& time)
    : handler_(handler),
      limits_(limits),
      open_(open),
      time_(time),
      work_(context_.get_executor()),
      timer_(context_),
      thread_([this] { context_.run(); }) {}

worker::~worker() { join(); }

void worker::adopt(asio::ip::tcp::socket socket) {
    count_.fetch_add(1, std::memory_order_relaxed);
    const std::size_t open = open_.add();
    asio::post(context_, [this, open, accepted = std::move(socket)]() mutable {
        auto made = std::make_shared<session>(std::move(accepted), *this);
        sessions_.emplace(made.get(), made);
        // Turning connections away takes sockets as well, so there is an end to courtesy.
        if (draining_ || open / 2 > limits_.connections) return made->close();
        made->start();
        if (open > limits_.connections) made->turn_away();
        if (!ticking_) tick();
    });
}

void worker::drain() {
    asio::post(context_, [this] {
        draining_ = true;
        std::vector<std::shared_ptr<session>> all;
        for (const auto& [key, each] : sessions_) all.push_back(each);
        for (const auto& each : all) each->drain();
    });
}

void worker::close_all() {
    asio::post(context_, [this] {
        draining_ = true;
        std::vector<std::shared_ptr<session>> all;
        for (const auto& [key, each] : sessions_) all.push_back(each);
        for (const auto& each : all) each->close();
    });
}

void worker::join() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
        timer_.cancel();
        work_.reset();
    });
    thread_.join();
}

void worker::forget(session* gone) {
    sessions_.erase(gone);
    count_.fetch_sub(1, std::memory_order_relaxed);
    open_.remove();
}

const std::string& worker::date() {
    const auto now = time_.wall();
    const std::time_t second = std::chrono::system_clock::to_time_t(now);
    if (second != date_second_) {
        date_second_ = second;
        date_ = http::http_date(now);
    }
    return date_;
}

// Runs only while there are sessions, so that an idle server sleeps.
void worker::tick() {
    ticking_ = !sessions_.empty();
    if (!ticking_) return;
    timer_.expires_after(tick_interval(limits_));
    timer_.async_wait([this](std::error_code error) {
        ticking_ = false;
        if (error) return;
        std::vector<std::shared_ptr<session>> all;
        all.reserve(sessions_.size());
        for (const auto& [key, each] : sessions_) all.push_back(each);
        const auto now = std::chrono::steady_clock::now();
        for (const auto& each : all) each->check(now);
        tick();
    });
}

}  // namespace tessera::server
