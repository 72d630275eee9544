#pragma once

#include <exception>

#include "tessera/call/detail/token_source.hpp"

namespace tessera::call::detail {

TESSERA_DEF
void token_source::ask(std::uint64_t refused, receiver done) {
    {
        std::unique_lock lock(mutex_);
        if (refreshing_) return waiting_.push_back(std::move(done));
        if (refused != 0 && refused != newest_.version) {
            const token newer = newest_;
            lock.unlock();
            return done(newer);
        }
        refreshing_ = refused != 0;
    }
    const bool fresh = refused != 0;
    const credential::receiver given = [self = shared_from_this(), fresh,
                                        done = std::move(done)](result<secret> answer) {
        self->receive(fresh, done, std::move(answer));
    };
    try {
        from_.provider()(fresh, given);
    } catch (const std::exception& thrown) {
        given(tessera::detail::failed(
            error_kind::authentication,
            std::string("the credential's provider failed: ") + thrown.what()));
    }
}

TESSERA_DEF
void token_source::receive(bool fresh, const receiver& done, result<secret> answer) {
    std::vector<receiver> waiting;
    token handed;
    {
        const std::lock_guard lock(mutex_);
        if (fresh) {
            refreshing_ = false;
            waiting.swap(waiting_);
        }
        if (answer) {
            if (fresh || newest_.version == 0 || newest_.text.reveal() != answer->reveal())
                newest_ = {*std::move(answer), newest_.version + 1};
            handed = newest_;
        }
    }
    const auto tell = [&](const receiver& each) {
        if (answer)
            each(handed);
        else
            each(answer.error());
    };
    tell(done);
    for (const receiver& each : waiting) tell(each);
}

}  // namespace tessera::call::detail
