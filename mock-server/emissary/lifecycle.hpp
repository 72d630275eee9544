#pragma once
// What becomes of engines and deployments as time goes by. Rules alone: nothing here waits, loads or
// writes.
//
//     engine       Creating -> Active <-> Inactive -> Creating
//     deployment   Pending -> Deploying -> Deployed <-> Deactivated -> Reactivating -> Deployed
//                  Deploying and Reactivating may end as Failed or TimedOut
//
// A deployment on an engine rests and wakes with it.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "emissary/hours.hpp"
#include "tessera/emissary/deployments.hpp"
#include "tessera/emissary/engines.hpp"

namespace tessera::server::emissary {

using tessera::emissary::deployment_status;
using tessera::emissary::engine_status;
using time_point = std::chrono::system_clock::time_point;

/// When something rests that runs, and wakes that rests. With a schedule it runs at its hours; if it
/// was woken beyond those, until it was idle for long.
struct resting {
    std::chrono::seconds idle{};
    const hours* schedule = nullptr;

    /// Since when it runs, and when it was asked for last.
    std::optional<time_point> rests_at(time_point since, time_point asked) const;
    std::optional<time_point> wakes_at(time_point since) const;
};

/// An engine as far as time changes it.
struct engine_state {
    std::string id;
    engine_status status = engine_status::creating;
    time_point since{};  // it stands so
    time_point asked{};  // one of its deployments, last
    resting rests{};
};

/// A deployment likewise.
struct deployment_state {
    std::string id;
    engine_state* engine = nullptr;
    deployment_status status = deployment_status::pending;
    time_point since{};
    time_point asked{};
    resting rests{};                      // without an engine
    std::optional<time_point> began{};    // to load its model
    std::optional<time_point> loaded{};   // its model
    std::optional<std::string> reason{};  // why it went wrong
};

/// How long things take at least; `deploy_timeout` at most.
struct timings {
    std::chrono::milliseconds engine_start{};
    std::chrono::milliseconds deploy{};
    std::chrono::milliseconds reactivate{};
    std::chrono::seconds deploy_timeout{};
};

/// Whether a model is there, or has to be loaded.
constexpr bool has_model(deployment_status status) {
    return status == deployment_status::deploying || status == deployment_status::reactivating ||
           status == deployment_status::deployed;
}
/// Whether it may answer, sooner or later.
constexpr bool may_answer(deployment_status status) {
    return has_model(status) || status == deployment_status::pending ||
           status == deployment_status::deactivated;
}
/// Whether it was taken away.
constexpr bool is_gone(deployment_status status) {
    return status == deployment_status::cancelled || status == deployment_status::terminated;
}

/// All that time changes, and what changes with it.
struct stage {
    std::vector<engine_state> engines;
    std::vector<deployment_state> deployments;  // their engines are those of this stage

    /// Carries out what is due until `now`, in the order of time. When the next is due.
    std::optional<time_point> advance(time_point now, const timings& how);

    /// Wakes what rests; a deployment on an engine is woken with that.
    void wake(engine_state& resting_one, time_point at);
    void wake(deployment_state& resting_one, time_point at);
    /// Lets an engine rest.
    void rest(engine_state& active_one, time_point at);
};

}  // namespace tessera::server::emissary
