// What the client sends and reads, operation by operation.
#include <chrono>
#include <vector>

#include "unit/emissary/client_fixture.hpp"

namespace tessera::emissary::test {
namespace {

using namespace std::chrono;

// One request and its answer.
struct exchanged {
    std::string method, target, body{};
    int status = 200;
    std::string answer{};
};

class requests : public service {
  protected:
    client expect(exchanged wanted) {
        asked_ = 0;
        serve([this, wanted = std::move(wanted)](session& on, const received_request& asked, int) {
            ++asked_;
            EXPECT_EQ(asked.head.method, wanted.method);
            EXPECT_EQ(asked.head.target, wanted.target);
            EXPECT_EQ(asked.body, wanted.body);
            EXPECT_EQ(asked.header("x-api-key"), "the-secret");
            EXPECT_EQ(asked.header("authorization"), "");
            if (wanted.status == 204)
                on.send("HTTP/1.1 204 No Content\r\n\r\n");
            else
                on.answer(wanted.status, wanted.answer);
        });
        return at_service();
    }
    void TearDown() override {
        EXPECT_EQ(asked_, 1);
        service::TearDown();
    }

    std::atomic<int> asked_{0};
};

constexpr const char* created_job =
    R"({"id":"tr-1","name":"pairs","training_technique":"SFT","task_type":"classification",)"
    R"("base_model_option":"pre-trained","base_model":"Llama-3.2-1B-Instruct","train_dataset_name":"d",)"
    R"("test_functions":["similarity_score_shared"],"status":"Running","progress":75,"created_by":"user-1",)"
    R"("created_at":1633046400,"updated_at":1633046460})";
constexpr const char* deployment =
    R"({"id":"dp-1","name":"deployment-1","status":"Pending","created_at":1633046400})";

TEST_F(requests, models_list) {
    const auto listed =
        expect(
            {"GET", "/v1/models", "", 200,
             R"([{"name":"Llama-3.2-1B-Instruct","type":"chat","support_serverless":true,)"
             R"("parameter_template":{"learning_rate":0.0002,"num_train_epochs":3,"scheduler":"linear"}}])"})
            .models.list();
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].type, model_type::chat);
    EXPECT_EQ(std::get<double>(listed[0].parameter_template->at("learning_rate")), 0.0002);
    EXPECT_EQ(std::get<std::int64_t>(listed[0].parameter_template->at("num_train_epochs")), 3);
}

TEST_F(requests, models_retrieve) {
    EXPECT_EQ(expect({"GET", "/v1/models/a%2Fb", "", 200, R"({"name":"a/b","type":"completion"})"})
                  .models.retrieve("a/b")
                  .name,
              "a/b");
}

TEST_F(requests, projects_create) {
    EXPECT_EQ(expect({"POST", "/v1/projects", R"({"name":"my_project"})", 201,
                      R"({"id":"ms-1","name":"my_project"})"})
                  .projects.create({.name = "my_project"})
                  .id,
              "ms-1");
}

TEST_F(requests, projects_create_without_a_name) {
    EXPECT_EQ(expect({"POST", "/v1/projects", "", 201, R"({"id":"ms-1","name":"generated"})"})
                  .projects.create()
                  .name,
              "generated");
}

TEST_F(requests, projects_list) {
    EXPECT_EQ(expect({"GET", "/v1/projects", "", 200, R"([{"id":"ms-1","name":"a"}])"})
                  .projects.list()
                  .at(0)
                  .name,
              "a");
}

TEST_F(requests, projects_retrieve) {
    const auto found =
        expect(
            {"GET", "/v1/projects/ms-1", "", 200,
             R"({"id":"ms-1","name":"a","datasets":[{"id":"ds-1","name":"d","created_at":1633046400}],)"
             R"("training_jobs":[)" +
                 std::string(created_job) + R"(],"deployments":[)" + deployment + "]}"})
            .projects.retrieve("ms-1");
    EXPECT_EQ(found.datasets->at(0).created_at, sys_days(2021y / 10 / 1));
    EXPECT_EQ(found.training_jobs->at(0).status, training_status::running);
    EXPECT_EQ(found.deployments->at(0).status, deployment_status::pending);
}

TEST_F(requests, datasets_list) {
    EXPECT_EQ(expect({"GET", "/v1/projects/ms-1/datasets", "", 200,
                      R"([{"id":"ds-1","name":"d","is_uploaded":true}])"})
                  .datasets.list("ms-1")
                  .at(0)
                  .is_uploaded,
              true);
}

TEST_F(requests, datasets_retrieve) {
    const auto found = expect({"GET", "/v1/projects/ms-1/datasets/ds-1", "", 200,
                               R"({"id":"ds-1","name":"d","dataset_download_url":"s3:/my_dataset",)"
                               R"("upload_by":"user-1","updated_at":1633046401})"})
                           .datasets.retrieve("ms-1", "ds-1");
    EXPECT_EQ(found.dataset_download_url, "s3:/my_dataset");
    EXPECT_EQ(*found.updated_at - sys_days(2021y / 10 / 1), 1s);
}

TEST_F(requests, training_jobs_create) {
    const auto begun =
        expect(
            {"POST", "/v1/projects/ms-1/training-jobs",
             R"({"base_model_option":"fine-tuned","base_model":"training-job-1","checkpoint":5,)"
             R"("train_dataset_id":"ds-1","train_test_split_ratio":20.0,"task_type":"classification",)"
             R"("parameters":{"learning_rate":2e-04,"num_train_epochs":3.0,"dynamic_loss":false},)"
             R"("rebalance_data":{"cat":300,"dog":500}})",
             201, created_job})
            .training_jobs.create("ms-1",
                                  {.base_model_option = base_model_option::fine_tuned,
                                   .base_model = "training-job-1",
                                   .checkpoint = 5,
                                   .train_dataset_id = "ds-1",
                                   .train_test_split_ratio = 20,
                                   .task_type = task_type::classification,
                                   .parameters = sft_parameters{.learning_rate = 0.0002,
                                                                .num_train_epochs = 3,
                                                                .dynamic_loss = false},
                                   .rebalance_data = label_counts{{"cat", 300}, {"dog", 500}}});
    EXPECT_EQ(begun.training_technique, training_technique::sft);
    EXPECT_EQ(begun.progress, 75);
    EXPECT_EQ(*begun.updated_at - *begun.created_at, 1min);
}

TEST_F(requests, training_jobs_create_grpo) {
    EXPECT_EQ(expect({"POST", "/v1/projects/ms-1/training-jobs/grpo",
                      R"({"base_model":"m","train_dataset_id":"ds-1","test_functions":["a","b"],)"
                      R"("reward":{"a":0.25,"b":0.75},"parameters":{"num_generations":4}})",
                      201, created_job})
                  .training_jobs
                  .create_grpo("ms-1", {.base_model = "m",
                                        .train_dataset_id = "ds-1",
                                        .test_functions = {"a", "b"},
                                        .reward = {{"a", 0.25}, {"b", 0.75}},
                                        .parameters = grpo_parameters{.num_generations = 4}})
                  .id,
              "tr-1");
}

TEST_F(requests, training_jobs_list) {
    EXPECT_EQ(expect({"GET", "/v1/projects/ms-1/training-jobs", "", 200,
                      "[" + std::string(created_job) + "]"})
                  .training_jobs.list("ms-1")
                  .at(0)
                  .train_dataset_name,
              "d");
}

TEST_F(requests, training_jobs_retrieve) {
    const auto found =
        expect(
            {"GET", "/v1/projects/ms-1/training-jobs/tr-1", "", 200,
             R"({"id":"tr-1","name":"pairs","status":"Testing","reward":{"a":1},)"
             R"("train_dataset":{"id":"ds-1","name":"d"},"training_loss":[{"timestamp":1633046400.5,"loss":0.1234}],)"
             R"("hyper_parameters":{"learning_rate":0.0002,"num_train_epochs":3}})"})
            .training_jobs.retrieve("ms-1", "tr-1");
    EXPECT_EQ(found.status, training_status::testing);
    EXPECT_EQ(found.reward->at("a"), 1);
    EXPECT_EQ(found.train_dataset->id, "ds-1");
    EXPECT_EQ(found.training_loss->at(0).timestamp, sys_days(2021y / 10 / 1) + 500ms);
    EXPECT_EQ(found.training_loss->at(0).loss, 0.1234);
    EXPECT_EQ(std::get<std::int64_t>(found.hyper_parameters->at("num_train_epochs")), 3);
}

TEST_F(requests, training_jobs_checkpoints) {
    const auto kept =
        expect(
            {"GET", "/v1/projects/ms-1/training-jobs/tr-1/checkpoints", "", 200,
             R"([{"checkpoint":3,"model_download_url":"s3:/my_model","test_results":)"
             R"({"general_test_result":"s3://","aggregated_test_result":{"accuracy":"0.95"}}}])"})
            .training_jobs.checkpoints("ms-1", "tr-1");
    EXPECT_EQ(kept.at(0).checkpoint, 3);
    EXPECT_EQ(kept[0].test_results->aggregated_test_result->at("accuracy"), "0.95");
}

TEST_F(requests, engines_create) {
    const scheduled office_hours{.management_config =
                                     schedule{.timezone = "America/Los_Angeles",
                                              .start_time = 10h,
                                              .end_time = 18h + 30min,
                                              .days = {{weekday::monday, weekday::friday}}}};
    const auto made =
        expect(
            {"POST", "/v1/engines",
             R"({"base_model":"m","task_type":"text-generation","resource_management_config":)"
             R"({"management_type":"schedule","management_config":{"timezone":"America/Los_Angeles",)"
             R"("start_time":"10:00","end_time":"18:30","days":["monday","friday"]}}})",
             201, R"({"id":"engine-1","name":"e","status":"Creating","deployment_counts":0})"})
            .engines.create({.base_model = "m",
                             .task_type = task_type::text_generation,
                             .resource_management_config = office_hours});
    EXPECT_EQ(made.status, engine_status::creating);
    EXPECT_EQ(made.deployment_counts, 0);
}

TEST_F(requests, engines_list) {
    EXPECT_EQ(expect({"GET", "/v1/engines?base_model=a%20b&task_type=embedding", "", 200, "[]"})
                  .engines.list({.base_model = "a b", .task_type = task_type::embedding})
                  .size(),
              0u);
}

TEST_F(requests, engines_retrieve) {
    const auto found =
        expect(
            {"GET", "/v1/engines/engine-1", "", 200,
             R"({"id":"engine-1","name":"e","status":"Active","last_access_timestamp":1633046400,)"
             R"("resource_management_config":{"management_type":"inactive_timeout",)"
             R"("management_config":{"inactive_duration":3600}},"deployments":[)" +
                 std::string(deployment) + "]}"})
            .engines.retrieve("engine-1");
    EXPECT_EQ(std::get<inactive_timeout>(*found.resource_management_config)
                  .management_config->inactive_duration,
              1h);
    EXPECT_EQ(found.deployments->at(0).id, "dp-1");
    EXPECT_EQ(found.last_access_timestamp, sys_days(2021y / 10 / 1));
}

TEST_F(requests, engines_deploy) {
    EXPECT_EQ(
        expect({"POST", "/v1/engines/engine-1/deploy",
                R"({"project_id":"ms-1","training_id":"tr-1","checkpoint":1})", 201, deployment})
            .engines
            .deploy("engine-1", {.project_id = "ms-1", .training_id = "tr-1", .checkpoint = 1})
            .id,
        "dp-1");
}

TEST_F(requests, deployments_create) {
    EXPECT_EQ(
        expect({"POST", "/v1/projects/ms-1/deployments",
                R"({"training_job_id":"tr-1","checkpoint":4,"name":"d","inactive_timeout":5400})",
                201, deployment})
            .deployments
            .create("ms-1", {.training_job_id = "tr-1",
                             .checkpoint = 4,
                             .name = "d",
                             .inactive_timeout = 90min})
            .name,
        "deployment-1");
}

TEST_F(requests, deployments_list) {
    EXPECT_EQ(expect({"GET", "/v1/projects/ms-1/deployments", "", 200,
                      "[" + std::string(deployment) + "]"})
                  .deployments.list("ms-1")
                  .size(),
              1u);
}

TEST_F(requests, deployments_retrieve) {
    const auto found =
        expect({"GET", "/v1/projects/ms-1/deployments/dp-1", "", 200,
                R"({"id":"dp-1","name":"d","status":"Deactivated","checkpoint":4,)"
                R"("task_type":"classification","metadata":{"labels":["cat","dog"]}})"})
            .deployments.retrieve("ms-1", "dp-1");
    EXPECT_EQ(found.status, deployment_status::deactivated);
    EXPECT_EQ(std::get<classification_metadata>(*found.metadata).labels->at(1), "dog");
}

TEST_F(requests, completions_create) {
    const auto reply =
        expect(
            {"POST", "/v1/completions",
             R"({"model":"d","prompt":"The capital of France is","max_completion_tokens":5,"top_k":50})",
             200,
             R"({"id":"cmpl-1","object":"text_completion","created":1633046400,"model":"d","choices":[{"index":0,)"
             R"("text":" Paris.","logprobs":null,"stop_reason":null,"finish_reason":"length"}],)"
             R"("usage":{"prompt_tokens":6,"completion_tokens":16,"total_tokens":22,"prompt_tokens_details":null}})"})
            .completions.create({.model = "d",
                                 .prompt = "The capital of France is",
                                 .max_completion_tokens = 5,
                                 .top_k = 50});
    EXPECT_EQ(reply.text(), " Paris.");
    EXPECT_EQ(reply.created, sys_days(2021y / 10 / 1));
    EXPECT_EQ(reply.usage->total_tokens, 22);
}

TEST_F(requests, chat_completions_create) {
    const auto reply =
        expect(
            {"POST", "/v1/chat/completions",
             R"({"model":"d","messages":[{"role":"system","content":"Be brief."},)"
             R"({"role":"user","content":"Hello."}],"max_tokens":64})",
             200,
             R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"d","choices":[{"index":0,)"
             R"("message":{"role":"assistant","content":"Hi.","refusal":null},"finish_reason":"stop"}],)"
             R"("usage":{"prompt_tokens":36,"completion_tokens":8,"total_tokens":44}})"})
            .chat.completions.create({.model = "d",
                                      .messages = {system("Be brief."), user("Hello.")},
                                      .max_tokens = 64});
    EXPECT_EQ(reply.text(), "Hi.");
    EXPECT_EQ(reply.usage->total(), 44);
}

TEST_F(requests, embeddings_create) {
    const auto reply =
        expect({"POST", "/v1/embeddings",
                R"({"model":"d","input":"a","target":"b","euclidean":true})", 200,
                R"({"id":"rq-1","response":{"input_embedding":[1,0.5],"target_embedding":[0,2],)"
                R"("cosine_score":0.25,"euclidean_distance":1.75}})"})
            .embeddings.create({.model = "d", .input = "a", .target = "b", .euclidean = true});
    EXPECT_EQ(reply.vectors.input_embedding, (std::vector<double>{1, 0.5}));
    EXPECT_EQ(reply.vectors.cosine_score, 0.25);
    EXPECT_FALSE(reply.vectors.manhattan_distance);
}

TEST_F(requests, classification_create) {
    const auto reply =
        expect(
            {"POST", "/v1/classification",
             R"({"model":"d","input":"category1 related text","data_format":"logits"})", 200,
             R"({"id":"classify-1","model":"dp-1","data":[{"index":0,"logits":{"cat":0.9453125,"dog":0.01875}}],)"
             R"("usage":{"completion_tokens":0,"prompt_tokens":1587,"total_tokens":1587}})"})
            .classification.create({.model = "d",
                                    .input = "category1 related text",
                                    .data_format = score_format::logits});
    EXPECT_EQ(reply.best(), std::pair(std::string("cat"), 0.9453125));
    EXPECT_EQ(std::get<label_logits>(reply.data.at(0)).index, 0);
    EXPECT_EQ(reply.usage->prompt_tokens, 1587);
}

TEST_F(requests, what_has_no_answer) {
    const struct {
        const char *method, *target, *body;
        response<void> (*call)(const client& api);
    } all[] = {
        {"DELETE", "/v1/projects/ms-1", "",
         [](const client& api) { return api.projects.remove("ms-1"); }},
        {"DELETE", "/v1/projects/ms-1/datasets/ds-1", "",
         [](const client& api) { return api.datasets.remove("ms-1", "ds-1"); }},
        {"POST", "/v1/projects/ms-1/training-jobs/tr-1/cancel", "",
         [](const client& api) { return api.training_jobs.cancel("ms-1", "tr-1"); }},
        {"DELETE", "/v1/projects/ms-1/training-jobs/tr-1", "",
         [](const client& api) { return api.training_jobs.remove("ms-1", "tr-1"); }},
        {"DELETE", "/v1/engines/e-1", "",
         [](const client& api) { return api.engines.remove("e-1"); }},
        {"POST", "/v1/engines/e-1/undeploy", R"({"deployment_name":"d"})",
         [](const client& api) { return api.engines.undeploy("e-1", {.deployment_name = "d"}); }},
        {"POST", "/v1/engines/e-1/reactivate", "",
         [](const client& api) { return api.engines.reactivate("e-1"); }},
        {"POST", "/v1/engines/e-1/deactivate", "",
         [](const client& api) { return api.engines.deactivate("e-1"); }},
        {"DELETE", "/v1/projects/ms-1/deployments/dp-1", "",
         [](const client& api) { return api.deployments.remove("ms-1", "dp-1"); }},
        {"POST", "/v1/projects/ms-1/deployments/dp-1/reactivate", "",
         [](const client& api) { return api.deployments.reactivate("ms-1", "dp-1"); }}};
    for (const auto& each : all) {
        SCOPED_TRACE(each.target);
        const client api = expect({each.method, each.target, each.body, 204});
        EXPECT_EQ(each.call(api).info.status, 204);
        EXPECT_EQ(asked_, 1);
    }
}

TEST_F(requests, testing_functions_list) {
    EXPECT_EQ(expect({"GET", "/v1/testing-functions", "", 200,
                      R"([{"name":"f","content":"def f(): ...","dependencies":["numpy"]}])"})
                  .testing_functions.list()
                  .at(0)
                  .dependencies->at(0),
              "numpy");
}

}  // namespace
}  // namespace tessera::emissary::test
