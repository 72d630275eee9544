#include "chat/reply.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "web/events.hpp"

namespace tessera::server {
namespace {

// Absent as long as nothing is said.
void grow(std::optional<std::string>& whole, const std::string& more) {
    if (!more.empty()) (whole ? *whole : whole.emplace()) += more;
}

void move_to(std::vector<token>& all, std::vector<token>& more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

void reply::watch(std::unique_ptr<run> started) {
    run_ = std::move(started);
    // The exchange owns the reply: when it ends, so does this, and with it the run.
    asked_->on_gone([self = shared_from_this()] { self->run_->cancel(); });
    asked_->on_room([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->pump();
    });
}

void reply::pump() {
    const auto self = shared_from_this();
    guard(asked_, [this] {
        while (asked_->open() && !asked_->congested()) {
            if (taken_ == steps_.size()) {
                taken_ = 0;
                run_->take(steps_);
                if (steps_.empty()) break;
            }
            take(steps_[taken_++]);
        }
        asked_->flush();
    });
}

void reply::take(step& next) {
    if (!next.refused) return on_step(next);
    run_->cancel();
    if (asked_->started())
        on_failure_inside(problem_of(*next.refused, names_));
    else
        respond(*asked_, *next.refused, names_);
}

void collect(said_choice& to, step& taken) {
    answer_delta& more = taken.said;
    grow(to.content, more.content);
    grow(to.thoughts, more.thoughts);
    move_to(to.content_tokens, more.content_tokens);
    move_to(to.thought_tokens, more.thought_tokens);
    for (answer_delta::call& each : more.calls) {
        const auto begun = std::find_if(to.calls.begin(), to.calls.end(), [&](const auto& other) {
            return other.index == each.index;
        });
        if (begun == to.calls.end())
            to.calls.push_back(std::move(each));
        else
            begun->arguments += each.arguments;
    }
    if (taken.end) to.end = *taken.end;
}

void whole_reply::on_step(step& taken) {
    collect(choices_[taken.choice], taken);
    if (taken.used) asked().respond(write(std::move(choices_), *taken.used));
}

void streamed_reply::on_step(step& taken) {
    start_events(asked());
    const bool counts = taken.end || !taken.used;
    if (counts && !begun_[taken.choice]) {
        begun_[taken.choice] = true;
        begin_choice(taken.choice);
    }
    if (!taken.said.empty()) add(taken.choice, std::move(taken.said));
    if (taken.end && --left_ > 0)
        end_choice(taken.choice, *taken.end, nullptr);
    else if (taken.end)
        last_.emplace(taken.choice, *taken.end);  // what all took may come later
    if (!taken.used) return;
    if (last_) end_choice(last_->first, last_->second, &*taken.used);
    end_answer();
}

}  // namespace tessera::server
