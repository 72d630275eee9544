#pragma once

#include <asio/error.hpp>
#include <chrono>
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
    using socket = asio::ip::tcp::socket;
    static constexpr std::chrono::milliseconds head_start{250};

    TESSERA_DECL connect_race(const executor& io, endpoints addresses)
        : io_(io), addresses_(std::move(addresses)), delay_(io), over_(io) {}

    TESSERA_DECL void start_next();
    TESSERA_DECL void finish() noexcept;

    bool finished() const { return finished_; }
    timer& over() { return over_; }
    socket* winner() { return winner_.get(); }
    std::error_code code() const { return code_; }

  private:
    struct attempt {
        std::shared_ptr<connect_race> in;
        std::shared_ptr<socket> tried;
    };
    TESSERA_DECL void completed(const std::shared_ptr<socket>& tried, std::error_code code);

    executor io_;
    endpoints addresses_;
    std::size_t next_ = 0;
    timer delay_;
    timer over_;
    std::vector<std::shared_ptr<socket>> open_;
    std::shared_ptr<socket> winner_;
    std::error_code code_;
    bool finished_ = false;
};

TESSERA_DEF
void connect_race::start_next() {
    if (finished_) return;
    while (next_ < addresses_.size()) {
        const asio::ip::tcp::endpoint address = addresses_[next_++];
        auto tried = std::make_shared<socket>(io_);
        tried->open(address.protocol(), code_);
        if (code_) continue;
        open_.push_back(tried);
        const std::shared_ptr<attempt> begun(new attempt{shared_from_this(), tried});
        tried->async_connect(address, handler(std::shared_ptr<void>(begun),
                                              [](void* self, std::error_code code, std::size_t) {
                                                  const attempt& ended =
                                                      *static_cast<attempt*>(self);
                                                  ended.in->completed(ended.tried, code);
                                              }));
        delay_.get().expires_after(head_start);
        delay_.get().async_wait(handler(std::shared_ptr<void>(shared_from_this()),
                                        [](void* self, std::error_code code, std::size_t) {
                                            if (!code)
                                                static_cast<connect_race*>(self)->start_next();
                                        }));
        return;
    }
    if (open_.empty()) finish();
}

TESSERA_DEF
void connect_race::finish() noexcept {
    finished_ = true;
    delay_.interrupt();
    over_.interrupt();
    for (const auto& tried : open_) {
        std::error_code ignored;
        if (tried != winner_) tried->close(ignored);
    }
    open_.clear();
}

TESSERA_DEF
void connect_race::completed(const std::shared_ptr<socket>& tried, std::error_code code) {
    if (finished_) return;
    std::erase(open_, tried);
    if (!code) {
        winner_ = tried;
        finish();
        return;
    }
    code_ = code;
    start_next();
}

}  // namespace detail

TESSERA_DEF
task<std::error_code> connect_any(endpoints addresses, watch& on, std::unique_ptr<stream>& opened) {
    if (on.stopped()) co_return asio::error::operation_aborted;
    const auto race =
        std::make_shared<detail::connect_race>(on.get_executor(), take_turns(addresses));
    const struct guard {
        detail::connect_race& left;
        ~guard() { left.finish(); }
    } leave{*race};
    race->start_next();
    if (!race->finished()) co_await on.wait_for(race->over());
    if (race->winner() == nullptr) co_return race->code();
    std::error_code ignored;
    race->winner()->set_option(asio::ip::tcp::no_delay(true), ignored);
    opened = std::make_unique<stream>(std::move(*race->winner()));
    co_return std::error_code();
}

}  // namespace tessera::net
