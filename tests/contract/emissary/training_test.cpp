// Training jobs: what they tell while they run and afterwards, what they leave, every way in which
// they end, and every documented refusal. The model is tiny and knows nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contract/emissary/workshop.hpp"
#include "support/random_model.hpp"

namespace tessera::contract {
namespace {
namespace emissary_training_tests {

using emissary::training_status;
using emissary_tests::base_model;
using emissary_tests::refusal_of;
using emissary_tests::workshop;
using tessera::testing::temporary_folder;
using namespace std::chrono_literals;

workshop& shared() {
    static workshop made;
    return made;
}

// Rows of questions and answers, as JSONL.
std::string conversations(int count) {
    std::string rows;
    for (int i = 0; i < count; ++i)
        rows += R"({"prompt":"say )" + std::to_string(i) + R"(","completion":"said )" +
                std::to_string(i % 3) + "\"}\n";
    return rows;
}

std::string upload(const workshop& at, const std::string& project, std::string rows) {
    return at.client.datasets.upload(project, {.file = file::of(std::move(rows), "rows.jsonl")}).id;
}

emissary::training_job_detail ended(const workshop& at, const std::string& project,
                                    const std::string& job) {
    emissary::training_job_detail now;
    EXPECT_TRUE(comes_true([&] {
        now = at.client.training_jobs.retrieve(project, job);
        return now.is_settled();
    })) << now.status.text();
    return now;
}

// It has run for some steps.
void wait_for_losses(const workshop& at, const std::string& project, const std::string& job) {
    EXPECT_TRUE(comes_true([&] {
        const auto now = at.client.training_jobs.retrieve(project, job);
        return now.is_settled() || !now.training_loss.value().empty();
    }));
}

std::string reason_of(const emissary::training_job_detail& job) {
    return job.extra.value("reason", "");
}

// More than any test waits for.
constexpr emissary::sft_parameters endless{.num_train_epochs = 1000};

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

TEST(emissary_training, waits_for_its_turn_and_is_cancelled_at_once) {
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

TEST(emissary_training, ends_with_what_it_belongs_to) {
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

TEST(emissary_training, fails_with_the_reason) {
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

TEST(emissary_training, times_out) {
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

TEST(emissary_training, goes_on_after_the_server_as_if_it_had_never_ended) {
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
