#include "emissary/training/grpo.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

#include "core/ids.hpp"
#include "emissary/data/selection.hpp"
#include "emissary/training/question.hpp"

namespace tessera::server::emissary {
namespace {

// How often the same answers are learned from: from the second time on the policy is no longer the
// one that drew them, and the ratio of both is clipped.
constexpr std::int64_t updates_of_a_group = 2;

// The answers that are learned from now.
class policy_course {
  public:
    policy_course(const course& of, row_numbers rows, const wire::grpo_request& asked)
        : order_(std::move(rows), course_seed),
          reward_(of.judge.value()),
          questions_at_once_(static_cast<std::size_t>(
              asked.parameters.value().per_device_train_batch_size.value())),
          answers_(static_cast<std::size_t>(asked.parameters->num_generations.value())) {
        for (const data_row& each : of.rows)
            questions_.push_back(question_of(std::get<conversation_example>(each.example)));
    }

    std::int64_t steps_of_epoch() const {
        return updates_of_a_group * order_.steps(questions_at_once_);
    }

    double learn(training_session& by, std::int64_t step, const std::stop_token& stop) {
        if (step % updates_of_a_group == 0) draw(by, step / updates_of_a_group, stop);
        return by.reinforce(judged_, stop);
    }

  private:
    void draw(training_session& by, std::int64_t draw_number, const std::stop_token& stop) {
        const row_numbers asked = order_.of_step(draw_number, questions_at_once_);
        std::vector<std::vector<openai::message>> conversations;
        for (const std::size_t row : asked) conversations.push_back(questions_[row].messages);
        judged_.clear();
        drawn_ = by.draw(conversations,
                         {.answers = answers_,
                          .max_tokens = most_answer_tokens,
                          .seed = mix(course_seed ^ mix(static_cast<std::uint64_t>(draw_number)))},
                         stop);
        for (std::size_t group = 0; group < asked.size(); ++group) {
            const auto answers = std::span(drawn_).subspan(group * answers_, answers_);
            std::vector<double> rewards;
            for (const drawn_answer& each : answers)
                rewards.push_back(reward_.of(each.text, questions_[asked[group]].expected));
            const std::vector<double> advantages = group_advantages(rewards);
            for (std::size_t i = 0; i < answers.size(); ++i)
                judged_.push_back({&answers[i], advantages[i]});
        }
    }

    shuffled_rows order_;
    reward reward_;
    std::size_t questions_at_once_;
    std::size_t answers_;
    std::vector<question> questions_;
    std::vector<drawn_answer> drawn_;
    std::vector<judged_answer> judged_;
};

}  // namespace

std::vector<double> group_advantages(std::span<const double> rewards) {
    const auto count = static_cast<double>(rewards.size());
    double mean = 0, squares = 0;
    for (const double each : rewards) mean += each / count;
    for (const double each : rewards) squares += (each - mean) * (each - mean) / count;
    // What rounding leaves of equal rewards is no difference.
    constexpr double least = 1e-6;
    const double deviation = std::sqrt(squares);
    std::vector<double> made;
    for (const double each : rewards)
        made.push_back(deviation < least ? 0 : (each - mean) / deviation);
    return made;
}

course grpo_course(const wire::grpo_request& asked, const course_material& with) {
    const wire::grpo_parameters& how = asked.parameters.value();
    course made;
    made.options.task = training_task::text;
    made.judge.emplace(asked.reward);
    row_numbers rows = take_rows(made, with, std::nullopt, asked.train_test_split_ratio);
    if (with.from) made.options.from = with.from->folder;
    made.options.learning_rate = how.learning_rate.value();
    made.options.seed = course_seed;
    const auto policy = std::make_shared<policy_course>(made, std::move(rows), asked);
    made.tested_at_once = static_cast<std::size_t>(how.per_device_train_batch_size.value());
    made.steps_of_epoch = policy->steps_of_epoch();
    made.options.steps = steps_of(how.num_train_epochs.value(), made.steps_of_epoch);
    made.learn = [policy](training_session& by, std::int64_t step, const std::stop_token& stop) {
        return policy->learn(by, step, stop);
    };
    return made;
}

}  // namespace tessera::server::emissary
