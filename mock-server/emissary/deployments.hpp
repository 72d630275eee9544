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
#include "emissary/deployment_rows.hpp"
#include "emissary/lifecycle.hpp"
#include "emissary/records.hpp"
#include "inference/model.hpp"
#include "tessera/core/clock.hpp"

namespace tessera::server::emissary {

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
        /// Runs work that is quick when the clock has come so far, or earlier.
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
        std::map<std::string, std::optional<deployment_row>> awaited;  // nothing: deleted
        std::optional<time_point> next_due;
    };
    struct snapshot {
        std::map<std::string, held> models;
        std::vector<std::string> awaited;
    };

    using writing = std::function<void(store::connection&, time_point)>;
    using arranging = std::function<void(stage&, time_point)>;
    static constexpr std::size_t most_waiting = 1024;
    static constexpr std::size_t most_schedules = 1024;  // that are remembered

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
    void look();
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

}  // namespace tessera::server::emissary
