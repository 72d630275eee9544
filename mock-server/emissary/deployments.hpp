#pragma once
// Engines and deployments: what they are kept as, what becomes of them, and the models they hold.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/emissary_options.hpp"
#include "emissary/checkpoints.hpp"
#include "emissary/lifecycle.hpp"
#include "emissary/records.hpp"
#include "inference/model.hpp"
#include "tessera/core/clock.hpp"

namespace tessera::server::emissary {

/// What a deployment is made of.
struct deployment_row {
    std::string id;
    std::string name;
    std::string project_id;
    std::optional<std::string> engine_id{};
    wire::task_type task_type = wire::task_type::text_generation;
    std::string base_model;
    std::optional<std::string> training_id{};  // none: the base model itself
    std::int64_t checkpoint = 0;               // of that job
    deployment_status status = deployment_status::pending;
    std::optional<std::string> reason{};  // why it went wrong
};

constexpr auto describe(json::type<deployment_row>) {
    using r = deployment_row;
    return json::object<r>(
        "DeploymentRow", json::field("id", &r::id), json::field("name", &r::name),
        json::field("project_id", &r::project_id), json::field("engine_id", &r::engine_id),
        json::field("task_type", &r::task_type), json::field("base_model", &r::base_model),
        json::field("training_id", &r::training_id), json::field("checkpoint", &r::checkpoint),
        json::field("status", &r::status), json::field("reason", &r::reason));
}

/// A deployment that answers.
struct reached_deployment {
    deployment_row what;
    std::shared_ptr<model> answering;
};

/// Thread-safe. Members block, but reach(), and are called from threads that may.
class deployments {
  public:
    /// What it works with; outlives it.
    struct surroundings {
        records& kept;
        const clock& time;
        const emissary_options& settings;
        /// Loads a deployment's model; may take long. What it throws is why the deployment failed.
        std::function<std::shared_ptr<model>(const deployment_row&)> open;
        /// Runs work on a thread for models that are loaded, or on one that waits for the database.
        std::function<void(std::function<void()>)> on_loader;
        std::function<void(std::function<void()>)> on_worker;
        /// Runs work that is quick when the clock has come so far.
        std::function<void(time_point, std::function<void()>)> at;
        /// For the operator.
        std::function<void(const std::string&)> log{};
    };
    /// The tables are there from then on.
    explicit deployments(surroundings with);
    deployments(const deployments&) = delete;
    deployments& operator=(const deployments&) = delete;

    /// Takes up what stood when the server ended.
    void resume() { carry_out({}, {}); }
    /// Lets go of all models. Nothing runs any more on the threads that it was given.
    void stop();

    /// Carries `work`, a function of a store::connection& and the time, out as records::write does,
    /// and then what is due or follows from it.
    template <class Work>
    auto change(Work work) {
        using outcome = std::invoke_result_t<Work&, store::connection&, time_point>;
        if constexpr (std::is_void_v<outcome>) {
            carry_out(work, {});
        } else {
            std::optional<outcome> made;
            carry_out([&](store::connection& to, time_point now) { made = work(to, now); }, {});
            return *std::move(made);
        }
    }
    /// Wakes what rests, or lets an active engine rest; throws `refused`: a 404 where there is none
    /// of that id, a 400 where it stands otherwise.
    ///@{
    void wake_engine(const std::string& id);
    void rest_engine(const std::string& id);
    void wake_deployment(const deployment_row& what);
    ///@}

    using reached = std::variant<reached_deployment, problem>;
    /// Finds a deployment by its id or else by its name: where several projects have the name, the
    /// newest that answers, or else the newest. One that rests is woken. `done` is told the model,
    /// or why there is none, on any thread, once that is known.
    void reach(std::string name_or_id, std::function<void(reached)> done);

  private:
    /// A model that is loaded, or on its way.
    struct held {
        std::uint64_t turn = 0;  // of loading; what came later is another
        time_point began{};
        time_point loaded{};
        time_point asked{};
        time_point noted{};  // the `asked` that the database has
        std::shared_ptr<model> answering{};
    };
    struct waiting {
        std::uint64_t number = 0;
        std::string id;
        std::function<void(reached)> done;
    };
    /// What the store has said: what is to be done about models.
    struct after {
        std::vector<deployment_row> with_model;
        std::map<std::string, deployment_row> awaited;  // those that are there
        std::optional<time_point> next_due;
    };
    struct snapshot {
        std::map<std::string, held> models;
        std::vector<std::string> awaited;
    };

    using writing = std::function<void(store::connection&, time_point)>;
    using arranging = std::function<void(stage&, time_point)>;
    static constexpr std::size_t most_waiting = 1024;

    // Both may be empty. What is arranged is what time left.
    void carry_out(const writing& work, const arranging& arrange);
    snapshot in_memory();
    stage read_stage(store::connection& from, const snapshot& before);
    after advance(store::connection& to, const snapshot& before, const arranging& arrange,
                  time_point now);
    void settle(after& from, time_point now);
    void load(const deployment_row& what, std::uint64_t turn);
    void failed_to_load(const deployment_row& what, std::uint64_t turn, const std::string& why);
    bool is_loading(const std::string& id, std::uint64_t turn);
    void look_at(const std::optional<time_point>& due);
    void find_and_reach(const std::string& name_or_id, std::function<void(reached)> done);
    void note_request(held& of, const deployment_row& what, time_point now);
    void log(const std::string& line) const;
    const hours* hours_of(const std::optional<std::string>& schedule);

    const surroundings with_;
    std::mutex changing_;  // held while the store is changed, so that what follows is in its order
    std::map<std::string, hours> schedules_;  // by their texts; only while changing
    std::optional<time_point> looked_for_{};  // the next time that is waited for; likewise
    std::mutex guard_;                        // of what follows
    std::map<std::string, held> models_;
    std::vector<waiting> waiting_;
    std::uint64_t turns_ = 0;  // numbers of both
    bool stopped_ = false;
};

/// The deployment of that id in the project; throws `refused`, a 404, where there is none.
deployment_row require_deployment(store::connection& from, std::string_view project,
                                  std::string_view id);
/// The one of that name on an engine.
std::optional<deployment_row> find_on_engine(store::connection& from, std::string_view engine,
                                             std::string_view name);
/// Takes a deployment away from where it runs: it is over. Within deployments::change().
void take_away(store::connection& to, const deployment_row& one, time_point now);
/// Ends what was deployed of a training job that is being deleted, in the transaction that does so.
void end_deployments_of(store::connection& to, std::string_view training_job, time_point now);

}  // namespace tessera::server::emissary
