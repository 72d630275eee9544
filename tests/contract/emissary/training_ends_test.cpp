// Every way in which training jobs end, and how they go on after the server.
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contract/emissary/training.hpp"
#include "support/random_model.hpp"

namespace tessera::contract {
namespace {
namespace emissary_training_end_tests {

using namespace emissary_tests;
using emissary::training_status;
using tessera::testing::temporary_folder;
using namespace std::chrono_literals;

TEST(emissary_training_ends, waits_for_its_turn_and_is_cancelled_at_once) {
    const workshop at;
    const auto project = at.client.projects.create().id;
    const auto dataset = upload(at, project, conversations(4));
    const emissary::sft_request request{
        .base_model = base_model, .train_dataset_id = dataset, .parameters = endless};
    const auto running = at.client.training_jobs.create(project, request);
    const auto waiting = at.client.training_jobs.create(project, request);
    const auto last = at.client.training_jobs.create(
        project, {.base_model = base_model, .train_dataset_id = dataset});
    wait_for_losses(at, project, running.id);
    EXPECT_EQ(at.client.training_jobs.retrieve(project, running.id).status,
              training_status::running);
    EXPECT_EQ(at.client.training_jobs.retrieve(project, waiting.id).status,
              training_status::pending);
    for (const auto& each : {waiting, running}) {
        at.client.training_jobs.cancel(project, each.id);
        EXPECT_EQ(at.client.training_jobs.retrieve(project, each.id).status,
                  training_status::cancelled);
    }
    // Which lets the next one have its turn.
    EXPECT_EQ(ended(at, project, last.id).status, training_status::success);
    // What is over stays as it is.
    for (const auto& each : {waiting, running, last}) {
        const emissary::training_job_detail before =
            at.client.training_jobs.retrieve(project, each.id);
        at.client.training_jobs.cancel(project, each.id);
        const emissary::training_job_detail after =
            at.client.training_jobs.retrieve(project, each.id);
        EXPECT_EQ(json::encode(after), json::encode(before));
    }
}

TEST(emissary_training_ends, ends_with_what_it_belongs_to) {
    const temporary_folder folder("tessera-training");
    const workshop at(folder.path());
    const auto files = folder.path() / "emissary" / "training";
    const auto project = at.client.projects.create().id;
    const auto dataset = upload(at, project, conversations(4));
    const emissary::sft_request request{
        .base_model = base_model, .train_dataset_id = dataset, .parameters = endless};
    const auto first = at.client.training_jobs.create(project, request).id;
    wait_for_losses(at, project, first);
    EXPECT_TRUE(std::filesystem::exists(files / first));
    at.client.training_jobs.remove(project, first);
    EXPECT_EQ(at.client.training_jobs.try_retrieve(project, first).error().status, 404);
    EXPECT_TRUE(comes_true([&] { return !std::filesystem::exists(files / first); }));

    const auto second = at.client.training_jobs.create(project, request).id;
    wait_for_losses(at, project, second);
    at.client.projects.remove(project);
    EXPECT_TRUE(comes_true([&] { return std::filesystem::is_empty(files); }));
    // The next one has its turn.
    const auto other = at.client.projects.create().id;
    const auto third = at.client.training_jobs.create(
        other, {.base_model = base_model, .train_dataset_id = upload(at, other, conversations(2))});
    EXPECT_EQ(ended(at, other, third.id).status, training_status::success);
}

TEST(emissary_training_ends, fails_with_the_reason) {
    const temporary_folder folder("tessera-training");
    std::optional<workshop> at(folder.path());
    const auto project = at->client.projects.create().id;
    const auto fail = [&](std::string rows, const emissary::sft_parameters& how) {
        const auto job =
            ended(*at, project,
                  at->client.training_jobs
                      .create(project, {.base_model = base_model,
                                        .train_dataset_id = upload(*at, project, std::move(rows)),
                                        .parameters = how})
                      .id);
        EXPECT_EQ(job.status, training_status::failed);
        EXPECT_LT(job.progress.value(), 100);
        return reason_of(job);
    };
    const std::string diverged = fail(conversations(8), {.learning_rate = 1e9});
    EXPECT_NE(diverged.find("training step "), diverged.npos) << diverged;
    EXPECT_NE(diverged.find("lower learning_rate"), diverged.npos) << diverged;
    const std::string too_long = fail(
        conversations(1) + R"({"prompt":"x","completion":")" + std::string(3000, 'y') + "\"}\n",
        {});
    EXPECT_NE(too_long.find("line 2"), too_long.npos) << too_long;
    EXPECT_NE(too_long.find("tokens"), too_long.npos) << too_long;

    // Data that are gone when the server begins again.
    const auto dataset = upload(*at, project, conversations(4));
    const auto job =
        at->client.training_jobs
            .create(project,
                    {.base_model = base_model, .train_dataset_id = dataset, .parameters = endless})
            .id;
    wait_for_losses(*at, project, job);
    at->client.datasets.remove(project, dataset);
    EXPECT_EQ(at->client.training_jobs.retrieve(project, job).status, training_status::running);
    at.emplace(folder.path());
    const auto gone = ended(*at, project, job);
    EXPECT_EQ(gone.status, training_status::failed);
    EXPECT_NE(reason_of(gone).find(dataset), std::string::npos) << reason_of(gone);
}

TEST(emissary_training_ends, times_out) {
    server::emissary_options how;
    how.training_timeout_s = 3600;
    workshop at({}, how);
    const auto project = at.new_project();
    const auto job =
        at.client.training_jobs
            .create(project, {.base_model = base_model,
                              .train_dataset_id = upload(at, project, conversations(4)),
                              .parameters = endless})
            .id;
    wait_for_losses(at, project, job);
    at.clock.advance(2h);
    const auto now = ended(at, project, job);
    EXPECT_EQ(now.status, training_status::timed_out);
    EXPECT_NE(reason_of(now).find("3600 s"), std::string::npos) << reason_of(now);
    EXPECT_EQ(now.updated_at, std::chrono::floor<std::chrono::seconds>(at.clock.wall()));
}

TEST(emissary_training_ends, goes_on_after_the_server_as_if_it_had_never_ended) {
    const temporary_folder folder("tessera-training");
    std::vector<std::string> archives;
    std::vector<std::string> losses;
    for (const bool interrupted : {false, true}) {
        const auto data = folder.path() / std::to_string(interrupted);
        std::optional<workshop> at(data);
        const auto project = at->new_project();
        const auto job =
            at->client.training_jobs
                .create(project, {.base_model = base_model,
                                  .train_dataset_id = upload(*at, project, conversations(9)),
                                  .train_test_split_ratio = 20,
                                  .parameters = emissary::sft_parameters{.learning_rate = 0.001,
                                                                         .num_train_epochs = 30}})
                .id;
        for (std::size_t i = 0; interrupted && i < 4; ++i) {
            EXPECT_TRUE(comes_true(
                [&] { return at->client.training_jobs.checkpoints(project, job).size() > 4 * i; }));
            at.emplace(data);
        }
        const auto now = ended(*at, project, job);
        EXPECT_EQ(now.status, training_status::success) << reason_of(now);
        const auto checkpoints = at->client.training_jobs.checkpoints(project, job);
        EXPECT_EQ(checkpoints.size(), 30U);
        archives.push_back(
            at->client.files.download(checkpoints.back().model_download_url.value()));
        losses.push_back(json::encode(now.training_loss));
        losses.push_back(
            json::encode(checkpoints.back().test_results.value().aggregated_test_result));
    }
    EXPECT_EQ(archives[0], archives[1]);
    EXPECT_EQ(losses[0], losses[2]);
    EXPECT_EQ(losses[1], losses[3]);
}

}  // namespace emissary_training_end_tests
}  // namespace
}  // namespace tessera::contract
