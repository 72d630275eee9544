#pragma once
// The documented states of engines and deployments, told in the simplest way there is: second by
// second. What the server does in leaps is held against it.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/emissary/deployments.hpp"
#include "tessera/emissary/engines.hpp"

namespace tessera::server::emissary::stage_tests {

using deployment_status = tessera::emissary::deployment_status;
using engine_status = tessera::emissary::engine_status;
using seconds = std::int64_t;  // Unix seconds

// How long things take.
constexpr seconds engine_start = 2, deploy = 3, reactivate = 4, deploy_timeout = 20,
                  usual_idle = 60;

/// When something runs: until it was idle for so long, or on every day at these minutes of UTC.
struct rule {
    seconds idle = usual_idle;
    std::optional<std::pair<int, int>> hours{};

    bool within(seconds at) const {
        const auto minute = static_cast<int>(at % 86'400 / 60);
        return hours->first < hours->second ? hours->first <= minute && minute < hours->second
                                            : hours->first <= minute || minute < hours->second;
    }
};

/// What runs by a rule and rests.
struct running {
    rule by{};
    seconds since = 0;
    seconds asked = 0;
    bool within_hours = false;  // it has been so at a time since it runs

    void enter(seconds now) {
        since = now;
        within_hours = false;
    }
    bool rests(seconds now) {
        const bool is_idle = now >= std::max(since, asked) + by.idle;
        if (!by.hours) return is_idle;
        if (by.within(now)) within_hours = true;
        return within_hours ? !by.within(now) : is_idle;
    }
    bool wakes(seconds now) const {
        return by.hours && now > since && by.within(now) && !by.within(now - 1);
    }
};

struct engine : running {
    bool exists = true;
    engine_status status = engine_status::creating;
};

struct deployment : running {
    bool exists = true;
    std::optional<std::size_t> on{};  // an engine
    deployment_status status = deployment_status::pending;
    bool breaks = false;  // when it is loaded
    std::optional<seconds> began{};
    std::optional<seconds> loaded{};
};

/// A request for a deployment, and how it was answered: 200, 400, 404; 0 while it waits, -1 where
/// the server ended meanwhile.
struct inquiry {
    std::size_t of = 0;
    int answer = 0;
};

class reference {
  public:
    seconds now = 1'700'000'000;
    std::vector<engine> engines{};
    std::vector<deployment> deployments{};
    std::vector<inquiry> inquiries{};

    void create_engine(rule by) {
        engines.push_back({});
        engines.back().by = by;
        engines.back().enter(now);
        settle();
    }
    int deploy_on(std::optional<std::size_t> on, rule by) {
        if (on && !engines[*on].exists) return 404;
        if (on && engines[*on].status == engine_status::inactive) return 400;
        deployments.push_back({});
        deployments.back().by = by;
        deployments.back().on = on;
        deployments.back().enter(now);
        settle();
        return 201;
    }
    int delete_deployment(std::size_t which) {
        deployment& one = deployments[which];
        if (!one.exists) return 404;
        one.exists = false;
        settle();
        return 204;
    }
    int delete_engine(std::size_t which) {
        if (!engines[which].exists) return 404;
        engines[which].exists = false;
        for (deployment& each : deployments)
            if (each.on == which) each.exists = false;
        settle();
        return 204;
    }
    int undeploy(std::size_t engine, std::size_t which) {
        deployment& one = deployments[which];
        if (!engines[engine].exists) return 404;
        if (!one.exists || one.on != engine) return 400;
        const bool answered =
            one.status != deployment_status::pending && one.status != deployment_status::deploying;
        one.on.reset();
        enter(one, answered ? deployment_status::terminated : deployment_status::cancelled);
        settle();
        return 204;
    }
    int rest_engine(std::size_t which) {
        if (!engines[which].exists) return 404;
        if (engines[which].status != engine_status::active) return 400;
        rest(which);
        settle();
        return 204;
    }
    int wake_engine(std::size_t which) {
        if (!engines[which].exists) return 404;
        if (engines[which].status != engine_status::inactive) return 400;
        wake(which);
        settle();
        return 204;
    }
    int wake_deployment(std::size_t which) {
        deployment& one = deployments[which];
        if (!one.exists) return 404;
        if (one.status != deployment_status::deactivated) return 400;
        wake(one);
        settle();
        return 204;
    }
    void ask(std::size_t which) {
        deployment& one = deployments[which];
        inquiries.push_back({which});
        if (is_gone(one) || !answers(one.status)) {
            inquiries.back().answer = is_gone(one) ? 404 : 400;
            return;
        }
        if (one.status == deployment_status::deactivated) wake(one);
        settle();
    }
    void finish_loading() {
        for (deployment& each : deployments) {
            if (!each.began || each.loaded) continue;
            if (each.breaks)
                enter(each, deployment_status::failed);
            else
                each.loaded = now;
        }
        settle();
    }
    void restart() {
        for (deployment& each : deployments) each.began = each.loaded = std::nullopt;
        for (inquiry& each : inquiries)
            if (each.answer == 0) each.answer = -1;
        settle();
    }
    void tick() {
        ++now;
        settle();
    }

  private:
    static bool has_model(deployment_status status) {
        return status == deployment_status::deploying ||
               status == deployment_status::reactivating || status == deployment_status::deployed;
    }
    static bool answers(deployment_status status) {
        return status == deployment_status::deployed || status == deployment_status::deactivated ||
               status == deployment_status::reactivating;
    }
    static bool is_gone(const deployment& one) {
        return !one.exists || one.status == deployment_status::terminated ||
               one.status == deployment_status::cancelled;
    }

    void enter(deployment& one, deployment_status next) const {
        one.status = next;
        one.enter(now);
    }
    void enter(engine& one, engine_status next) const {
        one.status = next;
        one.enter(now);
    }
    void rest(std::size_t which) {
        enter(engines[which], engine_status::inactive);
        for (deployment& each : deployments)
            if (each.exists && each.on == which &&
                (has_model(each.status) || each.status == deployment_status::pending))
                enter(each, deployment_status::deactivated);
    }
    void wake(std::size_t which) {
        enter(engines[which], engine_status::creating);
        for (deployment& each : deployments)
            if (each.exists && each.on == which && each.status == deployment_status::deactivated)
                enter(each, deployment_status::reactivating);
    }
    void wake(deployment& one) {
        if (one.on) return wake(*one.on);
        enter(one, deployment_status::reactivating);
    }

    bool step(std::size_t which) {
        engine& one = engines[which];
        if (one.status == engine_status::creating && now >= one.since + engine_start)
            enter(one, engine_status::active);
        else if (one.status == engine_status::active && one.rests(now))
            rest(which);
        else if (one.status == engine_status::inactive && one.wakes(now))
            wake(which);
        else
            return false;
        return true;
    }
    bool step(deployment& one) {
        const bool may_run = !one.on || engines[*one.on].status == engine_status::active;
        if (one.status == deployment_status::pending && may_run) {
            enter(one, deployment_status::deploying);
        } else if (one.status == deployment_status::deploying ||
                   one.status == deployment_status::reactivating) {
            const seconds takes = one.status == deployment_status::deploying ? deploy : reactivate;
            if (one.loaded && may_run && now >= one.since + takes)
                enter(one, deployment_status::deployed);
            else if (!one.loaded && one.began && now >= *one.began + deploy_timeout)
                enter(one, deployment_status::timed_out);
            else
                return false;
        } else if (one.status == deployment_status::deployed && !one.on && one.rests(now)) {
            enter(one, deployment_status::deactivated);
        } else if (one.status == deployment_status::deactivated && !one.on && one.wakes(now)) {
            enter(one, deployment_status::reactivating);
        } else {
            return false;
        }
        return true;
    }
    bool step() {
        for (std::size_t i = 0; i < engines.size(); ++i)
            if (engines[i].exists && step(i)) return true;
        for (deployment& each : deployments)
            if (each.exists && step(each)) return true;
        return false;
    }

    // All that is due, what is to be loaded, and who has an answer.
    void settle() {
        while (step()) {
        }
        for (deployment& each : deployments) {
            if (!each.exists || !has_model(each.status))
                each.began = each.loaded = std::nullopt;
            else if (!each.began)
                each.began = now;
        }
        for (inquiry& each : inquiries) {
            if (each.answer != 0) continue;
            deployment& of = deployments[each.of];
            if (is_gone(of)) {
                each.answer = 404;
            } else if (of.status == deployment_status::deployed && of.loaded) {
                each.answer = 200;
                of.asked = now;
                if (of.on) engines[*of.on].asked = now;
            } else if (!answers(of.status) && of.status != deployment_status::pending &&
                       of.status != deployment_status::deploying) {
                each.answer = 400;
            }
        }
    }
};

}  // namespace tessera::server::emissary::stage_tests
