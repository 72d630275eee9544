#include "emissary/deployments.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

// What time changes of a row.
struct engine_times {
    std::string id;
    std::optional<std::int64_t> inactive_s{};
    std::optional<std::string> schedule{};
    engine_status status{};
    time_point since{};
    std::optional<time_point> asked{};
};

constexpr auto describe(json::type<engine_times>) {
    using r = engine_times;
    return json::object<r>("EngineTimes", json::field("id", &r::id),
                           json::field("inactive_s", &r::inactive_s),
                           json::field("schedule", &r::schedule), json::field("status", &r::status),
                           json::field("since", &r::since), json::field("asked", &r::asked));
}

struct deployment_times {
    std::string id;
    std::optional<std::string> engine_id{};
    std::optional<std::int64_t> inactive_s{};
    std::optional<std::string> schedule{};
    deployment_status status{};
    time_point since{};
    std::optional<time_point> asked{};
};

constexpr auto describe(json::type<deployment_times>) {
    using r = deployment_times;
    return json::object<r>("DeploymentTimes", json::field("id", &r::id),
                           json::field("engine_id", &r::engine_id),
                           json::field("inactive_s", &r::inactive_s),
                           json::field("schedule", &r::schedule), json::field("status", &r::status),
                           json::field("since", &r::since), json::field("asked", &r::asked));
}

timings timings_of(const emissary_options& settings) {
    return {.engine_start = std::chrono::milliseconds(settings.engine_start_ms),
            .deploy = std::chrono::milliseconds(settings.deploy_ms),
            .reactivate = std::chrono::milliseconds(settings.reactivate_ms),
            .deploy_timeout = std::chrono::seconds(settings.deploy_timeout_s)};
}

problem not_answering(const deployment_row& one) {
    return invalid_input("model", "the deployment \"" + one.name + "\" is " +
                                      std::string(json::text_of(one.status)) +
                                      (one.reason ? ": " + *one.reason : ""));
}

[[noreturn]] void refuse(std::string_view kind, std::string_view status, std::string_view wanted,
                         std::string_view verb) {
    throw refused(invalid_input({}, std::string("the ")
                                        .append(kind)
                                        .append(" is ")
                                        .append(status)
                                        .append(": only one that is ")
                                        .append(wanted)
                                        .append(" can be ")
                                        .append(verb)));
}

template <class State>
State& state_of(std::vector<State>& all, const char* kind, const std::string& id) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const State& each) { return each.id == id; });
    if (found == all.end()) throw refused(unknown(kind, id));
    return *found;
}

}  // namespace

deployments::deployments(surroundings with) : with_(std::move(with)) {
    migrate_deployments(with_.kept);
}

void deployments::stop() {
    std::map<std::string, held> models;
    std::vector<waiting> dropped;
    const std::lock_guard lock(guard_);
    stopped_ = true;
    models.swap(models_);
    dropped.swap(waiting_);
}

deployments::snapshot deployments::in_memory() {
    const std::lock_guard lock(guard_);
    snapshot made{.models = models_, .awaited = {}};
    for (const waiting& each : waiting_) made.awaited.push_back(each.id);
    return made;
}

const hours* deployments::hours_of(const std::optional<std::string>& schedule) {
    if (!schedule) return nullptr;
    const auto found = schedules_.find(*schedule);
    if (found != schedules_.end()) return &found->second;
    const auto read = json::decode_text<wire::schedule>(*schedule);
    return &schedules_.emplace(*schedule, hours(read.value(), "schedule")).first->second;
}

void deployments::carry_out(const writing& work, const arranging& arrange) {
    const std::lock_guard turn(changing_);
    if (schedules_.size() > most_schedules) schedules_.clear();
    const snapshot before = in_memory();
    const time_point now = with_.time.wall();
    after following = with_.kept.write([&](store::connection& to) {
        if (work) work(to, now);
        return advance(to, before, arrange, now);
    });
    settle(following, now);
}

stage deployments::read_stage(store::connection& from, const snapshot& before) {
    const auto resting_of = [&](const auto& row) {
        return resting{
            std::chrono::seconds(row.inactive_s.value_or(with_.settings.inactive_timeout_s)),
            hours_of(row.schedule)};
    };
    stage all;
    for (const auto& each : from.rows<engine_times>(
             "SELECT id, inactive_s, schedule, status, since, asked FROM emissary_engines"))
        all.engines.push_back({each.id, each.status, each.since, each.asked.value_or(time_point()),
                               resting_of(each)});
    for (const auto& each : from.rows<deployment_times>(
             "SELECT id, engine_id, inactive_s, schedule, status, since, asked"
             " FROM emissary_deployments"
             " WHERE status NOT IN ('Failed', 'Cancelled', 'Terminated', 'TimedOut')")) {
        deployment_state one{.id = each.id,
                             .status = each.status,
                             .since = each.since,
                             .asked = each.asked.value_or(time_point()),
                             .rests = resting_of(each)};
        if (each.engine_id) one.engine = &state_of(all.engines, "engine", *each.engine_id);
        if (const auto model = before.models.find(each.id); model != before.models.end()) {
            one.began = model->second.began;
            if (model->second.answering) one.loaded = model->second.loaded;
            one.asked = std::max(one.asked, model->second.asked);
            if (one.engine) one.engine->asked = std::max(one.engine->asked, one.asked);
        }
        all.deployments.push_back(std::move(one));
    }
    return all;
}

deployments::after deployments::advance(store::connection& to, const snapshot& before,
                                        const arranging& arrange, time_point now) {
    const timings how = timings_of(with_.settings);
    stage all = read_stage(to, before);
    const stage old = all;
    after made;
    made.next_due = all.advance(now, how);
    if (arrange) {
        arrange(all, now);
        made.next_due = all.advance(now, how);
    }
    const auto has_changed = [](const auto& one, const auto& was) {
        return one.since != was.since || one.status != was.status;
    };
    for (std::size_t i = 0; i < all.engines.size(); ++i)
        if (const auto& each = all.engines[i]; has_changed(each, old.engines[i]))
            to.run("UPDATE emissary_engines SET status = ?2, since = ?3 WHERE id = ?1", each.id,
                   each.status, each.since);
    for (std::size_t i = 0; i < all.deployments.size(); ++i)
        if (const auto& each = all.deployments[i]; has_changed(each, old.deployments[i]))
            to.run(
                "UPDATE emissary_deployments SET status = ?2, since = ?3, updated_at = ?3,"
                " reason = ?4 WHERE id = ?1",
                each.id, each.status, each.since, each.reason);
    made.with_model = deployments_with_model(to);
    for (const std::string& id : before.awaited) made.awaited[id] = find_deployment(to, id);
    return made;
}

// Models follow what the store has said.
void deployments::settle(after& from, time_point now) {
    std::vector<std::pair<deployment_row, std::uint64_t>> to_load;
    std::vector<std::function<void()>> answers;
    std::map<std::string, held> kept, unloaded;
    {
        const std::lock_guard lock(guard_);
        if (stopped_) return;
        for (const deployment_row& each : from.with_model) {
            auto node = models_.extract(each.id);
            if (node) {
                kept.insert(std::move(node));
                continue;
            }
            kept.emplace(each.id, held{.turn = ++turns_, .began = now});
            to_load.emplace_back(each, turns_);
        }
        unloaded.swap(models_);
        models_.swap(kept);
        std::erase_if(waiting_, [&](waiting& each) {
            const auto row = from.awaited.find(each.id);
            // It came meanwhile, and what it waits for is looked at next.
            if (row == from.awaited.end()) return false;
            reached outcome = unknown("deployment", each.id);
            if (row->second) {
                const deployment_row& what = *row->second;
                const auto model = models_.find(each.id);
                if (what.status == deployment_status::deployed && model != models_.end()) {
                    if (!model->second.answering) return false;
                    outcome = reached_deployment{what, model->second.answering};
                    note_request(model->second, what, now);
                } else if (may_answer(what.status)) {
                    return false;
                } else if (!is_gone(what.status)) {
                    outcome = not_answering(what);
                }
            }
            answers.push_back(
                [done = std::move(each.done), outcome = std::move(outcome)] { done(outcome); });
            return true;
        });
    }
    for (const auto& [what, turn] : to_load)
        with_.on_loader([this, what = what, turn = turn] { load(what, turn); });
    for (const auto& each : answers) each();
    look_at(from.next_due);
    if (!to_load.empty()) look_at(now + timings_of(with_.settings).deploy_timeout);
}

void deployments::look_at(const std::optional<time_point>& due) {
    if (!due || (looked_for_ && *looked_for_ <= *due)) return;
    looked_for_ = due;
    with_.at(*due, [this] { with_.on_worker([this] { look(); }); });
}

void deployments::look() {
    {
        const std::lock_guard turn(changing_);
        looked_for_.reset();
    }
    try {
        resume();
    } catch (const std::exception& thrown) {
        // The database fails, and may do better.
        log(thrown.what());
        const std::lock_guard turn(changing_);
        look_at(with_.time.wall() + std::chrono::minutes(1));
    }
}

bool deployments::is_loading(const std::string& id, std::uint64_t turn) {
    const std::lock_guard lock(guard_);
    const auto found = models_.find(id);
    return found != models_.end() && found->second.turn == turn;
}

void deployments::load(const deployment_row& what, std::uint64_t turn) {
    if (!is_loading(what.id, turn)) return;
    std::shared_ptr<model> loaded;
    try {
        loaded = with_.open(what);
    } catch (const std::exception& thrown) {
        return failed_to_load(what, turn, thrown.what());
    }
    {
        const std::lock_guard lock(guard_);
        const auto found = models_.find(what.id);
        if (found == models_.end() || found->second.turn != turn) return;
        found->second.answering = std::move(loaded);
        found->second.loaded = with_.time.wall();
    }
    look();
}

void deployments::failed_to_load(const deployment_row& what, std::uint64_t turn,
                                 const std::string& why) {
    log("the deployment " + what.id + " failed: " + why);
    try {
        change([&](store::connection& to, time_point now) {
            if (is_loading(what.id, turn)) fail(to, what, why, now);
        });
    } catch (const std::exception& thrown) {
        log(thrown.what());
    }
}

void deployments::log(const std::string& line) const {
    if (with_.log) with_.log("emissary: " + line);
}

void deployments::reach(std::string name_or_id, std::function<void(reached)> done) {
    with_.on_worker([this, name_or_id = std::move(name_or_id), done = std::move(done)] {
        try {
            find_and_reach(name_or_id, done);
        } catch (const refused& thrown) {
            done(thrown.reason());
        } catch (const std::exception& thrown) {
            done(problem{.status = 500, .message = thrown.what()});
        }
    });
}

void deployments::find_and_reach(const std::string& name_or_id, std::function<void(reached)> done) {
    const auto found = with_.kept.read(
        [&](store::connection& from) { return find_named_deployment(from, name_or_id); });
    if (!found) throw refused(unknown("deployment", name_or_id));
    const bool waits = found->status == deployment_status::deactivated ||
                       found->status == deployment_status::reactivating ||
                       found->status == deployment_status::deployed;
    if (!waits) throw refused(not_answering(*found));
    std::uint64_t number = 0;
    {
        std::unique_lock lock(guard_);
        const auto model = models_.find(found->id);
        if (found->status == deployment_status::deployed && model != models_.end() &&
            model->second.answering) {
            note_request(model->second, *found, with_.time.wall());
            reached_deployment ready{*found, model->second.answering};
            lock.unlock();
            return done(std::move(ready));
        }
        if (waiting_.size() >= most_waiting)
            throw refused({.status = 503,
                           .message = "too many requests wait for deployments already; try again "
                                      "in a second",
                           .retry_after = std::chrono::seconds(1)});
        number = ++turns_;
        waiting_.push_back({number, found->id, std::move(done)});
    }
    try {
        carry_out({}, [&](stage& all, time_point now) {
            for (deployment_state& each : all.deployments)
                if (each.id == found->id && each.status == deployment_status::deactivated)
                    all.wake(each, now);
        });
    } catch (const std::exception&) {
        const std::lock_guard lock(guard_);
        const auto is_this = [&](const waiting& each) { return each.number == number; };
        // Nobody else has answered it meanwhile.
        if (std::erase_if(waiting_, is_this) == 1) throw;
    }
}

// In the database it is noted once a second.
void deployments::note_request(held& of, const deployment_row& what, time_point now) {
    of.asked = now;
    if (now - of.noted < std::chrono::seconds(1)) return;
    of.noted = now;
    with_.kept.write_later([id = what.id, engine_id = what.engine_id, now](store::connection& to) {
        to.run("UPDATE emissary_deployments SET asked = ?2 WHERE id = ?1", id, now);
        if (engine_id)
            to.run("UPDATE emissary_engines SET asked = ?2 WHERE id = ?1", *engine_id, now);
    });
}

void deployments::wake_engine(const std::string& id) {
    carry_out({}, [&](stage& all, time_point now) {
        engine_state& one = state_of(all.engines, "engine", id);
        if (one.status != engine_status::inactive)
            refuse("engine", json::text_of(one.status), "Inactive", "reactivated");
        all.wake(one, now);
    });
}

void deployments::rest_engine(const std::string& id) {
    carry_out({}, [&](stage& all, time_point now) {
        engine_state& one = state_of(all.engines, "engine", id);
        if (one.status != engine_status::active)
            refuse("engine", json::text_of(one.status), "Active", "deactivated");
        all.rest(one, now);
    });
}

void deployments::wake_deployment(const deployment_row& what) {
    carry_out({}, [&](stage& all, time_point now) {
        const auto found =
            std::find_if(all.deployments.begin(), all.deployments.end(),
                         [&](const deployment_state& each) { return each.id == what.id; });
        // Those that are over are on no stage, and one that rested a moment ago was deleted.
        const bool is_there = found != all.deployments.end();
        const auto status = is_there ? found->status : what.status;
        if (status != deployment_status::deactivated)
            refuse("deployment", json::text_of(status), "Deactivated", "reactivated");
        if (!is_there) throw refused(unknown("deployment", what.id));
        all.wake(*found, now);
    });
}

}  // namespace tessera::server::emissary
