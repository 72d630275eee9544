#pragma once

#include <algorithm>
#include <utility>

#include "tessera/emissary/detail/polling.hpp"

namespace tessera::emissary::detail {

TESSERA_DEF
std::shared_ptr<polled> make_polled(call::channel& on, call::spec&& request,
                                    const call_options& options,
                                    result<bool> (*is_settled)(const call_info&)) {
    return std::shared_ptr<polled>(
        new polled{terms_of(on, options), std::move(request), is_settled});
}

TESSERA_COLD_DECL
task<result<void>> poll(process& on, polled& of) {
    of.has_news = false;
    co_await on.watch().pause(of.pause);
    call_info answer;
    call::spec request = of.request;
    result<void> asked = co_await on.ask(of.terms.on, std::move(request), of.terms.each, answer);
    if (!asked) {
        if (asked.error().body.empty()) asked.error().body = of.last.raw;
        co_return asked;
    }
    of.has_news = answer.raw != of.last.raw;
    of.last = std::move(answer);
    of.pause = of.has_news ? first_pause : std::min(2 * of.pause, longest_pause);
    result<bool> settled = of.is_settled(of.last);
    if (!settled) co_return std::move(settled).failure();
    of.is_over = *settled;
    co_return result<void>();
}

TESSERA_DEF
process::work until_settled(std::shared_ptr<polled> of) {
    return {[](process& on, void* by) -> task<result<void>> {
                polled& self = *static_cast<polled*>(by);
                while (!self.is_over) {
                    result<void> asked = co_await poll(on, self);
                    if (!asked) co_return asked;
                }
                co_return result<void>();
            },
            std::move(of)};
}

TESSERA_DEF
process::work until_news(std::shared_ptr<polled> of) {
    return {[](process& on, void* by) -> task<result<void>> {
                polled& self = *static_cast<polled*>(by);
                if (std::exchange(self.is_held, false)) co_return result<void>();
                self.has_news = false;
                while (!self.has_news && !self.is_over) {
                    result<void> asked = co_await poll(on, self);
                    if (!asked) co_return asked;
                }
                co_return result<void>();
            },
            std::move(of)};
}

}  // namespace tessera::emissary::detail
