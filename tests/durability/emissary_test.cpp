// A server that is killed at any moment, on a disk that forgets what was not synced, has done all
// that it had answered.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "contract/service.hpp"
#include "durability/disk.hpp"
#include "support/child.hpp"
#include "tessera/emissary.hpp"

namespace tessera::durability {
namespace {

namespace fs = std::filesystem;
using tessera::testing::temporary_folder;

/// A server in a process of its own.
class server_process {
  public:
    server_process(const fs::path& folder, const fs::path& notes, syncs how)
        : process_([&](int to) { serve(folder, notes, how, to); }) {
        EXPECT_TRUE(process_.read(port_));
    }
    std::int64_t port() const { return port_; }
    void kill() { process_.kill(); }

  private:
    static void serve(const fs::path& folder, const fs::path& notes, syncs how, int to) {
        write_to_forgetful_disk(folder, notes, how);
        try {
            auto settings = contract::tiny_options();
            settings.data = folder;
            settings.api = "emissary";
            settings.seed.reset();
            server::server serving(settings);
            serving.start();
            test::say(to, serving.port());
            for (;;) ::pause();
        } catch (const std::exception& thrown) {
            std::fprintf(stderr, "the server did not begin: %s\n", thrown.what());
        }
    }

    test::child process_;
    std::int64_t port_ = 0;
};

emissary::client client_of(const server_process& serving) {
    client_options made;
    made.api_key = secret(server::emissary_options().api_key);
    made.base_url = "http://127.0.0.1:" + std::to_string(serving.port());
    made.max_retries = 0;
    return emissary::client(std::move(made));
}

/// What a server has answered, and so has to know for good.
class answered {
  public:
    /// A question that tells whether the server still knows.
    using check = std::function<bool(const emissary::client&)>;

    void knows(const std::string& id, check how) {
        const std::lock_guard lock(mutex_);
        checks_[id] = std::move(how);
        ++count_;
    }
    /// It may be so any more or not, until it is known.
    void forget(const std::string& id) {
        const std::lock_guard lock(mutex_);
        checks_.erase(id);
    }
    std::size_t count() const { return count_; }

    /// A training job, by its project.
    void trains(const std::string& project, const std::string& job) {
        knows(job, [project, job](const emissary::client& by) {
            return by.training_jobs.try_retrieve(project, job).has_value();
        });
        const std::lock_guard lock(mutex_);
        jobs_.emplace_back(project, job);
    }
    const std::vector<std::pair<std::string, std::string>>& jobs() const { return jobs_; }

    /// How many answers turn out to be forgotten; what was asked is asked no more.
    int losses(const emissary::client& now) {
        int lost = 0;
        for (const auto& [id, is_known] : checks_) lost += !is_known(now);
        checks_.clear();
        return lost;
    }

  private:
    std::mutex mutex_;
    std::map<std::string, check> checks_;
    std::vector<std::pair<std::string, std::string>> jobs_;
    std::atomic<std::size_t> count_{0};
};

constexpr const char* base_model = "Llama-3.2-1B-Instruct";

/// Somebody who asks for one thing after the other until the server is gone.
class customer {
  public:
    customer(const emissary::client& client, answered& all, std::uint32_t seed)
        : client_(client), all_(all), random_(seed) {}

    void run() {
        const auto project = client_.projects.try_create();
        if (!project) return;
        project_ = project->id;
        all_.knows(project_, [id = project_](const emissary::client& by) {
            return by.projects.try_retrieve(id).has_value();
        });
        while (ask()) continue;
    }

  private:
    bool ask() {
        if (random_() % 100 == 0) return train();
        switch (random_() % 6) {
            case 0:
                return upload();
            case 1:
                return deploy();
            case 2:
                return begin_engine();
            case 3:
                return rest_engine();
            case 4:
                return remove_deployment();
            default:
                return open_and_remove_project();
        }
    }

    bool upload() {
        std::string rows;
        for (std::uint32_t i = random_() % 200 + 1; i > 0; --i)
            rows += R"({"prompt": ")" + std::to_string(random_()) +
                    R"(", "completion": "b"})"
                    "\n";
        const auto made =
            client_.datasets.try_upload(project_, {.file = file::of(rows, "a.jsonl")});
        if (!made) return false;
        all_.knows(made->id, [project = project_, id = made->id, rows](const auto& by) {
            auto found = by.datasets.try_download(project, id);
            return found && *found == rows;
        });
        return true;
    }
    bool train() {
        std::string rows;
        for (int i = 0; i < 8; ++i)
            rows += R"({"prompt": "a", "completion": "b"})"
                    "\n";
        const auto data =
            client_.datasets.try_upload(project_, {.file = file::of(rows, "t.jsonl")});
        if (!data) return false;
        const auto made = client_.training_jobs.try_create(
            project_, {.base_model = base_model, .train_dataset_id = data->id});
        if (!made) return false;
        all_.trains(project_, made->id);
        return true;
    }
    bool deploy() {
        const auto made = client_.deployments.try_create(
            project_, {.training_job_id = base_model, .checkpoint = 0});
        if (!made) return false;
        deployments_.push_back(made->id);
        all_.knows(made->id, [project = project_, id = made->id](const auto& by) {
            return by.deployments.try_retrieve(project, id).has_value();
        });
        return true;
    }
    bool remove_deployment() {
        if (deployments_.empty()) return true;
        const std::string id = deployments_.back();
        deployments_.pop_back();
        all_.forget(id);
        if (!client_.deployments.try_remove(project_, id)) return false;
        all_.knows(id, [project = project_, id](const auto& by) {
            const auto found = by.deployments.try_retrieve(project, id);
            return !found && found.error().status == 404;
        });
        return true;
    }
    bool begin_engine() {
        const auto made = client_.engines.try_create({.name = "kept", .base_model = base_model});
        if (!made) return false;
        engines_.push_back(made->id);
        all_.knows(made->id, [id = made->id](const auto& by) {
            const auto found = by.engines.try_retrieve(id);
            return found && found->name == "kept";
        });
        return true;
    }
    bool rest_engine() {
        if (engines_.empty()) return true;
        const std::string id = engines_.back();
        all_.forget(id);
        const auto rested = client_.engines.try_deactivate(id);
        if (!rested && rested.error().status != 400) return false;
        all_.knows(id, [id, rests = rested.has_value()](const auto& by) {
            const auto found = by.engines.try_retrieve(id);
            return found && (!rests || found->status == emissary::engine_status::inactive);
        });
        return true;
    }
    bool open_and_remove_project() {
        const auto made = client_.projects.try_create({.name = "short-lived"});
        if (!made || !client_.projects.try_remove(made->id)) return false;
        all_.knows(made->id, [id = made->id](const auto& by) {
            const auto found = by.projects.try_retrieve(id);
            return !found && found.error().status == 404;
        });
        return true;
    }

    const emissary::client client_;
    answered& all_;
    std::minstd_rand random_;
    std::string project_;
    std::vector<std::string> deployments_;
    std::vector<std::string> engines_;
};

/// Trainings that were interrupted come to their end, or say why they did not.
void expect_ends(const emissary::client& client, const answered& all) {
    EXPECT_FALSE(all.jobs().empty());
    for (const auto& [project, job] : all.jobs()) {
        const auto ended = client.training_jobs.wait(project, job);
        EXPECT_TRUE(
            ended.status == emissary::training_status::success ||
            (ended.status == emissary::training_status::failed && ended.extra.contains("reason")))
            << json::encode<emissary::training_job_detail>(ended);
    }
}

/// Kills a server so many times, each after another number of answers, and cuts its power: how many
/// answers were forgotten.
int losses_of(int kills, syncs how) {
    const temporary_folder whole("durability");
    const fs::path folder = whole.path() / "data", notes = whole.path() / "notes";
    fs::create_directory(folder);
    contract::tiny_options();  // the model's folder, for all processes
    std::mt19937 random(20231114);
    answered all;
    int lost = 0;
    for (int round = 0; round < kills; ++round) {
        server_process serving(folder, notes, how);
        const emissary::client client = client_of(serving);
        lost += all.losses(client);
        const std::size_t enough = all.count() + random() % 24;
        std::vector<std::thread> customers;
        for (int i = 0; i < 3; ++i)
            customers.emplace_back([&, seed = static_cast<std::uint32_t>(random())] {
                customer(client, all, seed).run();
            });
        while (all.count() < enough) std::this_thread::yield();
        // Somewhere within what they ask for then.
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
        serving.kill();
        for (std::thread& each : customers) each.join();
        cut_power(folder, notes);
    }
    const server_process serving(folder, notes, how);
    const emissary::client client = client_of(serving);
    lost += all.losses(client);
    if (how == syncs::work) expect_ends(client, all);
    EXPECT_GT(all.count(), static_cast<std::size_t>(3 * kills));
    return lost;
}

TEST(emissary_durable, nothing_that_was_answered_is_lost_in_200_kills) {
    EXPECT_EQ(losses_of(200, syncs::work), 0);
}

TEST(emissary_durable, losses_are_found_where_nothing_is_synced) {
    EXPECT_GT(losses_of(3, syncs::are_ignored), 0);
}

}  // namespace
}  // namespace tessera::durability
