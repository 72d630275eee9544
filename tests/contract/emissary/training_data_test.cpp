// What of datasets training jobs learn from and are tested on, and what they refuse of them.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "contract/service.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::contract {
namespace {
namespace emissary_training_data_tests {

using changed = std::function<void(emissary::sft_request&)>;

const emissary::client& client() {
    static const emissary::client made = [] {
        auto options = options_to(running_server::shared(), "/emissary");
        options.api_key = secret(server::emissary_options().api_key);
        return emissary::client(std::move(options));
    }();
    return made;
}

std::string dataset_of(const std::string& project, std::string content) {
    const emissary::dataset_upload given{.file = file::of(std::move(content), "rows.csv")};
    return client().datasets.upload(project, given).id;
}

// Eight rows of one label and two of another.
std::string labels() {
    std::string rows = "input,label\n";
    for (int i = 0; i < 10; ++i) rows += "text " + std::to_string(i) + (i < 8 ? ",a\n" : ",b\n");
    return rows;
}

emissary::sft_request classification_of(const std::string& dataset) {
    return {.base_model = "Llama-3.2-1B-Instruct",
            .train_dataset_id = dataset,
            .task_type = emissary::task_type::classification,
            .parameters =
                emissary::sft_parameters{.num_train_epochs = 1, .per_device_train_batch_size = 2}};
}

// How many rows a training learned from, by the steps of two rows each that it took, and on how many
// it was tested.
TEST(emissary_training_data, is_what_the_request_says) {
    using emissary::label_counts;
    using emissary::label_ratios;
    const auto project = client().projects.create().id;
    const std::string dataset = dataset_of(project, labels());
    const std::string other = dataset_of(project, "input,label\nx,a\ny,b\nz,b\n");
    const struct {
        const char* what;
        changed change;
        std::size_t steps;
        std::string tests;
    } cases[] = {
        {"all", [](auto&) {}, 5, ""},
        {"ratios keep the number",
         [](auto& r) {
             r.rebalance_data = label_ratios{{"a", 0.5}, {"b", 0.5}};
         },
         5, ""},
        {"counts do not",
         [](auto& r) {
             r.rebalance_data = label_counts{{"a", 3}, {"b", 9}};
         },
         6, ""},
        {"some", [](auto& r) { r.parameters->downsample_size = 4; }, 2, ""},
        {"split", [](auto& r) { r.train_test_split_ratio = 20; }, 4, "2"},
        {"two datasets", [&](auto& r) { r.test_dataset_id = other; }, 5, "3"},
        {"some, split, as many of each",
         [](auto& r) {
             r.parameters->downsample_size = 9;
             r.train_test_split_ratio = 10;
             r.rebalance_data = label_counts{{"a", 2}};
         },
         2, "1"},
    };
    for (const auto& [what, change, steps, tests] : cases) {
        SCOPED_TRACE(what);
        auto request = classification_of(dataset);
        change(request);
        const auto begun = client().training_jobs.create(project, request);
        const auto job = client().training_jobs.wait(project, begun.id);
        ASSERT_EQ(job.status, emissary::training_status::success) << json::encode(job.extra);
        EXPECT_EQ(job.training_loss.value().size(), steps);
        const auto checkpoints = client().training_jobs.checkpoints(project, job.id);
        ASSERT_EQ(checkpoints.size(), 1U);
        const auto& results = checkpoints.at(0).test_results;
        EXPECT_EQ(results.has_value(), !tests.empty());
        if (!results) continue;
        EXPECT_EQ(results->aggregated_test_result.value().at("rows"), tests);
    }
}

TEST(emissary_training_data, is_refused_with_what_is_wrong) {
    using emissary::label_counts;
    using emissary::label_ratios;
    const auto project = client().projects.create().id;
    const std::string dataset = dataset_of(project, labels());
    const std::string texts = dataset_of(project, "prompt,completion\na,b\n\nc,d\n");
    const std::string one_label = dataset_of(project, "input,label\na,x\nb,x\n");
    const struct {
        changed change;
        std::string_view reason;
    } cases[] = {
        {[&](auto& r) { r.train_dataset_id = texts; },
         "train_dataset_id: line 2: 'completion' is no object of labels"},
        {[&](auto& r) { r.test_dataset_id = texts; }, "test_dataset_id: line 2: "},
        {[&](auto& r) { r.train_dataset_id = one_label; }, "each row has the label 'x'"},
        {[](auto& r) { r.task_type = emissary::task_type::regression; },
         "train_dataset_id: line 2: 'label' is no number"},
        {[](auto& r) { r.task_type = emissary::task_type::embedding; },
         "train_dataset_id: line 2: embedding needs"},
        {[](auto& r) {
             r.rebalance_data = label_ratios{{"a", 1.0}, {"b", 1.0}};
         },
         "the ratios add up to 2"},
        {[](auto& r) {
             r.rebalance_data = label_ratios{{"c", 0.5}};
         },
         "no row has the label 'c'"},
        {[](auto& r) {
             r.rebalance_data = label_counts{{"c", 5}};
         },
         "no row has the label 'c'"},
        {[](auto& r) {
             r.rebalance_data = label_counts{{"a", 200'000}};
         },
         "the number of rows of 'a' is not from 0 to 100000"},
        {[&](auto& r) {
             r.train_dataset_id = texts;
             r.task_type = emissary::task_type::text_generation;
             r.rebalance_data = label_counts{{"a", 5}};
         },
         "rebalance_data: "},
        {[](auto& r) { r.parameters->downsample_size = 0; }, "parameters.downsample_size: "},
        {[](auto& r) { r.train_test_split_ratio = -1; }, "train_test_split_ratio: "},
    };
    for (const auto& [change, reason] : cases) {
        auto wrong = classification_of(dataset);
        change(wrong);
        const auto refused = client().training_jobs.try_create(project, wrong);
        ASSERT_FALSE(refused) << reason;
        EXPECT_EQ(refused.error().status, 400) << reason;
        const auto body = json::decode_text<emissary::error_body>(refused.error().body);
        ASSERT_TRUE(body) << reason;
        EXPECT_NE(body->error.find(reason), std::string::npos) << body->error << "\n" << reason;
    }
    EXPECT_TRUE(client().training_jobs.list(project).empty());
}

}  // namespace emissary_training_data_tests
}  // namespace
}  // namespace tessera::contract
