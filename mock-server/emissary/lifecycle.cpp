#include "emissary/lifecycle.hpp"

#include <algorithm>

namespace tessera::server::emissary {
namespace {

void enter(deployment_state& one, deployment_status next, time_point at) {
    one.status = next;
    one.since = at;
}

std::optional<time_point> due_of(const engine_state& one, const timings& how) {
    switch (one.status) {
        case engine_status::creating:
            return one.since + how.engine_start;
        case engine_status::active:
            return one.rests.rests_at(one.since, one.asked);
        case engine_status::inactive:
            return one.rests.wakes_at(one.since);
    }
    return std::nullopt;
}

std::optional<time_point> due_of(const deployment_state& one, const timings& how) {
    const bool waits = one.engine && one.engine->status != engine_status::active;
    const time_point earliest = one.engine ? one.engine->since : one.since;
    switch (one.status) {
        case deployment_status::pending:
            if (waits) return std::nullopt;
            return std::max(one.since, earliest);
        case deployment_status::deploying:
        case deployment_status::reactivating: {
            if (!one.loaded)
                return one.began ? std::optional(*one.began + how.deploy_timeout) : std::nullopt;
            if (waits) return std::nullopt;
            const auto takes =
                one.status == deployment_status::deploying ? how.deploy : how.reactivate;
            return std::max({one.since + takes, *one.loaded, earliest});
        }
        case deployment_status::deployed:
            if (one.engine) return std::nullopt;
            return one.rests.rests_at(one.since, one.asked);
        case deployment_status::deactivated:
            if (one.engine) return std::nullopt;
            return one.rests.wakes_at(one.since);
        default:
            return std::nullopt;
    }
}

void carry_out(deployment_state& one, time_point at) {
    switch (one.status) {
        case deployment_status::pending:
            return enter(one, deployment_status::deploying, at);
        case deployment_status::deploying:
        case deployment_status::reactivating:
            if (one.loaded) return enter(one, deployment_status::deployed, at);
            one.reason = "its model was not loaded in time";
            return enter(one, deployment_status::timed_out, at);
        case deployment_status::deployed:
            return enter(one, deployment_status::deactivated, at);
        case deployment_status::deactivated:
            return enter(one, deployment_status::reactivating, at);
        default:
            return;
    }
}

}  // namespace

std::optional<time_point> resting::rests_at(time_point since, time_point asked) const {
    const time_point idle_until = std::max(since, asked) + idle;
    if (!schedule) return idle_until;
    if (schedule->contain(since)) return schedule->next_end(since);
    const auto begin = schedule->next_begin(since);
    if (!begin || idle_until < *begin) return idle_until;
    return schedule->next_end(*begin);
}

std::optional<time_point> resting::wakes_at(time_point since) const {
    if (!schedule) return std::nullopt;
    return schedule->next_begin(since);
}

void stage::rest(engine_state& active_one, time_point at) {
    active_one.status = engine_status::inactive;
    active_one.since = at;
    for (deployment_state& each : deployments)
        if (each.engine == &active_one && may_answer(each.status))
            enter(each, deployment_status::deactivated, at);
}

void stage::wake(engine_state& resting_one, time_point at) {
    resting_one.status = engine_status::creating;
    resting_one.since = at;
    for (deployment_state& each : deployments)
        if (each.engine == &resting_one && each.status == deployment_status::deactivated)
            enter(each, deployment_status::reactivating, at);
}

void stage::wake(deployment_state& resting_one, time_point at) {
    if (resting_one.engine)
        wake(*resting_one.engine, at);
    else
        enter(resting_one, deployment_status::reactivating, at);
}

std::optional<time_point> stage::advance(time_point now, const timings& how) {
    for (;;) {
        std::optional<time_point> next;
        engine_state* engine = nullptr;
        deployment_state* deployment = nullptr;
        const auto is_earlier = [&](const std::optional<time_point>& due) {
            if (!due || (next && *next <= *due)) return false;
            next = due;
            return true;
        };
        for (engine_state& each : engines)
            if (is_earlier(due_of(each, how))) engine = &each;
        for (deployment_state& each : deployments)
            if (is_earlier(due_of(each, how))) deployment = &each;
        if (!next || *next > now) return next;
        if (deployment)
            carry_out(*deployment, *next);
        else if (engine->status == engine_status::creating)
            engine->status = engine_status::active, engine->since = *next;
        else if (engine->status == engine_status::active)
            rest(*engine, *next);
        else
            wake(*engine, *next);
    }
}

}  // namespace tessera::server::emissary
