#include "web/exchange.hpp"

#include <asio/dispatch.hpp>
#include <utility>

#include "web/session.hpp"
#include "web/worker.hpp"

namespace tessera::server {

exchange::exchange(std::shared_ptr<session> owner, tessera::server::request asked)
    : session_(std::move(owner)),
      executor_(session_->worker_.context().get_executor()),
      request_(std::move(asked)) {}

// The session may end with the call, so each keeps it alive for the while.
void exchange::respond(answer whole) {
    if (!session_ || ending_) return;
    started_ = true;
    if (!request_.state) return std::shared_ptr(session_)->respond(std::move(whole));
    end([whole = std::move(whole)](const std::shared_ptr<session>& on) mutable {
        on->respond(std::move(whole));
    });
}

void exchange::respond(const problem& reason) {
    if (const auto keep = session_) respond(keep->worker_.handler().explain(&request_, reason));
}

void exchange::start(answer head) {
    if (const auto keep = session_) {
        started_ = true;
        keep->start_answer(std::move(head));
    }
}

std::string& exchange::body() {
    if (session_ && !ending_) return session_->body();
    discarded_.clear();
    return discarded_;
}

bool exchange::congested() const { return session_ && session_->congested(); }

void exchange::flush() {
    if (const auto keep = session_; keep && !keep->processing_) keep->flush();
}

void exchange::finish(std::string last) {
    if (!session_ || ending_) return;
    const auto how = [last = std::move(last)](const std::shared_ptr<session>& on) {
        if (!last.empty()) on->body() += last;
        on->finish_answer();
    };
    if (!request_.state) return how(std::shared_ptr(session_));
    end(how);
}

// When the request's state lets it go.
void exchange::end(std::function<void(const std::shared_ptr<session>&)> how) {
    ending_ = true;
    request_.state->before_end([self = session_->current_, how = std::move(how)]() mutable {
        const auto executor = self->executor_;
        asio::dispatch(executor, [self = std::move(self), how = std::move(how)] {
            if (const auto keep = self->session_) how(keep);
        });
    });
}

void exchange::abort() {
    if (const auto keep = session_) keep->close();
}

void exchange::detach() {
    session_.reset();
    on_gone_ = nullptr;
    on_room_ = nullptr;
}

void exchange::gone() {
    const std::function<void()> call = std::move(on_gone_);
    detach();
    if (call) call();
}

void exchange::room() {
    // The call may end the answer, which drops on_room_.
    if (const std::function<void()> call = on_room_) call();
}

}  // namespace tessera::server
