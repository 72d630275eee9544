// Training jobs: what they tell while they run and afterwards, what they leave, and every documented
// refusal. The model is tiny and knows nothing.
#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "contract/emissary/training.hpp"

namespace tessera::contract {
namespace {
namespace emissary_training_tests {

using namespace emissary_tests;
using emissary::training_status;

workshop& shared() {
    static workshop made;
    return made;
}

TEST(emissary_training, tells_what_it_does_and_leaves_a_checkpoint_for_each_epoch) {
    workshop& at = shared();
    const auto project = at.new_project();
    const auto dataset = at.client.datasets.upload(
        project, {.file = file::of(conversations(10), "rows.jsonl"), .name = "rows"});
    const auto begun = at.client.training_jobs.create(
        project, {.base_model = base_model,
                  .train_dataset_id = dataset.id,
                  .train_test_split_ratio = 20,
                  .test_functions = {{"exact_match_shared", "length_ratio_shared"}},
                  .name = "first",
                  .description = "Ten rows",
                  .parameters = emissary::sft_parameters{.learning_rate = 0.001,
                                                         .per_device_train_batch_size = 3}});
    EXPECT_EQ(begun.name, "first");
    EXPECT_EQ(begun.training_technique, emissary::training_technique::sft);
    EXPECT_EQ(begun.task_type, emissary::task_type::text_generation);
    EXPECT_EQ(begun.base_model_option, emissary::base_model_option::pre_trained);
    EXPECT_EQ(begun.base_model, base_model);
    EXPECT_EQ(begun.train_dataset_name, "rows");
    EXPECT_EQ(begun.progress, 0);
    EXPECT_EQ(begun.created_by, "user-tessera");
    const auto now = std::chrono::floor<std::chrono::seconds>(at.clock.wall());
    EXPECT_EQ(begun.created_at, now);

    const auto job = ended(at, project, begun.id);
    EXPECT_EQ(job.status, training_status::success) << reason_of(job);
    EXPECT_EQ(job.progress, 100);
    EXPECT_EQ(job.train_dataset.value().id, dataset.id);
    EXPECT_EQ(job.test_functions.value().size(), 2U);
    const emissary::parameters used{{"learning_rate", 0.001},
                                    {"num_train_epochs", std::int64_t{3}},
                                    {"per_device_train_batch_size", std::int64_t{3}},
                                    {"per_device_eval_batch_size", std::int64_t{2}},
                                    {"dynamic_loss", false}};
    EXPECT_EQ(json::encode(job.hyper_parameters.value()), json::encode(used));
    // Eight rows in steps of three, three times.
    const auto& losses = job.training_loss.value();
    ASSERT_EQ(losses.size(), 9U);
    for (const auto& each : losses) EXPECT_EQ(each.timestamp, emissary::loss_point{now}.timestamp);
    EXPECT_LT(losses.back().loss, losses.front().loss);

    const auto checkpoints = at.client.training_jobs.checkpoints(project, job.id);
    ASSERT_EQ(checkpoints.size(), 3U);
    for (std::size_t i = 0; i < checkpoints.size(); ++i) {
        EXPECT_EQ(checkpoints[i].checkpoint, static_cast<std::int64_t>(i + 1));
        const auto& numbers = checkpoints[i].test_results.value().aggregated_test_result.value();
        EXPECT_EQ(numbers.at("rows"), "2");
        EXPECT_GT(std::stod(numbers.at("loss")), 0);
        for (const char* name : {"exact_match", "exact_match_shared", "length_ratio_shared"})
            EXPECT_TRUE(numbers.contains(name)) << name;
        const std::string rows = at.client.files.download(
            checkpoints[i].test_results.value().general_test_result.value());
        EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 2);
        const auto first = json::parse(rows.substr(0, rows.find('\n')));
        ASSERT_TRUE(first) << rows;
        EXPECT_TRUE((*first)["expected"].get<std::string>().starts_with("said "));
        EXPECT_TRUE((*first)["scores"].contains("length_ratio_shared"));
        const std::string archive =
            at.client.files.download(checkpoints[i].model_download_url.value());
        EXPECT_EQ(archive.size() % 512, 0U);
        for (const char* name : {"config.json", "model.safetensors", "ustar"})
            EXPECT_NE(archive.find(name), archive.npos) << name;
    }
    const auto listed = at.client.training_jobs.list(project);
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].status, training_status::success);
    EXPECT_EQ(at.client.projects.retrieve(project).training_jobs.value().size(), 1U);
}

TEST(emissary_training, of_the_same_data_makes_the_same_weights) {
    workshop& at = shared();
    const auto project = at.new_project();
    const auto dataset = upload(at, project, conversations(6));
    std::vector<std::string> archives;
    for (int i = 0; i < 2; ++i) {
        const auto job = at.client.training_jobs.create(
            project, {.base_model = base_model, .train_dataset_id = dataset});
        EXPECT_EQ(job.name, job.id);
        EXPECT_EQ(ended(at, project, job.id).status, training_status::success);
        archives.push_back(
            at.client.files.download(at.client.training_jobs.checkpoints(project, job.id)
                                         .back()
                                         .model_download_url.value()));
    }
    EXPECT_EQ(archives[0], archives[1]);
}

TEST(emissary_training, serves_each_task) {
    workshop& at = shared();
    const auto project = at.new_project();
    const auto rows = [](const std::function<std::string(int)>& of) {
        std::string all;
        for (int i = 0; i < 20; ++i) all += "{" + of(i) + "}\n";
        return all;
    };
    struct {
        emissary::task_type task;
        std::string data;
        std::vector<std::string> numbers;
    } const cases[] = {
        {emissary::task_type::classification,
         rows([](int i) {
             return R"("input":"text )" + std::to_string(i) + R"(","label":")" +
                    (i % 2 ? "odd" : "even") + "\"";
         }),
         {"loss", "accuracy", "exact_match_shared"}},
        {emissary::task_type::classification,
         rows([](int i) {
             return R"("prompt":"text )" + std::to_string(i) + R"(","completion":{"even":)" +
                    std::to_string(1 - i % 2) + R"(,"small":)" + (i < 10 ? "1" : "0") + "}";
         }),
         {"loss", "accuracy"}},
        {emissary::task_type::regression,
         rows([](int i) {
             return std::string(i % 2 ? R"("input":"zzzz","label":1010)"
                                      : R"("input":"aaaa","label":1000)");
         }),
         {"loss", "mean_absolute_error", "mean_squared_error"}},
        {emissary::task_type::embedding,
         rows([](int i) {
             return R"("input":"text )" + std::to_string(i) + R"(","target":"word )" +
                    std::to_string(i) + "\"";
         }),
         {"loss", "mean_cosine", "nearest_is_target"}},
        {emissary::task_type::embedding,
         rows([](int i) {
             return R"("input":"text )" + std::to_string(i) + R"(","target":"word","score":)" +
                    (i % 2 ? "0.9" : "0.1");
         }),
         {"loss", "mean_cosine", "mean_squared_error"}},
    };
    for (const bool dynamic : {false, true})
        for (const auto& [task, data, numbers] : cases) {
            SCOPED_TRACE(data.substr(0, 60));
            const auto job = at.client.training_jobs.create(
                project, {.base_model = base_model,
                          .train_dataset_id = upload(at, project, data),
                          .train_test_split_ratio = 25,
                          .test_functions = {{"exact_match_shared"}},
                          .task_type = task,
                          .parameters = emissary::sft_parameters{.learning_rate = 0.01,
                                                                 .num_train_epochs = 2,
                                                                 .per_device_train_batch_size = 5,
                                                                 .dynamic_loss = dynamic}});
            EXPECT_EQ(job.task_type, task);
            const auto now = ended(at, project, job.id);
            EXPECT_EQ(now.status, training_status::success) << reason_of(now);
            const auto& losses = now.training_loss.value();
            EXPECT_LT(losses.back().loss, losses.front().loss);
            const auto checkpoints = at.client.training_jobs.checkpoints(project, job.id);
            ASSERT_EQ(checkpoints.size(), 2U);
            const auto& told =
                checkpoints.back().test_results.value().aggregated_test_result.value();
            for (const std::string& each : numbers) EXPECT_TRUE(told.contains(each)) << each;
            EXPECT_EQ(told.at("rows"), "5");
        }
}

TEST(emissary_training, goes_on_from_a_checkpoint) {
    workshop& at = shared();
    const auto project = at.new_project();
    const auto dataset = upload(at, project, conversations(6));
    const auto first = at.client.training_jobs.create(
        project, {.base_model = base_model, .train_dataset_id = dataset, .name = "base"});
    const auto learned = ended(at, project, first.id);
    const auto on = at.client.training_jobs.create(
        project, {.base_model_option = emissary::base_model_option::fine_tuned,
                  .base_model = "base",
                  .checkpoint = 3,
                  .train_dataset_id = dataset});
    EXPECT_EQ(on.base_model_option, emissary::base_model_option::fine_tuned);
    EXPECT_EQ(on.base_model, base_model);
    EXPECT_EQ(on.base_fine_tuned_model, "base");
    EXPECT_EQ(on.base_fine_tuned_model_checkpoint, 3);
    const auto now = ended(at, project, on.id);
    EXPECT_EQ(now.status, training_status::success) << reason_of(now);
    EXPECT_LT(now.training_loss.value().front().loss, learned.training_loss.value().front().loss);

    // A head goes on as what it is, and with its labels.
    const auto labels = upload(at, project,
                               "{\"input\":\"x\",\"label\":\"a\"}\n"
                               "{\"input\":\"y\",\"label\":\"b\"}\n");
    const auto head =
        at.client.training_jobs.create(project, {.base_model = base_model,
                                                 .train_dataset_id = labels,
                                                 .name = "head",
                                                 .task_type = emissary::task_type::classification});
    ended(at, project, head.id);
    const auto other = upload(at, project,
                              "{\"input\":\"x\",\"label\":\"c\"}\n"
                              "{\"input\":\"y\",\"label\":\"b\"}\n");
    emissary::sft_request request{.base_model_option = emissary::base_model_option::fine_tuned,
                                  .base_model = head.id,
                                  .checkpoint = 1,
                                  .train_dataset_id = other,
                                  .task_type = emissary::task_type::classification};
    const auto refused = at.client.training_jobs.try_create(project, request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 400);
    request.train_dataset_id = labels;
    const auto again = at.client.training_jobs.create(project, request);
    EXPECT_EQ(ended(at, project, again.id).status, training_status::success);
}

TEST(emissary_training, of_a_large_model_trains_an_adapter) {
    server::emissary_options how;
    how.whole_training_parameters = 0;
    const workshop at({}, how);
    const auto project = at.client.projects.create().id;
    const auto labels = upload(at, project,
                               "{\"input\":\"x\",\"label\":\"a\"}\n"
                               "{\"input\":\"y\",\"label\":\"b\"}\n");
    for (const auto task :
         {emissary::task_type::text_generation, emissary::task_type::classification}) {
        const bool text = task == emissary::task_type::text_generation;
        const auto job = at.client.training_jobs.create(
            project, {.base_model = base_model,
                      .train_dataset_id = text ? upload(at, project, conversations(10)) : labels,
                      .test_dataset_id = text ? std::nullopt : std::optional(labels),
                      .task_type = task,
                      .parameters = emissary::sft_parameters{.num_train_epochs = 5}});
        const auto now = ended(at, project, job.id);
        EXPECT_EQ(now.status, training_status::success) << reason_of(now);
        EXPECT_LT(now.training_loss.value().back().loss, now.training_loss.value().front().loss);
        const std::string archive = at.client.files.download(
            at.client.training_jobs.checkpoints(project, job.id).back().model_download_url.value());
        EXPECT_NE(archive.find("adapter_model.safetensors"), archive.npos);
    }
}

TEST(emissary_training, refuses_what_is_wrong_by_name) {
    workshop& at = shared();
    const auto project = at.new_project();
    const auto text = upload(at, project, conversations(4));
    const auto labels = upload(at, project,
                               "{\"input\":\"x\",\"label\":\"a\"}\n"
                               "{\"input\":\"y\",\"label\":\"b\"}\n");
    at.client.training_jobs.create(
        project, {.base_model = base_model, .train_dataset_id = text, .name = "taken"});
    const std::string path = "/v1/projects/" + project + "/training-jobs";
    const std::string valid =
        R"("base_model":")" + base_model + R"(","train_dataset_id":")" + text + "\"";
    const std::string of_labels = R"("base_model":")" + base_model + R"(","train_dataset_id":")" +
                                  labels + R"(","task_type":"classification")";
    const std::pair<std::string, std::string> bad[] = {
        {"", "base_model"},
        {R"("base_model":")" + base_model + "\"", "train_dataset_id"},
        {R"("base_model":"nobody","train_dataset_id":")" + text + "\"", "base_model"},
        {valid + R"(,"base_model_option":"half-trained")", "base_model_option"},
        {valid + R"(,"base_model_option":"fine-tuned")", "there is no training job"},
        {R"("base_model":"taken","base_model_option":"fine-tuned","train_dataset_id":")" + text +
             "\"",
         "checkpoint"},
        {R"("base_model":"taken","base_model_option":"fine-tuned","checkpoint":77,)"
         R"("train_dataset_id":")" +
             text + "\"",
         "checkpoint"},
        {valid + R"(,"checkpoint":1.5)", "checkpoint"},
        {valid + R"(,"task_type":"poetry")", "task_type"},
        {valid + R"(,"task_type":"classification")", "line 1"},
        {valid + R"(,"task_type":"regression")", "line 1"},
        {valid + R"(,"task_type":"embedding")", "line 1"},
        {valid + R"(,"rebalance_data":{"a":0.5,"b":0.5})", "rebalance_data"},
        {of_labels + R"(,"rebalance_data":{"a":0.5,"c":0.5})", "c"},
        {valid + R"(,"train_test_split_ratio":100)", "train_test_split_ratio"},
        {valid + R"(,"train_test_split_ratio":-1)", "train_test_split_ratio"},
        {valid + R"(,"test_functions":["none_of_ours"])", "test_functions"},
        {valid + R"(,"hf_model_link":"https://huggingface.co/x")", "hf_model_link"},
        {valid + R"(,"name":"taken")", "name"},
        {valid + R"(,"name":"")", "name"},
        {valid + R"(,"parameters":{"learning_rate":0})", "learning_rate"},
        {valid + R"(,"parameters":{"learning_rate":-0.1})", "learning_rate"},
        {valid + R"(,"parameters":{"learning_rate":"fast"})", "learning_rate"},
        {valid + R"(,"parameters":{"num_train_epochs":0})", "num_train_epochs"},
        {valid + R"(,"parameters":{"num_train_epochs":1001})", "num_train_epochs"},
        {valid + R"(,"parameters":{"per_device_train_batch_size":0})",
         "per_device_train_batch_size"},
        {valid + R"(,"parameters":{"per_device_train_batch_size":2.5})",
         "per_device_train_batch_size"},
        {valid + R"(,"parameters":{"per_device_eval_batch_size":129})",
         "per_device_eval_batch_size"},
        {valid + R"(,"parameters":{"downsample_size":0})", "downsample_size"},
        {valid + R"(,"parameters":{"dynamic_loss":"yes"})", "dynamic_loss"},
    };
    for (const auto& [members, place] : bad) {
        SCOPED_TRACE(members);
        const auto [status, message] = refusal_of(at.ask("POST", path, "{" + members + "}"));
        EXPECT_EQ(status, message.starts_with("there is no") ? 404 : 400) << message;
        EXPECT_NE(message.find(place), message.npos) << message;
    }
    EXPECT_EQ(refusal_of(at.ask("POST", path, "nonsense")).first, 400);
    // What is no member of this API is passed over.
    EXPECT_EQ(at.ask("POST", path, "{" + valid + R"(,"favourite_colour":"blue"})").status, 201);
}

TEST(emissary_training, is_of_one_project) {
    workshop& at = shared();
    const auto mine = at.new_project(), other = at.new_project();
    const auto dataset = upload(at, mine, conversations(2));
    const auto job = at.client.training_jobs
                         .create(mine, {.base_model = base_model, .train_dataset_id = dataset})
                         .id;
    ended(at, mine, job);
    const std::string body =
        R"({"base_model":")" + base_model + R"(","train_dataset_id":")" + dataset + "\"}";
    const auto jobs_of = [](const std::string& project) {
        return "/v1/projects/" + project + "/training-jobs";
    };
    const std::tuple<std::string, std::string, std::string> unknown[] = {
        {"POST", jobs_of("ms-none"), body},
        {"POST", jobs_of(other), body},  // whose dataset it is not
        {"GET", jobs_of("ms-none"), ""},
        {"GET", jobs_of(other) + "/" + job, ""},
        {"GET", jobs_of(mine) + "/tr-none", ""},
        {"GET", jobs_of(other) + "/" + job + "/checkpoints", ""},
        {"GET", jobs_of(mine) + "/" + job + "/checkpoints/9/model", ""},
        {"GET", jobs_of(mine) + "/" + job + "/checkpoints/01/model", ""},
        {"GET", jobs_of(mine) + "/" + job + "/checkpoints/1/test-results", ""},
        {"POST", jobs_of(other) + "/" + job + "/cancel", ""},
        {"DELETE", jobs_of(other) + "/" + job, ""},
    };
    for (const auto& [method, path, sent] : unknown) {
        SCOPED_TRACE(method + " " + path);
        EXPECT_EQ(refusal_of(at.ask(method, path, sent)).first, 404);
        EXPECT_EQ(refusal_of(at.ask(method, path, sent, "wrong")).first, 401);
    }
    EXPECT_EQ(at.ask("GET", jobs_of(mine) + "/" + job).status, 200);
}

}  // namespace emissary_training_tests
}  // namespace
}  // namespace tessera::contract
