#pragma once

#include <asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "web/message.hpp"

namespace tessera::server {

class session;

/// One request and the way its answer takes. Lives on its session's I/O thread: every call but
/// executor() is made there. An answer is given whole with respond(), or in pieces: start(), then
/// body() and flush() as often as wanted, then finish(). After the answer's end, or when the client
/// is gone, every call does nothing.
class exchange {
  public:
    using executor_type = asio::io_context::executor_type;

    exchange(std::shared_ptr<session> owner, tessera::server::request asked);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    const tessera::server::request& request() const { return request_; }
    tessera::server::request& request() { return request_; }
    /// Runs functions on the I/O thread; may be used from any thread while the server lives.
    executor_type executor() const { return executor_; }
    /// The answer has not ended and the client is there.
    bool open() const { return session_ != nullptr; }
    bool started() const { return started_; }

    void respond(answer whole);
    void respond(const problem& reason);

    /// Sends nothing yet: the head goes out with the first flush.
    void start(answer head);
    /// Where the started answer's body is appended; valid until the next call of another member.
    std::string& body();
    /// So much waits for the client that nothing more should be appended until on_room's call.
    bool congested() const;
    void flush();
    /// `last` is the end of a started answer's body.
    void finish(std::string last = {});
    /// Breaks the connection, so that the client sees that the answer is not whole.
    void abort();

    /// Called once if the client leaves before the answer ended. One function at a time; both are
    /// dropped with the answer's end, and at once after it, since they may own what owns this.
    void on_gone(std::function<void()> call) {
        if (open()) on_gone_ = std::move(call);
    }
    /// Called whenever a congested exchange has room again.
    void on_room(std::function<void()> call) {
        if (open()) on_room_ = std::move(call);
    }

  private:
    friend session;
    void detach();
    void gone();
    void room();

    std::shared_ptr<session> session_;
    executor_type executor_;
    tessera::server::request request_;
    std::string discarded_;
    void end(std::function<void(const std::shared_ptr<session>&)> how);

    bool started_ = false;
    bool ending_ = false;
    std::function<void()> on_gone_;
    std::function<void()> on_room_;
};

using exchange_ptr = std::shared_ptr<exchange>;

/// Calls `work`; what it throws becomes a 500, or breaks an answer that has started.
template <class Work>
void guard(const exchange_ptr& asked, Work&& work) {
    const auto fail = [&](std::string message) {
        if (asked->started())
            asked->abort();
        else
            asked->respond(problem{.status = 500, .message = std::move(message)});
    };
    try {
        work();
    } catch (const std::exception& thrown) {
        fail(thrown.what());
    } catch (...) {
        fail("the server failed");
    }
}

}  // namespace tessera::server
