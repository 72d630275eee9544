#include "emissary/training/grpo.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tessera::server::emissary {
namespace {

TEST(GroupAdvantages, AreDistancesFromTheGroupsMean) {
    const auto advantages = [](std::vector<double> rewards) { return group_advantages(rewards); };
    EXPECT_EQ(advantages({0, 1}), (std::vector<double>{-1, 1}));
    EXPECT_EQ(advantages({1, 0, 0, 1}), (std::vector<double>{1, -1, -1, 1}));
    EXPECT_EQ(advantages({0.1, 0.1, 0.1}), (std::vector<double>{0, 0, 0}));
    const auto made = advantages({0, 0, 0, 1});
    EXPECT_NEAR(made[3], std::sqrt(3.0), 1e-12);
    EXPECT_NEAR(made[0] + made[1] + made[2] + made[3], 0, 1e-12);
    // However large the rewards are.
    EXPECT_EQ(advantages({-1000, 1000}), advantages({0, 0.5}));
}

TEST(Reward, IsTheWeightedSumOfItsFunctions) {
    const reward judge({{"exact_match_shared", 2}, {"length_ratio_shared", -0.5}});
    EXPECT_EQ(judge.of("Paris", "Paris"), 1.5);
    EXPECT_EQ(judge.of("four", "12345678"), -0.25);
    EXPECT_THROW(reward({{"absent", 1}}), std::invalid_argument);
    EXPECT_THROW(reward({}), std::invalid_argument);
}

// Says numbers from 0 on, to whatever it is asked, and remembers what it learned from.
class counting_session : public training_session {
  public:
    struct learned {
        std::string text;
        double advantage;
        bool operator==(const learned&) const = default;
    };
    std::vector<drawing_options> drawings;
    std::vector<std::vector<std::string>> questions;  // of each drawing
    std::vector<std::vector<learned>> updates;

    std::int64_t steps() const override { return static_cast<std::int64_t>(updates.size()); }
    std::vector<drawn_answer> draw(std::span<const std::vector<openai::message>> conversations,
                                   const drawing_options& how, const std::stop_token&) override {
        drawings.push_back(how);
        questions.emplace_back();
        std::vector<drawn_answer> made;
        for (const auto& each : conversations) {
            EXPECT_EQ(each.size(), 1U);
            questions.back().push_back(
                openai::text_of(std::get<openai::user_message>(each[0]).content));
            for (std::size_t i = 0; i < how.answers; ++i)
                made.push_back({.text = std::to_string(i)});
        }
        return made;
    }
    double reinforce(std::span<const judged_answer> answers, const std::stop_token&) override {
        updates.emplace_back();
        for (const judged_answer& each : answers)
            updates.back().push_back({each.answer->text, each.advantage});
        return 0.5;
    }

    void add(std::span<const training_example>) override {}
    double learn(std::span<const std::size_t>, const std::stop_token&) override { return 0; }
    double evaluate(std::span<const std::size_t>, const std::stop_token&) override { return 0; }
    std::vector<std::vector<double>> outputs(std::span<const std::string>,
                                             const std::stop_token&) override {
        return {};
    }
    std::vector<std::vector<float>> vectors(std::span<const std::string>,
                                            const std::stop_token&) override {
        return {};
    }
    void save(const std::filesystem::path&) const override {}
    void load(const std::filesystem::path&) override {}
    void save_state(const std::filesystem::path&) const override {}
    void load_state(const std::filesystem::path&) override {}
};

tessera::emissary::grpo_request asked() {
    return {.base_model = "m",
            .train_dataset_id = "ds",
            .test_functions = {"exact_match_shared"},
            .reward = {{"exact_match_shared", 1}},
            .parameters = tessera::emissary::grpo_parameters{.learning_rate = 0.001,
                                                             .num_train_epochs = 2,
                                                             .num_generations = 4,
                                                             .per_device_train_batch_size = 2}};
}

const std::string three_rows = "prompt,completion\nzero,0\none,1\nnone,x\n";

TEST(Grpo, LearnsFromGroupsOfAnswersTwice) {
    const course made = grpo_course(asked(), {.train = three_rows});
    // Two draws an epoch, of two questions and of one.
    EXPECT_EQ(made.steps_of_epoch, 4);
    EXPECT_EQ(made.options.steps, 8);
    EXPECT_EQ(made.options.task, training_task::text);
    EXPECT_EQ(made.options.learning_rate, 0.001);
    counting_session session;
    for (std::int64_t step = 0; step < made.options.steps; ++step)
        EXPECT_EQ(made.learn(session, step, {}), 0.5);

    ASSERT_EQ(session.drawings.size(), 4U);
    ASSERT_EQ(session.updates.size(), 8U);
    const auto group_of = [](const std::string& question) {
        std::vector<counting_session::learned> group;
        for (int i = 0; i < 4; ++i) {
            const bool right = (question == "zero" && i == 0) || (question == "one" && i == 1);
            const double advantage = question == "none" ? 0
                                     : right            ? std::sqrt(3.0)
                                                        : -1 / std::sqrt(3.0);
            group.push_back({std::to_string(i), advantage});
        }
        return group;
    };
    std::map<std::string, int> seen;
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(session.drawings[i].answers, 4U);
        EXPECT_EQ(session.drawings[i].temperature, 1);
        for (std::size_t k = 0; k < i; ++k)
            EXPECT_NE(session.drawings[i].seed, session.drawings[k].seed);
        EXPECT_EQ(session.updates[2 * i], session.updates[2 * i + 1]);
        std::vector<counting_session::learned> expected;
        for (const std::string& question : session.questions[i]) {
            ++seen[question];
            for (auto& each : group_of(question)) expected.push_back(each);
        }
        ASSERT_EQ(session.updates[2 * i].size(), expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k) {
            EXPECT_EQ(session.updates[2 * i][k].text, expected[k].text);
            EXPECT_NEAR(session.updates[2 * i][k].advantage, expected[k].advantage, 1e-12);
        }
    }
    EXPECT_EQ(seen, (std::map<std::string, int>{{"zero", 2}, {"one", 2}, {"none", 2}}));
}

TEST(Grpo, GoesOnFromAnEpochAsItWouldHave) {
    const course whole = grpo_course(asked(), {.train = three_rows});
    const course resumed = grpo_course(asked(), {.train = three_rows});
    counting_session one, other;
    for (std::int64_t step = 0; step < 8; ++step) whole.learn(one, step, {});
    for (std::int64_t step = 4; step < 8; ++step) resumed.learn(other, step, {});
    EXPECT_EQ(std::vector(one.updates.begin() + 4, one.updates.end()), other.updates);
    EXPECT_EQ(std::vector(one.questions.begin() + 2, one.questions.end()), other.questions);
    EXPECT_EQ(one.drawings[2].seed, other.drawings[0].seed);
}

TEST(Grpo, KeepsRowsForTests) {
    auto request = asked();
    request.train_test_split_ratio = 34;
    const course parted = grpo_course(request, {.train = three_rows});
    EXPECT_EQ(parted.tests.size(), 1U);
    EXPECT_EQ(parted.steps_of_epoch, 2);
    const course tested = grpo_course(asked(), {.train = three_rows, .test = three_rows});
    EXPECT_EQ(tested.tests, (std::vector<std::size_t>{3, 4, 5}));
    EXPECT_TRUE(tested.judge);
    EXPECT_THROW(grpo_course(asked(), {.train = three_rows, .test = "x"}), std::invalid_argument);
    EXPECT_THROW(grpo_course(asked(), {.train = "input,label\na,b\n"}), unreadable_data);
}

}  // namespace
}  // namespace tessera::server::emissary
