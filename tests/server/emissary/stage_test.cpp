// Random sequences of operations, of time and of restarts, against a model of the documented states.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <deque>
#include <map>
#include <memory>
#include <sstream>

#include "emissary/deploying.hpp"
#include "emissary/projects.hpp"
#include "server/emissary/stage_reference.hpp"
#include "support/manual_clock.hpp"

namespace tessera::server::emissary::stage_tests {
namespace {

const std::string project = "ms-1";
const std::string base_model = "Llama-3.2-1B-Instruct";

/// A model that is there, and no more.
class silent_model : public model {
  public:
    explicit silent_model(int& alive) : alive_(alive) { ++alive_; }
    ~silent_model() override { --alive_; }
    model_card card() const override { return {}; }
    std::unique_ptr<run> start(chat_task, run::executor_type, std::function<void()>) override {
        return nullptr;
    }
    std::unique_ptr<run> start(text_task, run::executor_type, std::function<void()>) override {
        return nullptr;
    }
    std::unique_ptr<embedding_run> embed(embedding_task, run::executor_type,
                                         embedding_run::done_function) override {
        return nullptr;
    }
    load current() const override { return {}; }

  private:
    int& alive_;
};

/// The server's engines and deployments, whose clock, threads and loading are the test's.
class world {
  public:
    world() {
        settings_.engine_start_ms = 1000 * engine_start;
        settings_.deploy_ms = 1000 * deploy;
        settings_.reactivate_ms = 1000 * reactivate;
        settings_.deploy_timeout_s = deploy_timeout;
        settings_.inactive_timeout_s = usual_idle;
        migrate_projects(kept_);
        begin();
        kept_.write([](store::connection& to) {
            to.run("INSERT INTO emissary_projects (id, name) VALUES (?1, ?1)", project);
        });
    }
    ~world() { server_->stop(); }

    void create_engine(const rule& by) {
        const wire::engine_request wanted{.base_model = base_model};
        engines_.push_back(server_
                               ->change([&](store::connection& to, time_point now) {
                                   return begin_engine(kept_, to, wanted, rests(by), now);
                               })
                               .id);
    }
    int deploy_on(std::optional<std::size_t> on, const rule& by) {
        wanted_deployment wanted{.project = project, .training = base_model, .rests = rests(by)};
        if (on) wanted.engine = engines_[*on];
        return status_of(201, [&] {
            deployments_.push_back(server_
                                       ->change([&](store::connection& to, time_point now) {
                                           return begin_deployment(kept_, to, wanted,
                                                                   {.base_model = base_model}, now);
                                       })
                                       .id);
        });
    }
    int delete_deployment(std::size_t which) {
        return remove("DELETE FROM emissary_deployments WHERE id = ?1", deployments_[which]);
    }
    int delete_engine(std::size_t which) {
        return remove("DELETE FROM emissary_engines WHERE id = ?1", engines_[which]);
    }
    int undeploy(std::size_t engine, std::size_t which) {
        return status_of(204, [&] {
            server_->change([&](store::connection& to, time_point now) {
                emissary::undeploy(to, engines_[engine], deployments_[which], now);
            });
        });
    }
    int rest_engine(std::size_t which) {
        return status_of(204, [&] { server_->rest_engine(engines_[which]); });
    }
    int wake_engine(std::size_t which) {
        return status_of(204, [&] { server_->wake_engine(engines_[which]); });
    }
    int wake_deployment(std::size_t which) {
        return status_of(204, [&] {
            server_->wake_deployment(kept_.read([&](store::connection& from) {
                return require_deployment(from, project, deployments_[which]);
            }));
        });
    }
    void ask(std::size_t which) {
        inquiries_.push_back({which});
        server_->reach(deployments_[which],
                       [this, at = inquiries_.size() - 1](const deployments::reached& found) {
                           const auto* const reason = std::get_if<problem>(&found);
                           inquiries_[at].answer = reason ? reason->status : 200;
                       });
    }
    void spoil(std::size_t which, bool breaks) { breaks_[deployments_[which]] = breaks; }
    void finish_loading() {
        std::deque<std::function<void()>> begun;
        begun.swap(loading_);
        for (const auto& each : begun) each();
    }
    void restart() {
        server_->stop();
        server_.reset();
        loading_.clear();
        timers_.clear();
        for (inquiry& each : inquiries_)
            if (each.answer == 0) each.answer = -1;
        begin();
        server_->resume();
    }
    void tick() {
        clock_.advance(std::chrono::seconds(1));
        while (!timers_.empty() && timers_.begin()->first <= clock_.wall())
            timers_.extract(timers_.begin()).mapped()();
    }

    /// Everything that can be seen from outside.
    std::string seen() {
        std::ostringstream out;
        kept_.read([&](store::connection& from) {
            for (const auto& each : engines_)
                show(out, "engine",
                     from.first<wire::engine_status>(
                         "SELECT status FROM emissary_engines WHERE id = ?1", each),
                     from.first<std::chrono::sys_seconds>(
                         "SELECT since FROM emissary_engines WHERE id = ?1", each));
            for (const auto& each : deployments_)
                show(out, "deployment",
                     from.first<wire::deployment_status>(
                         "SELECT status FROM emissary_deployments WHERE id = ?1", each),
                     from.first<std::chrono::sys_seconds>(
                         "SELECT since FROM emissary_deployments WHERE id = ?1", each));
            return true;
        });
        for (const inquiry& each : inquiries_) out << "answer " << each.answer << '\n';
        out << alive_ << " models\n";
        return out.str();
    }
    static std::string seen(const reference& from) {
        std::ostringstream out;
        const auto since = [](const auto& one) {
            return std::optional(std::chrono::sys_seconds(std::chrono::seconds(one.since)));
        };
        for (const engine& each : from.engines)
            show(out, "engine", each.exists ? std::optional(each.status) : std::nullopt,
                 since(each));
        std::int64_t models = 0;
        for (const deployment& each : from.deployments) {
            show(out, "deployment", each.exists ? std::optional(each.status) : std::nullopt,
                 since(each));
            models += each.loaded.has_value();
        }
        for (const inquiry& each : from.inquiries) out << "answer " << each.answer << '\n';
        out << models << " models\n";
        return out.str();
    }

  private:
    template <class Status>
    static void show(std::ostream& out, const char* kind, const std::optional<Status>& status,
                     const std::optional<std::chrono::sys_seconds>& since) {
        out << kind << ' ';
        if (status)
            out << json::text_of(*status) << " since " << since->time_since_epoch().count() << '\n';
        else
            out << "gone\n";
    }

    static resting_rule rests(const rule& by) {
        if (!by.hours) return {.inactive_s = by.idle};
        const wire::schedule made{.start_time = std::chrono::minutes(by.hours->first),
                                  .end_time = std::chrono::minutes(by.hours->second)};
        return rule_of(std::nullopt, made);
    }

    template <class Work>
    static int status_of(int good, Work work) {
        try {
            work();
            return good;
        } catch (const refused& thrown) {
            return thrown.reason().status;
        }
    }
    int remove(store::sql text, const std::string& id) {
        return status_of(204, [&] {
            server_->change([&](store::connection& to, time_point) {
                if (to.run(text, id) == 0) throw refused(unknown("one", id));
            });
        });
    }

    void begin() {
        server_ = std::make_unique<emissary::deployments>(emissary::deployments::surroundings{
            .kept = kept_,
            .time = clock_,
            .settings = settings_,
            .open =
                [this](const deployment_row& what) {
                    if (breaks_[what.id]) throw std::runtime_error("it is broken");
                    return std::make_shared<silent_model>(alive_);
                },
            .on_loader =
                [this](std::function<void()> work) { loading_.push_back(std::move(work)); },
            .on_worker = [](const std::function<void()>& work) { work(); },
            .at = [this](time_point due,
                         std::function<void()> work) { timers_.emplace(due, std::move(work)); }});
    }

    test::manual_clock clock_;
    emissary_options settings_;
    store::database database_{std::nullopt};
    id_source ids_{1};
    records kept_{database_, ids_};
    int alive_ = 0;
    std::map<std::string, bool> breaks_;
    std::deque<std::function<void()>> loading_;
    std::multimap<time_point, std::function<void()>> timers_;
    std::unique_ptr<emissary::deployments> server_;
    std::vector<std::string> engines_;
    std::vector<std::string> deployments_;
    std::vector<inquiry> inquiries_;
};

enum class action {
    create_engine,
    deploy_alone,
    deploy_on_engine,
    delete_deployment,
    delete_engine,
    undeploy,
    rest_engine,
    wake_engine,
    wake_deployment,
    ask,
    spoil,
    mend,
    finish_loading,
    restart,
    pass_time
};
constexpr const char* names[] = {
    "create_engine", "deploy_alone", "deploy_on_engine", "delete_deployment", "delete_engine",
    "undeploy",      "rest_engine",  "wake_engine",      "wake_deployment",   "ask",
    "spoil",         "mend",         "finish_loading",   "restart",           "pass_time"};

rule any_rule() {
    if (*rc::gen::inRange(0, 2) == 0) return {.idle = *rc::gen::inRange<seconds>(1, 30)};
    // The test's clock begins at 22:13:20.
    const int begin = *rc::gen::inRange(22 * 60 + 12, 22 * 60 + 18);
    const int length = *rc::gen::inRange(-2, 4);
    return {.hours = std::pair(begin, begin + length)};
}

struct step : rc::state::Command<reference, world> {
    action what = action::pass_time;
    std::size_t engine = 0;
    std::size_t deployment = 0;
    int time = 0;
    rule by{};

    step() {
        // Time passes and models are loaded more often than all the rest.
        what = static_cast<action>(*rc::gen::weightedOneOf<int>(
            {{4, rc::gen::inRange(0, 15)},
             {2, rc::gen::element(static_cast<int>(action::pass_time),
                                  static_cast<int>(action::finish_loading),
                                  static_cast<int>(action::ask))}}));
        engine = *rc::gen::inRange<std::size_t>(0, 3);
        deployment = *rc::gen::inRange<std::size_t>(0, 5);
        time = *rc::gen::element(1, 2, 3, 5, 10, 19, 25, 70, 200);
        by = any_rule();
    }

    // What operations name has been there once.
    void checkPreconditions(const reference& now) const override {
        const bool names_engine = what == action::deploy_on_engine ||
                                  what == action::delete_engine || what == action::undeploy ||
                                  what == action::rest_engine || what == action::wake_engine;
        const bool names_deployment = what == action::delete_deployment ||
                                      what == action::undeploy || what == action::wake_deployment ||
                                      what == action::ask || what == action::spoil ||
                                      what == action::mend;
        RC_PRE(!names_engine || engine < now.engines.size());
        RC_PRE(!names_deployment || deployment < now.deployments.size());
        RC_PRE(what != action::create_engine || now.engines.size() < 3);
        RC_PRE(now.deployments.size() < 5 ||
               (what != action::deploy_alone && what != action::deploy_on_engine));
    }

    // The same on the model and on the server: the status that it is answered with, or 0.
    template <class To>
    int carry_out(To& to) const {
        switch (what) {
            case action::create_engine:
                return to.create_engine(by), 0;
            case action::deploy_alone:
                return to.deploy_on(std::nullopt, by);
            case action::deploy_on_engine:
                return to.deploy_on(engine, {});
            case action::delete_deployment:
                return to.delete_deployment(deployment);
            case action::delete_engine:
                return to.delete_engine(engine);
            case action::undeploy:
                return to.undeploy(engine, deployment);
            case action::rest_engine:
                return to.rest_engine(engine);
            case action::wake_engine:
                return to.wake_engine(engine);
            case action::wake_deployment:
                return to.wake_deployment(deployment);
            case action::ask:
                return to.ask(deployment), 0;
            case action::spoil:
            case action::mend:
                return spoil(to), 0;
            case action::finish_loading:
                return to.finish_loading(), 0;
            case action::restart:
                return to.restart(), 0;
            case action::pass_time:
                for (int i = 0; i < time; ++i) to.tick();
        }
        return 0;
    }
    void spoil(reference& of) const { of.deployments[deployment].breaks = what == action::spoil; }
    void spoil(world& of) const { of.spoil(deployment, what == action::spoil); }

    void apply(reference& to) const override { carry_out(to); }
    void run(const reference& before, world& on) const override {
        reference after = before;
        const int expected = carry_out(after);
        RC_ASSERT(carry_out(on) == expected);
        RC_ASSERT(on.seen() == world::seen(after));
    }
    void show(std::ostream& out) const override {
        out << names[static_cast<int>(what)] << " engine " << engine << ", deployment "
            << deployment << ", " << time << " s, ";
        if (by.hours)
            out << "from minute " << by.hours->first << " to " << by.hours->second;
        else
            out << "idle for " << by.idle << " s";
    }
};

RC_GTEST_PROP(emissary_stage, stands_as_documented_whatever_is_done, ()) {
    world server;
    rc::state::check(reference(), server, rc::state::gen::execOneOfWithArgs<step>());
}

}  // namespace
}  // namespace tessera::server::emissary::stage_tests
