// Projects and base models.
#include <atomic>
#include <thread>

#include "contract/emissary/workshop.hpp"
#include "support/random_model.hpp"

namespace tessera::contract::emissary_tests {
namespace {
namespace project_tests {

TEST(emissary_models, are_listed_and_found) {
    const workshop at;
    const auto all = at.client.models.list();
    ASSERT_GE(all.size(), 4U);
    std::set<std::string> names;
    for (const emissary::base_model& each : all) {
        EXPECT_TRUE(names.insert(each.name).second);
        EXPECT_TRUE(each.type.known()) << each.type.text();
        ASSERT_TRUE(each.parameter_template);
        const auto& usual = *each.parameter_template;
        EXPECT_EQ(std::get<double>(usual.at("learning_rate")), 0.0002);
        EXPECT_EQ(std::get<std::int64_t>(usual.at("num_train_epochs")), 3);
        EXPECT_TRUE(usual.contains("num_generations"));
        const auto found = at.client.models.retrieve(each.name);
        EXPECT_EQ(json::encode<emissary::base_model>(found), json::encode(each));
    }
    EXPECT_TRUE(names.contains(base_model));
    EXPECT_TRUE(names.contains("tiny"));
    EXPECT_EQ(at.client.models.try_retrieve("Llama").error().kind, error_kind::not_found);
}

TEST(emissary_projects, are_made_listed_found_and_removed) {
    const workshop at;
    EXPECT_TRUE(at.client.projects.list().empty());
    const auto named = at.client.projects.create({.name = "my project"});
    const auto nameless = at.client.projects.create();
    EXPECT_EQ(named.info.status, 201);
    EXPECT_EQ(named.name, "my project");
    EXPECT_TRUE(named.id.starts_with("ms-"));
    EXPECT_FALSE(nameless.name.empty());
    EXPECT_NE(nameless.id, named.id);
    // The oldest first; two may have a name.
    const auto again = at.client.projects.create({.name = "my project"});
    std::vector<std::string> ids;
    for (const auto& each : at.client.projects.list()) ids.push_back(each.id);
    EXPECT_EQ(ids, (std::vector{named.id, nameless.id, again.id}));

    const auto found = at.client.projects.retrieve(named.id);
    EXPECT_EQ(found.name, "my project");
    EXPECT_TRUE(found.datasets && found.datasets->empty());
    EXPECT_TRUE(found.training_jobs && found.training_jobs->empty());
    EXPECT_TRUE(found.deployments && found.deployments->empty());

    EXPECT_EQ(at.client.projects.remove(named.id).info.status, 204);
    EXPECT_EQ(at.client.projects.try_remove(named.id).error().status, 404);
    EXPECT_EQ(at.client.projects.try_retrieve(named.id).error().status, 404);
    EXPECT_EQ(at.client.projects.list().size(), 2U);
}

TEST(emissary_projects, take_what_stands_in_them_along) {
    workshop at;
    const std::string project = at.new_project();
    const std::string deployment =
        at.new_deployment(project, {.training_job_id = base_model, .name = "mine"});
    const auto found = at.client.projects.retrieve(project);
    ASSERT_EQ(found.deployments->size(), 1U);
    EXPECT_EQ(found.deployments->front().id, deployment);
    EXPECT_EQ(found.deployments->front().status, emissary::deployment_status::deployed);
    const emissary::completion_request request{
        .model = "mine", .prompt = "One", .max_completion_tokens = 1};
    EXPECT_TRUE(at.client.completions.try_create(request));
    at.client.projects.remove(project);
    EXPECT_EQ(at.client.completions.try_create(request).error().status, 404);
}

TEST(emissary_projects, are_removed_by_one_of_those_who_try_at_the_same_time) {
    workshop at;
    const std::string project = at.new_project();
    at.new_deployment(project);
    std::atomic<int> removed{0}, absent{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 6; ++i)
        all.emplace_back([&] {
            const auto outcome = at.client.projects.try_remove(project);
            if (outcome)
                ++removed;
            else if (outcome.error().status == 404)
                ++absent;
        });
    for (std::thread& each : all) each.join();
    EXPECT_EQ(removed, 1);
    EXPECT_EQ(absent, 5);
}

TEST(emissary_projects, are_there_when_the_server_comes_again) {
    const tessera::testing::temporary_folder folder("emissary");
    std::string project, deployment, engine;
    {
        workshop at(folder.path());
        project = at.client.projects.create({.name = "lasting"}).id;
        deployment = at.new_deployment(
            project, {.training_job_id = base_model, .name = "mine", .description = "for good"});
        engine = at.new_engine({.name = "runs",
                                .base_model = base_model,
                                .task_type = emissary::task_type::embedding});
    }
    workshop at(folder.path());
    EXPECT_EQ(at.client.projects.retrieve(project).name, "lasting");
    EXPECT_EQ(at.client.deployments.retrieve(project, deployment).description, "for good");
    EXPECT_EQ(at.status(project, deployment), "Deployed");
    EXPECT_EQ(at.client.engines.retrieve(engine).name, "runs");
    EXPECT_EQ(at.status(engine), "Active");
    EXPECT_TRUE(at.client.completions.try_create(
        {.model = "mine", .prompt = "One", .max_completion_tokens = 1}));
    // A server with a seed begins its ids again, and gives none twice.
    EXPECT_NE(at.new_project(), project);
}

}  // namespace project_tests
}  // namespace
}  // namespace tessera::contract::emissary_tests
