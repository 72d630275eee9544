#pragma once
// An answer on its way from a provider to the client.
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "cortex/context.hpp"
#include "cortex/kept_answer.hpp"
#include "cortex/providers/provider.hpp"
#include "tessera/json.hpp"
#include "web/api.hpp"
#include "web/events.hpp"
#include "web/exchange.hpp"

namespace tessera::server::cortex {

/// Asks one place after the other until one answers, and gives what it says. `Front` is how the
/// client's dialect is written. Nothing is taken while the client does not read; one that leaves
/// ends the call. Used through shared_ptr, on the exchange's I/O thread.
template <class Front>
class relay : public std::enable_shared_from_this<relay<Front>> {
  public:
    using dialect = typename Front::dialect;

    relay(gateway& of, exchange_ptr asked, typename dialect::request request, resolution to)
        : asked_(std::move(asked)),
          context_(context::of(asked_->request())),
          request_(std::move(request)),
          places_(std::move(to.places)),
          front_(request_),
          streams_(request_.stream.value_or(false)),
          marks_cache_(of.caching.get().auto_inject_anthropic_cache_control),
          kept_(of, *asked_, places_.front(), streams_) {}

    void begin() {
        if (kept_.give(*asked_)) return;
        if (streams_) context_.streams();
        // The exchange owns this, and with it the call.
        asked_->on_gone([self = this->shared_from_this()] {
            self->note_usage();
            self->call_.reset();
        });
        asked_->on_room([weak = this->weak_from_this()] {
            if (const auto self = weak.lock()) self->pump();
        });
        ask();
    }

  private:
    void ask() {
        const place& to = places_[next_++];
        context_.dispatched(to);
        question<dialect> asks{.request = request_,
                               .streams = streams_,
                               .headers = Front::forwarded(asked_->request()),
                               .marks_cache = marks_cache_};
        asks.request.model = to.model;
        provider& with = *context_.configuration().providers.at(*to.provider);
        call_ = Front::caller_of(with).start(std::move(asks), asked_->executor(),
                                             [weak = this->weak_from_this()] {
                                                 if (const auto self = weak.lock()) self->pump();
                                             });
    }

    void pump() {
        const auto self = this->shared_from_this();
        guard(asked_, [this] {
            while (call_ && asked_->open() && !asked_->congested()) {
                progress<dialect> more;
                call_->take(more);
                if (!give(more)) break;
            }
            asked_->flush();
        });
    }

    // Whether there was anything.
    bool give(progress<dialect>& more) {
        for (auto& each : more.events) {
            start_events(*asked_);
            front_.write(*asked_, each);
        }
        if (!more.events.empty()) context_.chunk();
        if (more.failed) {
            fail(*more.failed);
        } else if (more.whole) {
            note_usage();
            call_.reset();
            give_whole(*more.whole);
        } else if (more.ended) {
            note_usage();
            call_.reset();
            start_events(*asked_);
            asked_->finish(front_.end());
        }
        return !more.events.empty();
    }

    void give_whole(const typename dialect::whole& whole) {
        answer made = Front::written(whole);
        if (next_ == 1) kept_.keep(made.body, used_);
        asked_->respond(std::move(made));
    }

    void fail(const failure& why) {
        note_usage();
        call_.reset();
        if (!asked_->started()) {
            if (why.may_pass_elsewhere && next_ < places_.size()) return ask();
            return asked_->respond(Front::told(why.reason));
        }
        context_.failed(why.reason);
        asked_->finish(Front::error_frame(why.reason));
    }

    void note_usage() {
        if (!call_) return;
        used_ = call_->used();
        context_.used(used_);
    }

    const exchange_ptr asked_;
    context& context_;
    const typename dialect::request request_;
    const std::vector<place> places_;
    Front front_;
    const bool streams_;
    const bool marks_cache_;
    kept_answer kept_;
    std::size_t next_ = 0;
    std::unique_ptr<answering<dialect>> call_;
    token_counts used_;
};

}  // namespace tessera::server::cortex
