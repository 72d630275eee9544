#pragma once

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "tessera/net/task.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

// RFC 8305 section 4: address families take turns, the resolver's first one first.
template <class Lazy = void>
std::vector<asio::ip::tcp::endpoint> take_turns(std::vector<asio::ip::tcp::endpoint> endpoints) {
    if (endpoints.empty()) return endpoints;
    const auto family = endpoints.front().protocol();
    const auto middle = std::stable_partition(
        endpoints.begin(), endpoints.end(), [&](const auto& e) { return e.protocol() == family; });
    std::vector<asio::ip::tcp::endpoint> ordered;
    auto first = endpoints.begin();
    auto second = middle;
    while (first != middle || second != endpoints.end()) {
        if (first != middle) ordered.push_back(*first++);
        if (second != endpoints.end()) ordered.push_back(*second++);
    }
    return ordered;
}

namespace detail {

// RFC 8305 section 5: tries addresses in order, a new one when one has failed or has not answered
// after the delay; the first connection wins.
template <class Lazy>
class connect_race : public std::enable_shared_from_this<connect_race<Lazy>> {
  public:
    static constexpr std::chrono::milliseconds head_start{250};

    connect_race(const executor& io, std::vector<asio::ip::tcp::endpoint> endpoints)
        : io_(io),
          endpoints_(std::move(endpoints)),
          delay_(io),
          over_(io, asio::steady_timer::time_point::max()) {}

    void start_next() {
        if (finished_) return;
        while (next_ < endpoints_.size()) {
            const asio::ip::tcp::endpoint endpoint = endpoints_[next_++];
            auto socket = std::make_shared<asio::ip::tcp::socket>(io_);
            socket->open(endpoint.protocol(), code_);
            if (code_) continue;
            open_.push_back(socket);
            socket->async_connect(endpoint,
                                  [self = this->shared_from_this(), socket](std::error_code code) {
                                      self->completed(socket, code);
                                  });
            delay_.expires_after(head_start);
            delay_.async_wait([self = this->shared_from_this()](std::error_code code) {
                if (!code) self->start_next();
            });
            return;
        }
        if (open_.empty()) finish();
    }
    void finish() {
        finished_ = true;
        delay_.cancel();
        over_.cancel();
        for (const auto& socket : open_) {
            std::error_code ignored;
            if (socket != winner_) socket->close(ignored);
        }
        open_.clear();
    }
    bool finished() const { return finished_; }
    asio::steady_timer& over() { return over_; }
    asio::ip::tcp::socket* winner() { return winner_.get(); }
    std::error_code code() const { return code_; }

  private:
    void completed(const std::shared_ptr<asio::ip::tcp::socket>& socket, std::error_code code) {
        if (finished_) return;
        std::erase(open_, socket);
        if (!code) {
            winner_ = socket;
            finish();
            return;
        }
        code_ = code;
        start_next();
    }

    executor io_;
    std::vector<asio::ip::tcp::endpoint> endpoints_;
    std::size_t next_ = 0;
    asio::steady_timer delay_;
    asio::steady_timer over_;
    std::vector<std::shared_ptr<asio::ip::tcp::socket>> open_;
    std::shared_ptr<asio::ip::tcp::socket> winner_;
    std::error_code code_;
    bool finished_ = false;
};

}  // namespace detail

// A connection to the first of the addresses that answers; `code` is that of the last failure.
template <class Lazy = void>
task<std::optional<asio::ip::tcp::socket>> connect_any(
    std::vector<asio::ip::tcp::endpoint> endpoints, watch& on, std::error_code& code) {
    if (on.stopped()) {
        code = asio::error::operation_aborted;
        co_return std::nullopt;
    }
    const executor io = co_await asio::this_coro::executor;
    const auto race =
        std::make_shared<detail::connect_race<Lazy>>(io, take_turns(std::move(endpoints)));
    const struct guard {
        std::shared_ptr<detail::connect_race<Lazy>> left;
        ~guard() { left->finish(); }
    } leave{race};
    race->start_next();
    if (!race->finished()) {
        watch::waiting waiting(on, [&race] { race->finish(); });
        std::error_code ignored;
        co_await race->over().async_wait(into<Lazy>(ignored));
    }
    code = race->code();
    if (race->winner() == nullptr) co_return std::nullopt;
    std::error_code ignored;
    race->winner()->set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return std::move(*race->winner());
}

}  // namespace tessera::net
