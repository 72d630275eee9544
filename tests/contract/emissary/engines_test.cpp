// Engines: their life, and what is deployed on them.
#include "contract/emissary/workshop.hpp"

namespace tessera::contract::emissary_tests {
namespace {
namespace engine_tests {

using namespace std::chrono_literals;

TEST(emissary_engines, begin_are_listed_and_removed) {
    workshop at;
    const auto made = at.client.engines.create({.name = "first", .base_model = base_model});
    EXPECT_EQ(made.info.status, 201);
    EXPECT_TRUE(made.id.starts_with("engine-"));
    EXPECT_EQ(made.status, emissary::engine_status::creating);
    EXPECT_EQ(made.base_model, base_model);
    EXPECT_EQ(made.server_type, "on-demand");
    EXPECT_EQ(made.deployment_counts, 0);
    at.clock.advance(100ms);
    EXPECT_TRUE(at.becomes("Active", made.id));
    const auto found = at.client.engines.retrieve(made.id);
    EXPECT_EQ(found.name, "first");
    EXPECT_TRUE(found.deployments && found.deployments->empty());
    EXPECT_EQ(found.base_model_option, emissary::base_model_option::pre_trained);
    EXPECT_FALSE(found.last_access_timestamp);
    const auto* rests = std::get_if<emissary::inactive_timeout>(&*found.resource_management_config);
    ASSERT_TRUE(rests && rests->management_config);
    EXPECT_EQ(rests->management_config->inactive_duration, 3600s);

    const std::string other =
        at.new_engine({.base_model = base_model, .task_type = emissary::task_type::classification});
    const auto ids = [&](const emissary::engines_query& asked) {
        std::vector<std::string> all;
        for (const auto& each : at.client.engines.list(asked)) all.push_back(each.id);
        return all;
    };
    EXPECT_EQ(ids({}), (std::vector{made.id, other}));
    EXPECT_EQ(ids({.base_model = base_model}), (std::vector{made.id, other}));
    EXPECT_EQ(ids({.base_model = "other"}), std::vector<std::string>());
    EXPECT_EQ(ids({.task_type = emissary::task_type::classification}), std::vector{other});
    EXPECT_EQ(at.client.engines.remove(made.id).info.status, 204);
    EXPECT_EQ(at.client.engines.try_remove(made.id).error().status, 404);
    EXPECT_EQ(ids({}), std::vector{other});
}

TEST(emissary_engines, rest_and_wake_when_they_are_told_to) {
    workshop at;
    const std::string id = at.client.engines.create({.base_model = base_model}).id;
    const auto refused = [&](const error& why) {
        EXPECT_EQ(why.status, 400);
        return why.message;
    };
    EXPECT_EQ(refused(at.client.engines.try_deactivate(id).error()),
              "the engine is Creating: only one that is Active can be deactivated (HTTP 400)");
    EXPECT_EQ(refused(at.client.engines.try_reactivate(id).error()),
              "the engine is Creating: only one that is Inactive can be reactivated (HTTP 400)");
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Active", id));
    refused(at.client.engines.try_reactivate(id).error());
    EXPECT_EQ(at.client.engines.deactivate(id).info.status, 204);
    EXPECT_EQ(at.status(id), "Inactive");
    refused(at.client.engines.try_deactivate(id).error());
    EXPECT_EQ(at.client.engines.reactivate(id).info.status, 204);
    EXPECT_EQ(at.status(id), "Creating");
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Active", id));
}

TEST(emissary_engines, rest_by_the_rule_that_they_were_given) {
    workshop at;
    const auto with = [&](const char* config) {
        const raw_response got =
            at.ask("POST", "/v1/engines",
                   R"({"base_model": "Llama-3.2-1B-Instruct", "resource_management_config": )" +
                       std::string(config) + "}");
        EXPECT_EQ(got.status, 201) << got.body;
        return got.json()["id"].get<std::string>();
    };
    const std::string idle = with(
        R"({"management_type": "inactive_timeout", "management_config": {"inactive_duration": 30}})");
    // At 22:15 UTC.
    const std::string hours = with(R"({"management_type": "schedule", "management_config":
        {"timezone": "Europe/Berlin", "start_time": "08:00", "end_time": "23:15",
         "days": ["monday", "tuesday"]}})");
    EXPECT_EQ(at.ask("GET", "/v1/engines/" + hours).json()["resource_management_config"],
              json::value::parse(R"({"management_type": "schedule", "management_config":
        {"timezone": "Europe/Berlin", "start_time": "08:00", "end_time": "23:15",
         "days": ["monday", "tuesday"]}})"));
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Active", idle));
    EXPECT_TRUE(at.becomes("Active", hours));
    at.clock.advance(30s);
    EXPECT_TRUE(at.becomes("Inactive", idle));
    EXPECT_EQ(at.status(hours), "Active");
    at.clock.advance(70s);
    EXPECT_TRUE(at.becomes("Inactive", hours));

    const struct {
        const char *config, *message;
    } wrong[] = {
        {R"({"management_type": "never"})", "resource_management_config"},
        {R"({"management_config": {}})", "resource_management_config"},
        {R"({"management_type": "schedule"})",
         "resource_management_config.management_config: must say at which hours"},
        {R"({"management_type": "schedule", "management_config": {"timezone": "X"}})",
         "resource_management_config.management_config.timezone: "},
        {R"({"management_type": "inactive_timeout", "management_config": {"inactive_duration": 0}})",
         "resource_management_config.management_config.inactive_duration: must be"},
    };
    for (const auto& each : wrong) {
        const auto [status, message] = refusal_of(
            at.ask("POST", "/v1/engines",
                   R"({"base_model": "Llama-3.2-1B-Instruct", "resource_management_config": )" +
                       std::string(each.config) + "}"));
        EXPECT_EQ(status, 400) << each.config;
        EXPECT_EQ(message.find(each.message), 0U) << message;
    }
}

TEST(emissary_engines, take_no_deployments_that_are_none_of_theirs) {
    workshop at;
    const std::string project = at.new_project();
    const std::string engine = at.new_engine();
    const auto deploy = [&](emissary::deploy_request how) {
        how.project_id = how.project_id.empty() ? project : how.project_id;
        return at.client.engines.try_deploy(engine, how).error().status;
    };
    EXPECT_EQ(deploy({.project_id = "ms-1", .training_id = "tr-1", .checkpoint = 1}), 404);
    EXPECT_EQ(deploy({.project_id = {}, .training_id = "tr-1", .checkpoint = 1}), 404);
    EXPECT_EQ(deploy({.project_id = {}, .training_id = "tr-1", .checkpoint = 0}), 400);
    EXPECT_EQ(
        at.client.engines
            .try_deploy("engine-1", {.project_id = project, .training_id = "tr-1", .checkpoint = 1})
            .error()
            .status,
        404);
    EXPECT_EQ(at.client.engines.try_undeploy(engine, {.deployment_name = "nobody"}).error().status,
              400);
    EXPECT_EQ(
        at.client.engines.try_undeploy("engine-1", {.deployment_name = "nobody"}).error().status,
        404);
}

/// A job whose two epochs have each left a checkpoint.
std::string trained(const workshop& at, const std::string& project) {
    const auto rows = at.client.datasets.upload(
        project, {.file = file::of(R"({"prompt": "One", "completion": "Two"}
{"prompt": "Three", "completion": "Four"}
)",
                                   "rows.jsonl")});
    const auto job = at.client.training_jobs.create(
        project, {.base_model = base_model,
                  .train_dataset_id = rows.id,
                  .name = "two epochs",
                  .parameters = emissary::sft_parameters{.num_train_epochs = 2}});
    EXPECT_TRUE(
        comes_true([&] { return at.client.training_jobs.retrieve(project, job.id).is_settled(); }));
    const auto ended = at.client.training_jobs.retrieve(project, job.id);
    EXPECT_EQ(ended.status, emissary::training_status::success)
        << json::encode<emissary::training_job_detail>(ended);
    return job.id;
}

TEST(emissary_engines, hold_what_was_trained) {
    workshop at;
    const std::string project = at.new_project();
    const std::string job = trained(at, project);
    const std::string engine = at.new_engine(
        {.base_model = base_model, .task_type = emissary::task_type::text_generation});
    const emissary::deploy_request how{
        .name = "first", .project_id = project, .training_id = job, .checkpoint = 1};
    const auto made = at.client.engines.deploy(engine, how);
    EXPECT_EQ(made.info.status, 201);
    EXPECT_EQ(made.name, "first");
    EXPECT_EQ(at.client.engines.try_deploy(engine, how).error().status, 400);
    emissary::deploy_request none = how;
    none.name = "none", none.checkpoint = 3;
    EXPECT_EQ(at.client.engines.try_deploy(engine, none).error().status, 400);
    emissary::deploy_request second = how;
    second.name = "second", second.checkpoint = 2;
    const auto other = at.client.engines.deploy(engine, second);
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, made.id));
    EXPECT_TRUE(at.becomes("Deployed", project, other.id));
    const auto row = at.client.deployments.retrieve(project, made.id);
    EXPECT_EQ(row.training_id, job);
    EXPECT_EQ(row.checkpoint, 1);
    EXPECT_EQ(row.base_model, base_model);
    const auto on_engine = at.client.engines.retrieve(engine);
    ASSERT_EQ(on_engine.deployments->size(), 2U);
    EXPECT_EQ(at.client.engines.list()[0].deployment_counts, 2);

    const emissary::completion_request request{
        .model = "first", .prompt = "One", .max_completion_tokens = 1};
    EXPECT_TRUE(at.client.completions.try_create(request));
    EXPECT_TRUE(comes_true(
        [&] { return at.client.engines.retrieve(engine).last_access_timestamp.has_value(); }));

    // They rest and wake with it.
    at.client.engines.deactivate(engine);
    EXPECT_EQ(at.status(project, made.id), "Deactivated");
    EXPECT_EQ(at.status(project, other.id), "Deactivated");
    emissary::deploy_request late = how;
    late.name = "late";
    EXPECT_EQ(at.client.engines.try_deploy(engine, late).error().status, 400);
    at.client.deployments.reactivate(project, other.id);
    EXPECT_EQ(at.status(engine), "Creating");
    EXPECT_EQ(at.status(project, made.id), "Reactivating");
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, made.id));
    EXPECT_TRUE(at.client.completions.try_create(request));

    // What is undeployed is over, and its name is free.
    EXPECT_EQ(at.client.engines.undeploy(engine, {.deployment_name = "first"}).info.status, 204);
    EXPECT_EQ(at.status(project, made.id), "Terminated");
    EXPECT_EQ(at.client.completions.try_create(request).error().status, 404);
    EXPECT_EQ(at.client.engines.try_undeploy(engine, {.deployment_name = "first"}).error().status,
              400);
    const auto again = at.client.engines.deploy(engine, how);
    EXPECT_EQ(at.client.engines.undeploy(engine, {.deployment_name = "first"}).info.status, 204);
    EXPECT_EQ(at.status(project, again.id), "Cancelled");

    // The end of the job ends what was made of it; that of the engine removes what is on it.
    const std::string name = at.client.training_jobs.retrieve(project, job).name;
    const auto alone = at.client.deployments.create(
        project, {.training_job_id = name, .checkpoint = 2, .name = "alone"});
    EXPECT_EQ(at.client.deployments.retrieve(project, alone.id).training_id, job);
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, alone.id));
    at.client.training_jobs.remove(project, job);
    EXPECT_EQ(at.status(project, alone.id), "Terminated");
    EXPECT_EQ(at.status(project, other.id), "Terminated");
    EXPECT_TRUE(at.client.engines.retrieve(engine).deployments->empty());
}

TEST(emissary_engines, take_their_deployments_along) {
    workshop at;
    const std::string project = at.new_project();
    const std::string job = trained(at, project);
    const std::string engine = at.new_engine();
    const auto made = at.client.engines.deploy(
        engine, {.project_id = project, .training_id = job, .checkpoint = 1});
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, made.id));
    at.client.engines.remove(engine);
    EXPECT_EQ(at.client.deployments.try_retrieve(project, made.id).error().status, 404);
    EXPECT_EQ(at.client.completions.try_create({.model = made.id, .prompt = "One"}).error().status,
              404);
}

}  // namespace engine_tests
}  // namespace
}  // namespace tessera::contract::emissary_tests
