#pragma once

#include <asio/error.hpp>
#include <chrono>
#include <forward_list>
#include <utility>
#include <vector>

#include "tessera/net/connect.hpp"

namespace tessera::net {

TESSERA_DEF
endpoints take_turns(const endpoints& given) {
    endpoints ordered;
    const auto is_first = [&](std::size_t i) {
        return given[i].protocol() == given.front().protocol();
    };
    for (std::size_t first = 0, second = 0; ordered.size() < given.size();) {
        while (first < given.size() && !is_first(first)) ++first;
        if (first < given.size()) ordered.push_back(given[first++]);
        while (second < given.size() && is_first(second)) ++second;
        if (second < given.size()) ordered.push_back(given[second++]);
    }
    return ordered;
}

namespace detail {

// RFC 8305 section 5: tries addresses in order, a new one when one has failed or has not answered
// after the delay; the first connection wins.
class connect_race : public std::enable_shared_from_this<connect_race> {
  public:
    static constexpr std::chrono::milliseconds head_start{250};

    TESSERA_COLD_DECL connect_race(const executor& io, endpoints&& addresses)
        : addresses_(std::move(addresses)), delay_(io), over_(io) {}

    TESSERA_COLD_DECL void start_next();
    TESSERA_COLD_DECL void finish() noexcept;

    bool finished() const { return finished_; }
    timer& over() { return over_; }
    std::unique_ptr<stream>& winner() { return winner_; }
    std::error_code code() const { return code_; }

  private:
    struct attempt {
        connect_race& in;
        std::unique_ptr<stream> tried;
    };
    TESSERA_COLD_DECL void completed(attempt& ended, std::error_code code);

    const endpoints addresses_;
    std::size_t next_ = 0;
    timer delay_;
    timer over_;
    std::forward_list<attempt> attempts_;  // those that failed are empty
    std::size_t open_ = 0;
    std::unique_ptr<stream> winner_;
    std::error_code code_;
    bool finished_ = false;
};

TESSERA_DEF
void connect_race::start_next() {
    if (finished_) return;
    while (next_ < addresses_.size()) {
        attempts_.push_front({*this, std::make_unique<stream>(delay_.get().get_executor())});
        attempt& begun = attempts_.front();
        code_ = begun.tried->connect(addresses_[next_++],
                                     handler(std::shared_ptr<void>(shared_from_this(), &begun),
                                             [](void* self, std::error_code code) {
                                                 attempt& ended = *static_cast<attempt*>(self);
                                                 ended.in.completed(ended, code);
                                             }));
        if (code_) continue;
        ++open_;
        delay_.get().expires_after(head_start);
        delay_.get().async_wait(handler(std::shared_ptr<void>(shared_from_this()),
                                        [](void* self, std::error_code code) {
                                            if (!code)
                                                static_cast<connect_race*>(self)->start_next();
                                        }));
        return;
    }
    if (open_ == 0) finish();
}

TESSERA_DEF
void connect_race::finish() noexcept {
    finished_ = true;
    delay_.interrupt();
    over_.interrupt();
    for (attempt& left : attempts_) left.tried.reset();
}

TESSERA_DEF
void connect_race::completed(attempt& ended, std::error_code code) {
    if (finished_) return;
    --open_;
    if (!code) code = ended.tried->connected();
    if (!code) {
        winner_ = std::move(ended.tried);
        finish();
        return;
    }
    ended.tried.reset();
    code_ = code;
    start_next();
}

}  // namespace detail

TESSERA_DEF
task<std::error_code> connect_any(const endpoints& addresses, watch& on,
                                  std::unique_ptr<stream>& opened) {
    if (on.stopped()) co_return asio::error::operation_aborted;
    const std::shared_ptr<detail::connect_race> race(
        new detail::connect_race(on.get_executor(), take_turns(addresses)));
    const struct guard {
        detail::connect_race& left;
        ~guard() { left.finish(); }
    } leave{*race};
    race->start_next();
    if (!race->finished()) co_await on.wait_for(race->over());
    if (!race->winner()) co_return race->code();
    opened = std::move(race->winner());
    co_return std::error_code();
}

}  // namespace tessera::net
