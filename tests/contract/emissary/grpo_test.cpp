// Training by rewards: what is rewarded of some questions is learned for others, too.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "contract/bundled.hpp"
#include "emissary/testing/reward.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::contract {
namespace {
namespace emissary_grpo_tests {

const std::string model = "Llama-3.2-1B-Instruct";
const std::string wanted = "I do not know.";
const emissary::reward_weights weights = {{"contains_expected_shared", 0.8},
                                          {"length_ratio_shared", 0.2}};

const emissary::client& client() {
    static const emissary::client made = [] {
        auto options = options_to(bundled_server(), "/emissary");
        options.api_key = secret(server::emissary_options().api_key);
        return emissary::client(std::move(options));
    }();
    return made;
}

std::string dataset_of(const std::string& project, const std::vector<std::string>& questions) {
    std::string rows = "prompt,completion\n";
    for (const std::string& each : questions) rows += each + "," + wanted + "\n";
    const emissary::dataset_upload given{.file = file::of(rows, "rows.csv")};
    return client().datasets.upload(project, given).id;
}

emissary::grpo_request request_for(const std::string& dataset) {
    return {.base_model = model,
            .train_dataset_id = dataset,
            .test_functions = {"contains_expected_shared", "length_ratio_shared"},
            .reward = weights};
}

// What it does not know the bundled model says at times, and invents at others.
TEST(emissary_grpo, raises_the_reward_of_questions_that_it_was_not_trained_on) {
    const std::vector<std::string> held_out = {"Write a poem about snow.", "Name a bird.",
                                               "Say something funny.", "Who wrote the letter?",
                                               "Do you like trains?"};
    const auto project = client().projects.create().id;
    auto request = request_for(dataset_of(
        project,
        {"Say something nice.", "Name an animal.", "Write a poem about rain.", "Do you like dogs?",
         "Write a poem about the sea.", "Name a plant.", "Who won the race?", "Sing me a song."}));
    request.test_dataset_id = dataset_of(project, held_out);
    request.parameters = emissary::grpo_parameters{.learning_rate = 0.001,
                                                   .num_train_epochs = 2,
                                                   .num_generations = 6,
                                                   .per_device_train_batch_size = 4};
    const server::emissary::reward judge(weights);
    double before = 0;
    for (const std::string& each : held_out) {
        const emissary::chat_request asked{.model = model,
                                           .messages = {emissary::user(each)},
                                           .temperature = 0,
                                           .max_tokens = 100};
        before += judge.of(client().chat.completions.create(asked).text(), wanted) /
                  static_cast<double>(held_out.size());
    }

    const auto begun = client().training_jobs.create_grpo(project, request);
    EXPECT_EQ(begun.training_technique, emissary::training_technique::grpo);
    const auto job = client().training_jobs.wait(project, begun.id);
    ASSERT_EQ(job.status, emissary::training_status::success) << json::encode(job.extra);
    EXPECT_EQ(job.reward, weights);
    EXPECT_EQ(job.test_functions, request.test_functions);
    // Two draws an epoch, each of which is learned from twice.
    EXPECT_EQ(job.training_loss.value().size(), 8U);
    const auto checkpoints = client().training_jobs.checkpoints(project, job.id);
    ASSERT_EQ(checkpoints.size(), 2U);
    const auto& results = checkpoints.at(1).test_results.value();
    const double after = std::stod(results.aggregated_test_result.value().at("reward"));
    EXPECT_LT(before, 0.7);
    EXPECT_GT(after, before + 0.2);

    // The numbers are those of the rows.
    const std::string rows = client().files.download(results.general_test_result.value());
    double told = 0;
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < rows.size();) {
        const std::size_t end = rows.find('\n', begin);
        const json::value row = *json::parse(std::string_view(rows).substr(begin, end - begin));
        begin = end + 1;
        EXPECT_EQ(row.at("reward").get<double>(),
                  judge.of(row.at("answer").get<std::string>(), wanted));
        told += row["reward"].get<double>();
        ++count;
    }
    ASSERT_EQ(count, held_out.size());
    EXPECT_NEAR(told / static_cast<double>(count), after, 1e-5);
}

TEST(emissary_grpo, is_refused_with_the_member_that_is_wrong) {
    const auto project = client().projects.create().id;
    const auto sound = request_for(dataset_of(project, {"Hello!", "Good morning"}));
    using changed = std::function<void(emissary::grpo_request&)>;
    const struct {
        changed change;
        int status;
        std::string_view reason;
    } cases[] = {
        {[](auto& r) {
             r.reward = {{"exact_match_shared", 1}};
         },
         400, "reward: \"exact_match_"},
        {[](auto& r) {
             r.reward = {{"absent", 1}};
         },
         400, "reward: \"absent\""},
        {[](auto& r) { r.reward = {}; }, 400, "reward: "},
        {[](auto& r) { r.test_functions = {"absent"}; }, 400, "test_functions[0]: \"absent\""},
        {[](auto& r) { r.task_type = emissary::task_type::classification; }, 400, "task_type: "},
        {[](auto& r) { r.base_model = "absent"; }, 400, "base_model: \"absent\""},
        {[](auto& r) { r.base_model_option = emissary::base_model_option::fine_tuned; }, 404,
         "there is no training job"},
        {[](auto& r) { r.train_dataset_id = "ds-none"; }, 404, "there is no dataset \"ds-none\""},
        {[](auto& r) { r.test_dataset_id = "ds-none"; }, 404, "there is no dataset \"ds-none\""},
        {[](auto& r) { r.train_test_split_ratio = 100; }, 400, "train_test_split_ratio: "},
        {[](auto& r) { r.parameters = emissary::grpo_parameters{.num_generations = 1}; }, 400,
         "parameters.num_generations: "},
        {[](auto& r) { r.parameters = emissary::grpo_parameters{.learning_rate = 0}; }, 400,
         "parameters.learning_rate: "},
        {[](auto& r) { r.parameters = emissary::grpo_parameters{.num_train_epochs = -1}; }, 400,
         "parameters.num_train_epochs: "},
    };
    for (const auto& [change, status, reason] : cases) {
        auto wrong = sound;
        change(wrong);
        const auto refused = client().training_jobs.try_create_grpo(project, wrong);
        ASSERT_FALSE(refused) << reason;
        EXPECT_EQ(refused.error().status, status) << reason;
        const auto body = json::decode_text<emissary::error_body>(refused.error().body);
        ASSERT_TRUE(body) << reason;
        EXPECT_EQ(body->error.find(reason), 0U) << body->error;
    }
    const auto refused = client().training_jobs.try_create_grpo("ms-none", sound);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 404);
    EXPECT_TRUE(client().training_jobs.list(project).empty());
}

}  // namespace emissary_grpo_tests
}  // namespace
}  // namespace tessera::contract
