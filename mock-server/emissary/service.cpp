#include "emissary/service.hpp"

#include <algorithm>
#include <asio/post.hpp>

#include "emissary/training/runner.hpp"

namespace tessera::server::emissary {
namespace {

// They wait for the disk most of the time; those that write at the same time share its syncs.
constexpr std::size_t most_workers = 32;
constexpr std::size_t most_loaders = 2;

deployments::surroundings surroundings_of(service& of) {
    const auto open = [&of](const deployment_row& what) {
        deployed_source source{.base_model = what.base_model};
        if (what.training_id)
            source.checkpoint = of.kept.read([&](store::connection& from) {
                return require_checkpoint(of, from, what.project_id, *what.training_id,
                                          what.checkpoint);
            });
        return of.serving.open(source);
    };
    // Clocks are set and computers sleep, so that it is looked after once a minute.
    const auto at = [&of](time_point due, std::function<void()> work) {
        due = std::min(due, of.time.wall() + std::chrono::minutes(1));
        const auto wait =
            std::chrono::duration_cast<std::chrono::steady_clock::duration>(due - of.time.wall());
        of.background.at(of.time.now() + wait, std::move(work));
    };
    return {.kept = of.kept,
            .time = of.time,
            .settings = of.settings,
            .open = open,
            .on_loader = [&of](std::function<void()> work) { of.loaders.run(std::move(work)); },
            .on_worker = [&of](std::function<void()> work) { of.workers.run(std::move(work)); },
            .at = at,
            .log = of.common.options.log};
}

reached_model reached_model_of(reached_deployment from) {
    return {.id = std::move(from.what.id),
            .name = std::move(from.what.name),
            .task = from.what.task_type,
            .trained = from.what.training_id.has_value(),
            .base_model = std::move(from.what.base_model),
            .with = std::move(from.answering)};
}

}  // namespace

service::service(const services& with)
    : common(with),
      settings(with.options.emissary),
      time(*with.options.clock),
      kept(with.database, with.ids),
      files(with.options.data),
      workers(most_workers),
      loaders(most_loaders),
      serving(with),
      background(time),
      deployments(surroundings_of(*this)) {
    reach_deployment = [this](std::string name, const run::executor_type& on, auto done) {
        deployments.reach(std::move(name), [on, done](deployments::reached found) {
            asio::post(on, [done, found = std::move(found)]() mutable {
                if (auto* const one = std::get_if<reached_deployment>(&found))
                    done(reached_model_of(std::move(*one)));
                else
                    done(std::get<problem>(std::move(found)));
            });
        });
    };
    when_removed([this](const removed&) { deployments.resume(); });
}

void service::begin() {
    deployments.resume();
    training->resume();
}

void service::stop() {
    if (training) training->stop();
    loaders.stop();
    workers.stop();
    background.stop();
    deployments.stop();
    serving.stop();
}

}  // namespace tessera::server::emissary
