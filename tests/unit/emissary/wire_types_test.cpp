// Every described type with random values: nothing is lost on the wire.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tessera/emissary/errors.hpp"
#include "tessera/emissary/operations.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::emissary {

inline time_of_day draw_custom(json::type<time_of_day>) {
    return std::chrono::minutes(*rc::gen::inRange(0, 24 * 60));
}
inline label_ratios draw_custom(json::type<label_ratios>) {
    label_ratios drawn;
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
        drawn["label " + std::to_string(i)] = *rc::gen::inRange(0, 64) / 64.0;
    return drawn;
}

}  // namespace tessera::emissary

#include "support/round_trips.hpp"

namespace tessera::emissary {
namespace {

template <class T>
class emissary_type : public ::testing::Test {};

// Each with all that it is made of.
using wire_types = ::testing::Types<
    base_models, project_request, project_summaries, project_detail, dataset_detail, sft_request,
    grpo_request, training_job_detail, training_job_checkpoints, engine_request, engine_summaries,
    engine_detail, deploy_request, undeploy_request, deployment_request, deployment_detail,
    completion_request, completion, chat_request, embedding_request, embedding_answer,
    classification_request, classification_answer, testing_functions, error_body,
    json::open_enum<model_type>, json::open_enum<training_status>,
    json::open_enum<deployment_status>, json::open_enum<engine_status>, json::open_enum<weekday>>;

TYPED_TEST_SUITE(emissary_type, wire_types);
TYPED_TEST(emissary_type, loses_nothing) { tessera::test::loses_nothing<TypeParam>(); }

TEST(emissary_requests, are_read_strictly) {
    tessera::test::is_strictly_valid<project_request>();
    tessera::test::is_strictly_valid<sft_request>();
    tessera::test::is_strictly_valid<grpo_request>();
    tessera::test::is_strictly_valid<engine_request>();
    tessera::test::is_strictly_valid<deploy_request>();
    tessera::test::is_strictly_valid<undeploy_request>();
    tessera::test::is_strictly_valid<deployment_request>();
    tessera::test::is_strictly_valid<completion_request>();
    tessera::test::is_strictly_valid<chat_request>();
    tessera::test::is_strictly_valid<embedding_request>();
    tessera::test::is_strictly_valid<classification_request>();
}

TEST(emissary_queries, come_back_from_their_texts) {
    tessera::test::holds("a query comes back from its texts", [] {
        const auto given = tessera::test::draw<engines_query>({.known_only = true});
        std::vector<json::issue> issues;
        const auto read = json::decode_texts<engines_query>(json::encode_texts(given),
                                                            json::mode::strict, issues);
        RC_ASSERT(read.has_value());
        RC_ASSERT(json::equal(*read, given));
    });
}

template <class T>
std::string refused(const std::string& text) {
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode_text<T>(text, json::mode::strict, issues)) << text;
    return issues.empty() ? "" : json::to_string(issues[0].path);
}

TEST(emissary_types, what_looks_alike_is_told_apart_by_its_values) {
    const auto read = [](const std::string& text) {
        return json::decode_text<rebalancing>(text).value();
    };
    EXPECT_DOUBLE_EQ(std::get<label_ratios>(read(R"({"a":0.25,"b":1})")).at("a"), 0.25);
    EXPECT_EQ(std::get<label_ratios>(read(R"({"a":1,"b":1})")).size(), 2u);
    EXPECT_EQ(std::get<label_counts>(read(R"({"a":300,"b":1})")).at("b"), 1);
    EXPECT_EQ(refused<rebalancing>(R"({"a":300,"b":0.5})"), "a");
    EXPECT_EQ(refused<rebalancing>("[1]"), "");
    EXPECT_EQ(json::encode(rebalancing(label_counts{{"a", 300}})), R"({"a":300})");
    EXPECT_EQ(json::encode(rebalancing(label_ratios{{"a", 0.5}})), R"({"a":0.5})");
}

TEST(emissary_types, times_of_the_day_are_exact) {
    using namespace std::chrono_literals;
    const auto read = [](const std::string& text) {
        return json::decode_text<schedule>(R"({"start_time":)" + text + "}");
    };
    EXPECT_EQ(read(R"("09:05")")->start_time, time_of_day(9h + 5min));
    EXPECT_EQ(read(R"("23:59")")->start_time->since_midnight(), 24h - 1min);
    EXPECT_EQ(json::encode(schedule{.end_time = 7h + 30min}), R"({"end_time":"07:30"})");
    for (const char* text : {R"("24:00")", R"("9:05")", R"("09:60")", R"("09:5")", R"("09:05:00")",
                             R"("-1:00")", R"("")", "9", R"("0a:00")"})
        EXPECT_FALSE(read(text)) << text;
    EXPECT_THROW(time_of_day(24h), invalid_argument_error);
    EXPECT_THROW(time_of_day(-1min), invalid_argument_error);
}

TEST(emissary_types, unions_are_told_apart_and_grow) {
    const auto managed = [](const std::string& text) {
        return json::decode_text<resource_management>(text).value();
    };
    using namespace std::chrono_literals;
    const auto idle = managed(
        R"({"management_type":"inactive_timeout","management_config":{"inactive_duration":3600}})");
    EXPECT_EQ(std::get<inactive_timeout>(idle).management_config->inactive_duration, 1h);
    const auto hours = managed(
        R"({"management_type":"schedule","management_config":{"days":["monday","someday"]}})");
    EXPECT_EQ(std::get<scheduled>(hours).management_config->days->at(1).text(), "someday");
    EXPECT_TRUE(std::holds_alternative<json::unknown>(managed(R"({"management_type":"tides"})")));
    EXPECT_EQ(refused<engine_request>(
                  R"({"base_model":"m","resource_management_config":{"management_type":"tides"}})"),
              "resource_management_config");

    const auto scores = json::decode_text<classification_answer>(
        R"({"data":[{"index":0,"probs":{"cat":0.25,"dog":0.75}}]})");
    EXPECT_TRUE(std::holds_alternative<label_probabilities>(scores->data.at(0)));
    EXPECT_EQ(scores->best(), std::pair(std::string("dog"), 0.75));
    EXPECT_FALSE(classification_answer().best());
    EXPECT_FALSE(json::decode_text<classification_answer>(R"({"data":[{"index":0}]})"));

    const auto settings =
        json::decode_text<parameters>(R"({"a":3,"b":0.5,"c":"x","d":true,"e":[]})");
    EXPECT_EQ(std::get<std::int64_t>(settings->at("a")), 3);
    EXPECT_EQ(std::get<double>(settings->at("b")), 0.5);
    EXPECT_EQ(std::get<bool>(settings->at("d")), true);
    EXPECT_TRUE(std::holds_alternative<json::unknown>(settings->at("e")));
}

TEST(emissary_types, what_is_settled_stays) {
    const auto job = [](const std::string& status) {
        return json::decode_text<training_job_detail>(R"({"id":"j","name":"n","status":")" +
                                                      status + R"("})")
            ->is_settled();
    };
    for (const char* status : {"Success", "Failed", "TimedOut", "Cancelled"})
        EXPECT_TRUE(job(status)) << status;
    for (const char* status : {"Pending", "Running", "Testing", "Dreaming"})
        EXPECT_FALSE(job(status)) << status;
    const auto deployment = [](const std::string& status) {
        return json::decode_text<deployment_detail>(R"({"id":"d","name":"n","status":")" + status +
                                                    R"("})")
            ->is_settled();
    };
    for (const char* status :
         {"Deployed", "Failed", "Cancelled", "Terminated", "Deactivated", "TimedOut"})
        EXPECT_TRUE(deployment(status)) << status;
    for (const char* status : {"Pending", "Deploying", "Reactivating", "Dreaming"})
        EXPECT_FALSE(deployment(status)) << status;
}

}  // namespace
}  // namespace tessera::emissary
