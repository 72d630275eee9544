// Deployments of base models: their life, and whatever is not allowed.
#include "contract/emissary/workshop.hpp"

namespace tessera::contract::emissary_tests {
namespace {
namespace deployment_tests {

using namespace std::chrono_literals;

TEST(emissary_deployments, begin_answer_and_are_removed) {
    workshop at;
    const std::string project = at.new_project();
    const auto made = at.client.deployments.create(project, {.training_job_id = base_model,
                                                             .checkpoint = 0,
                                                             .name = "mine",
                                                             .description = "a base model"});
    EXPECT_EQ(made.info.status, 201);
    EXPECT_TRUE(made.id.starts_with("dp-"));
    EXPECT_EQ(made.name, "mine");
    EXPECT_EQ(made.status, emissary::deployment_status::pending);
    EXPECT_TRUE(at.becomes("Deploying", project, made.id));
    const error early =
        at.client.completions.try_create({.model = "mine", .prompt = "One"}).error();
    EXPECT_EQ(early.status, 400);
    EXPECT_EQ(early.message, "model: the deployment \"mine\" is Deploying (HTTP 400)");
    at.clock.advance(99ms);
    EXPECT_EQ(at.status(project, made.id), "Deploying");
    at.clock.advance(1ms);
    EXPECT_TRUE(at.becomes("Deployed", project, made.id));

    const auto found = at.client.deployments.retrieve(project, made.id);
    EXPECT_EQ(found.name, "mine");
    EXPECT_EQ(found.description, "a base model");
    EXPECT_EQ(found.base_model, base_model);
    EXPECT_EQ(found.task_type, emissary::task_type::text_generation);
    EXPECT_EQ(found.checkpoint, 0);
    EXPECT_FALSE(found.training_id);
    EXPECT_FALSE(found.metadata);
    EXPECT_EQ(found.created_at, std::chrono::sys_seconds(1'700'000'000s));
    EXPECT_TRUE(found.is_settled());
    for (const std::string& name : {made.id, made.name})
        EXPECT_TRUE(at.client.completions.try_create(
            {.model = name, .prompt = "One", .max_completion_tokens = 1}));

    const std::string nameless = at.new_deployment(project);
    const auto all = at.client.deployments.list(project);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, made.id);
    EXPECT_EQ(all[1].id, nameless);
    EXPECT_FALSE(all[1].name.empty());
    EXPECT_EQ(at.client.deployments.remove(project, made.id).info.status, 204);
    EXPECT_EQ(at.client.deployments.try_retrieve(project, made.id).error().status, 404);
    EXPECT_EQ(at.client.deployments.try_remove(project, made.id).error().status, 404);
    EXPECT_EQ(at.client.completions.try_create({.model = "mine", .prompt = "One"}).error().status,
              404);
}

TEST(emissary_deployments, are_refused_with_their_reason) {
    workshop at;
    const std::string path = "/v1/projects/" + at.new_project() + "/deployments";
    const auto refused = [&](const std::string& members) {
        return refusal_of(at.ask(
            "POST", path,
            R"({"training_job_id": "Llama-3.2-1B-Instruct", "checkpoint": 0, )" + members + "}"));
    };
    const std::string timed = R"("inactive_timeout": 60)";
    const struct {
        std::string members, message;
    } cases[] = {
        {timed + R"(, "schedule": {})",
         "schedule: cannot be beside inactive_timeout: leave one out"},
        {R"("inactive_timeout": 0)", "inactive_timeout: must be from 1 to 31622400 seconds"},
        {R"("inactive_timeout": -5)", "inactive_timeout: must be"},
        {R"("inactive_timeout": 31622401)", "inactive_timeout: must be"},
        {R"("inactive_timeout": 1e300)", "inactive_timeout: "},
        {R"("schedule": {"timezone": "Mars/Olympus"})",
         "schedule.timezone: the system's database has no time zone \"Mars/Olympus\""},
        {R"("schedule": {"start_time": "24:00"})", "schedule.start_time: "},
        {R"("schedule": {"days": ["someday"]})", "schedule.days[0]: "},
        {R"("schedule": {"days": []})", "schedule.days: must name at least one day"},
        {R"("name": ")" + std::string(257, 'x') + '"', "name: must have 1 to 256 bytes"},
        {R"("description": ")" + std::string(4097, 'x') + '"',
         "description: must have at most 4096 bytes"},
    };
    for (const auto& each : cases) {
        const auto [status, message] = refused(each.members);
        EXPECT_EQ(status, 400) << each.members;
        EXPECT_EQ(message.find(each.message), 0U) << message;
    }
    const auto of = [&](const std::string& job, int checkpoint) {
        return refusal_of(at.ask("POST", path,
                                 R"({"training_job_id": ")" + job + R"(", "checkpoint": )" +
                                     std::to_string(checkpoint) + "}"));
    };
    EXPECT_EQ(of("tr-1", 1).first, 404);
    EXPECT_EQ(of("tr-1", 0), std::pair(404, std::string("there is no base model \"tr-1\"")));
    EXPECT_EQ(of(base_model, -1).first, 400);
    EXPECT_TRUE(at.ask("GET", path).json().empty());
}

TEST(emissary_deployments, have_names_of_their_own_in_a_project) {
    workshop at;
    const std::string project = at.new_project(), other = at.new_project();
    const emissary::deployment_request named{
        .training_job_id = base_model, .checkpoint = 0, .name = "mine"};
    const std::string first = at.client.deployments.create(project, named).id;
    const error again = at.client.deployments.try_create(project, named).error();
    EXPECT_EQ(again.status, 400);
    EXPECT_NE(again.message.find("name: "), std::string::npos) << again.message;
    EXPECT_TRUE(at.client.deployments.try_create(other, named));
    at.client.deployments.remove(project, first);
    EXPECT_TRUE(at.client.deployments.try_create(project, named));
}

TEST(emissary_deployments, rest_when_nobody_asks_and_wake_when_somebody_does) {
    workshop at;
    const std::string project = at.new_project();
    const std::string id = at.new_deployment(
        project, {.training_job_id = base_model, .name = "mine", .inactive_timeout = 60s});
    const emissary::completion_request request{
        .model = "mine", .prompt = "One", .max_completion_tokens = 1};
    at.clock.advance(50s);
    at.client.completions.create(request);
    at.clock.advance(50s);
    EXPECT_EQ(at.status(project, id), "Deployed");
    EXPECT_EQ(at.client.deployments.try_reactivate(project, id).error().status, 400);
    at.clock.advance(10s);
    EXPECT_TRUE(at.becomes("Deactivated", project, id));

    std::promise<bool> answered;
    std::thread asking(
        [&] { answered.set_value(at.client.completions.try_create(request).has_value()); });
    EXPECT_TRUE(at.becomes("Reactivating", project, id));
    auto waiting = answered.get_future();
    EXPECT_EQ(waiting.wait_for(20ms), std::future_status::timeout);
    EXPECT_EQ(at.client.deployments.try_reactivate(project, id).error().status, 400);
    at.clock.advance(200ms);
    EXPECT_TRUE(waiting.get());
    asking.join();
    EXPECT_EQ(at.status(project, id), "Deployed");

    at.clock.advance(61s);
    EXPECT_TRUE(at.becomes("Deactivated", project, id));
    EXPECT_EQ(at.client.deployments.reactivate(project, id).info.status, 204);
    EXPECT_EQ(at.status(project, id), "Reactivating");
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, id));
}

TEST(emissary_deployments, rest_after_an_hour_if_nothing_else_is_said) {
    workshop at;
    const std::string project = at.new_project();
    const std::string id = at.new_deployment(project);
    at.clock.advance(3599s);
    EXPECT_EQ(at.status(project, id), "Deployed");
    at.clock.advance(2s);
    EXPECT_TRUE(at.becomes("Deactivated", project, id));
}

TEST(emissary_deployments, keep_to_their_hours) {
    workshop at;
    const std::string project = at.new_project();
    // It is Tuesday, 14 November 2023, 14:13:20 in Los Angeles; a second later it is deployed.
    const std::string id = at.new_deployment(
        project, {.training_job_id = base_model,
                  .schedule = emissary::schedule{
                      .timezone = "America/Los_Angeles",
                      .start_time = 10h,
                      .end_time = 15h,
                      .days = {{emissary::weekday::tuesday, emissary::weekday::thursday}}}});
    at.clock.advance(45min);
    EXPECT_EQ(at.status(project, id), "Deployed");
    at.clock.advance(2min);
    EXPECT_TRUE(at.becomes("Deactivated", project, id));
    at.clock.advance(24h);
    EXPECT_EQ(at.status(project, id), "Deactivated");
    // To ten o'clock sharp: a second later it may have been loaded already.
    at.clock.advance(19h - 21s);
    EXPECT_TRUE(at.becomes("Reactivating", project, id));
    at.clock.advance(1s);
    EXPECT_TRUE(at.becomes("Deployed", project, id));
}

}  // namespace deployment_tests
}  // namespace
}  // namespace tessera::contract::emissary_tests
