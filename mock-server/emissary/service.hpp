#pragma once
// What the handlers of this API share.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chat/services.hpp"
#include "emissary/deployments.hpp"
#include "emissary/files.hpp"
#include "emissary/problems.hpp"
#include "emissary/records.hpp"
#include "emissary/serving.hpp"
#include "jobs/loop.hpp"
#include "jobs/threads.hpp"

namespace tessera::server::emissary {

/// Whose everything is: there is one key.
inline constexpr const char* owner = "user-tessera";

/// What a deletion took, by kind.
struct removed {
    std::vector<std::string> datasets{};
    std::vector<std::string> training_jobs{};
};

class training_runner;

struct service {
    explicit service(const services& with);

    const services common;
    const emissary_options& settings;
    const clock& time;
    records kept;
    emissary::files files;
    threads workers;  // that wait for the database
    threads loaders;  // of models
    emissary::serving serving;
    loop background;  // what is due at a time of the clock
    emissary::deployments deployments;

    /// Now, as rows have it: in whole seconds, like the answers.
    std::chrono::sys_seconds now() const {
        return std::chrono::floor<std::chrono::seconds>(time.wall());
    }

    /// Carries training jobs out. Set by their routes.
    std::shared_ptr<training_runner> training{};

    /// How requests of inference find deployments.
    reach_function reach_deployment;

    /// Parts that have something running, or files, are told of what was deleted, once that is
    /// durable. To be called while the service is put together.
    void when_removed(std::function<void(const removed&)> told) {
        told_.push_back(std::move(told));
    }
    void tell(const removed& what) const {
        for (const auto& each : told_) each(what);
    }

    /// Takes up what stood when the server ended. All parts are there.
    void begin();
    /// Ends what is under way. The I/O threads have ended before.
    void stop();

  private:
    std::vector<std::function<void(const removed&)>> told_;
};

}  // namespace tessera::server::emissary
