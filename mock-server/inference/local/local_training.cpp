#include "inference/local/local_training.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/compute_budget.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "inference/local/asking.hpp"
#include "inference/local/examples.hpp"
#include "inference/local/local_reading.hpp"
#include "inference/local/prompt.hpp"
#include "loading/weight_files.hpp"
#include "run/backend.hpp"
#include "train/cuda_learner.hpp"
#include "train/parameters.hpp"

namespace tessera::server {
namespace {

namespace train = engine::train;

// Below whatever is asked of models that serve.
constexpr int idle_priority = -1;
// Of the loss that is called dynamic: the exponent of Lin et al.'s focal loss that they recommend.
constexpr double focus = 2;
// Of Adam, whose steps are otherwise as long for the gradients of what is known by heart already:
// those would move all that the model knows besides. Gradients of what is new are larger.
constexpr double careful_epsilon = 1e-4;
constexpr int adapter_rank = 8;
// Adam's steps do not grow with the gradient, so that an adapter moves by its scale times the
// learning rate. At this scale it takes the rates that are usual for whole models; 2 is usual for
// adapters, whose rates are ten times as high.
constexpr double adapter_scale = 20;
constexpr std::size_t scored_at_once = 16;  // answers

train::weight_format format_of(const local_state& of) {
    return of.precision == "FP32" ? train::weight_format::f32 : train::weight_format::bf16;
}

train::train_options options_of(const local_state& of, const training_options& how) {
    train::train_options made{.steps = static_cast<int>(how.steps),
                              .learning_rate = how.learning_rate,
                              .beta2 = 0.999,
                              .weight_decay = 0,
                              .warmup_steps = 0,
                              .final_ratio = 0,
                              .seed = how.seed,
                              .threads = of.budget->threads(),
                              .budget = of.budget};
    made.on = train::learners_of(of.computes());
    if (made.on && format_of(of) == train::weight_format::bf16)
        made.products = train::product_precision::bf16;
    if (how.part == trained_part::whole && how.task == training_task::text)
        made.epsilon = careful_epsilon;
    if (how.part == trained_part::adapter)
        made.tuned.adapter =
            train::adapter_options{.rank = adapter_rank, .alpha = adapter_scale * adapter_rank};
    if (how.task == training_task::classification || how.task == training_task::regression) {
        made.tuned.labels = static_cast<int>(how.head.labels.size());
        made.tuned.label_names = how.head.labels;
        made.tuned.problem = how.task == training_task::regression
                                 ? engine::problem_kind::regression
                             : how.head.several ? engine::problem_kind::multi_label
                                                : engine::problem_kind::single_label;
    }
    made.objectives = {.pair_weight = 1,
                       .policy_clip = how.policy_clip,
                       .policy_kl = how.policy_kl,
                       .focus = how.dynamic_loss ? focus : 0};
    return made;
}

}  // namespace

std::size_t parameters_of(const local_state& of) {
    return train::parameter_layout(of.config).count();
}

// An engine of its own for whole weights; the model's own one for an adapter.
class local_training::serving {
  public:
    serving(const local_state& of, const train::trainer& trained) {
        if (const auto adapter = trained.adapter()) {
            shared_ = of.runner.get();
            number_ = shared_->attach(*adapter, trained.tensors());
            return;
        }
        own_ = of.start_beside(
            trained.saved_config(), std::make_shared<const engine::tensor_list>(trained.tensors()),
            format_of(of) == train::weight_format::f32 ? engine::weight_precision::f32
                                                       : engine::weight_precision::bf16,
            idle_priority);
    }
    ~serving() {
        if (shared_) shared_->detach(number_);
    }
    serving(const serving&) = delete;
    serving& operator=(const serving&) = delete;

    engine::engine& runner() { return own_ ? *own_ : *shared_; }
    int adapter() const { return number_; }

  private:
    std::unique_ptr<engine::engine> own_;
    engine::engine* shared_ = nullptr;
    int number_ = 0;
};

local_training::local_training(const local_state& of, training_options how)
    : of_(of), how_(std::move(how)) {
    try {
        thread_.call([&] { trainer_ = begin(); });
    } catch (const engine::engine_error& thrown) {
        throw std::runtime_error("the model \"" + of.name +
                                 "\" cannot be trained: " + thrown.what());
    }
}

local_training::~local_training() = default;

std::unique_ptr<train::trainer> local_training::begin() const {
    const bool adapter = how_.part == trained_part::adapter;
    const train::train_options options = options_of(of_, how_);
    std::unique_ptr<train::trainer> made;
    if (!adapter)
        made = std::make_unique<train::trainer>(of_.config, options);
    else if (options.on)
        made = std::make_unique<train::trainer>(of_.config, engine::weight_files::open(of_.folder),
                                                options);
    else
        made = std::make_unique<train::trainer>(of_.on_host(), options);
    if (how_.from)
        made->load(*how_.from);
    else if (!adapter)
        made->load(of_.folder);
    return made;
}

std::int64_t local_training::steps() const { return trainer_->progress().step; }

void local_training::add(std::span<const training_example> examples) {
    for (std::size_t i = 0; i < examples.size(); ++i) try {
            rows_.push_back(row_of(of_, how_, examples[i]));
        } catch (const std::runtime_error& thrown) {
            throw unusable_example(i, thrown.what());
        }
}

double local_training::step(const std::vector<train::training_row>& rows,
                            const std::stop_token& stop) {
    serving_.reset();
    double loss = 0;
    try {
        thread_.call([&] { loss = trainer_->step(rows, stop); });
    } catch (const train::training_stopped&) {
        throw training_stopped();
    } catch (const engine::engine_error& thrown) {
        throw training_diverged(thrown.what());
    }
    if (!std::isfinite(loss))
        throw training_diverged("training step " + std::to_string(steps()) +
                                ": the loss is not a number; lower the learning rate");
    return loss;
}

double local_training::learn(std::span<const std::size_t> examples, const std::stop_token& stop) {
    return step(joined(rows_, examples), stop);
}

double local_training::evaluate(std::span<const std::size_t> examples,
                                const std::stop_token& stop) {
    double loss = 0;
    try {
        const auto rows = joined(rows_, examples);
        thread_.call([&] { loss = trainer_->evaluate(rows, stop); });
    } catch (const train::training_stopped&) {
        throw training_stopped();
    }
    return loss;
}

local_training::serving& local_training::current() {
    if (!serving_) serving_ = std::make_unique<serving>(of_, *trainer_);
    return *serving_;
}

std::vector<drawn_answer> local_training::draw(
    std::span<const std::vector<openai::message>> conversations, const drawing_options& how,
    const std::stop_token& stop) {
    std::vector<engine::generation_request> requests;
    for (const auto& messages : conversations) {
        const auto prompt = chat_prompt(of_, {.messages = messages});
        if (!prompt) throw std::runtime_error(prompt.error().message);
        for (std::size_t i = 0; i < how.answers; ++i)
            requests.push_back({.prompt = *prompt,
                                .sampling = {.temperature = static_cast<float>(how.temperature),
                                             .seed = mix(how.seed ^ mix(requests.size()))},
                                .max_tokens = static_cast<int>(how.max_tokens),
                                .priority = idle_priority,
                                .adapter = current().adapter()});
    }
    auto answers = ask(current().runner(), requests, stop);
    std::vector<drawn_answer> made;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        asked_answer& answer = answers[i];
        drawn_answer& to = made.emplace_back();
        to.text = std::move(answer.text);
        to.tokens = std::move(requests[i].prompt);
        to.begin = to.tokens.size();
        to.tokens.insert(to.tokens.end(), answer.tokens.begin(), answer.tokens.end());
        if (answer.ended && !of_.config.eos_tokens.empty())
            to.tokens.push_back(of_.config.eos_tokens.front());
        to.log_probabilities.resize(to.tokens.size());
        to.reference.resize(to.tokens.size());
    }
    if (how.temperature > 0) score(made, stop);
    return made;
}

void local_training::score(std::vector<drawn_answer>& answers, const std::stop_token& stop) {
    // What learns has its room first; what answers may do with the processors.
    if (!reference_) serving_.reset();
    try {
        thread_.call([&] {
            if (!reference_) reference_ = begin();
            for (std::size_t i = 0; i < answers.size(); i += scored_at_once) {
                const std::size_t end = std::min(answers.size(), i + scored_at_once);
                std::vector<train::training_row> rows;
                for (std::size_t k = i; k < end; ++k) rows.push_back(row_of(answers[k]));
                auto now = trainer_->log_probabilities(rows, false, stop);
                auto before = reference_->log_probabilities(rows, false, stop);
                for (std::size_t k = i; k < end; ++k) {
                    answers[k].log_probabilities = std::move(now[k - i]);
                    answers[k].reference = std::move(before[k - i]);
                }
            }
        });
    } catch (const train::training_stopped&) {
        throw training_stopped();
    }
}

double local_training::reinforce(std::span<const judged_answer> answers,
                                 const std::stop_token& stop) {
    return step(rows_of(answers), stop);
}

std::vector<std::vector<float>> local_training::read(std::span<const std::string> texts,
                                                     bool classify, const std::stop_token& stop) {
    engine::reading_request request{
        .classify = classify, .adapter = current().adapter(), .priority = idle_priority};
    for (const std::string& each : texts) {
        auto tokens = input_of(of_, each, "the text");
        if (!tokens) throw std::runtime_error(tokens.error().message);
        request.inputs.push_back(*std::move(tokens));
    }
    return ask(current().runner(), std::move(request), stop);
}

std::vector<std::vector<double>> local_training::outputs(std::span<const std::string> texts,
                                                         const std::stop_token& stop) {
    std::vector<std::vector<double>> made;
    for (const std::vector<float>& each : read(texts, true, stop)) {
        auto& to = made.emplace_back(each.begin(), each.end());
        for (double& output : to) output = how_.head.offset + how_.head.scale * output;
    }
    return made;
}

std::vector<std::vector<float>> local_training::vectors(std::span<const std::string> texts,
                                                        const std::stop_token& stop) {
    std::vector<std::vector<float>> made;
    for (std::vector<float>& each : read(texts, false, stop)) {
        const std::size_t size = each.size();
        made.push_back(unit_vector(std::move(each), size));
    }
    return made;
}

void local_training::save(const std::filesystem::path& folder) const {
    trainer_->save(folder, format_of(of_));
}
void local_training::load(const std::filesystem::path& folder) {
    serving_.reset();
    trainer_->load(folder);
}
void local_training::save_state(const std::filesystem::path& file) const {
    trainer_->save_state(file);
}
void local_training::load_state(const std::filesystem::path& file) {
    serving_.reset();
    trainer_->load_state(file);
}

}  // namespace tessera::server
