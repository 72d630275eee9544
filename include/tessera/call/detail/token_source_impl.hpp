#pragma once

#include <exception>

#include "tessera/call/detail/token_source.hpp"

namespace tessera::call::detail {

// `refused`: why there is no token; none where there is one.
TESSERA_COLD_DECL
void answer(const std::shared_ptr<token_source::waiter>& asking, const token_source::token& given,
            const tessera::detail::boxed_error& refused) {
    const std::lock_guard lock(asking->mutex);
    asking->answered = true;
    asking->given = given;
    asking->refused = refused;
    net::doorbell::ring(asking);
}

TESSERA_DEF
void token_source::ask(std::uint64_t refused, std::shared_ptr<waiter> asking) {
    const bool fresh = refused != 0;
    {
        std::unique_lock lock(mutex_);
        if (refreshing_) {
            asking->next = std::move(waiting_);
            waiting_ = std::move(asking);
            return;
        }
        if (fresh && refused != newest_.version) {
            const token newer = newest_;
            lock.unlock();
            return answer(asking, newer, {});
        }
        refreshing_ = fresh;
    }
    const credential::receiver given = [self = shared_from_this(), fresh,
                                        asking](result<secret> answered) {
        self->receive(fresh, asking, std::move(answered));
    };
    try {
        from_.provider()(fresh, given);
    } catch (const std::exception& thrown) {
        given(tessera::detail::failed(error_kind::authentication,
                                      {"the credential's provider failed: ", thrown.what()}));
    }
}

TESSERA_DEF
void token_source::receive(bool fresh, std::shared_ptr<waiter> asking, result<secret>&& answered) {
    token handed;
    tessera::detail::boxed_error refused;
    {
        const std::lock_guard lock(mutex_);
        if (fresh) {
            refreshing_ = false;
            asking->next = std::move(waiting_);
        }
        if (answered) {
            if (fresh || newest_.version == 0 || newest_.text.reveal() != answered->reveal())
                newest_ = {*std::move(answered), newest_.version + 1};
            handed = newest_;
        } else {
            refused = std::move(answered).failure();
        }
    }
    while (asking) {
        answer(asking, handed, refused);
        asking = std::move(asking->next);
    }
}

}  // namespace tessera::call::detail
