#include "train/trainer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "model/model.hpp"
#include "train/checkpoint.hpp"
#include "train/host_learner.hpp"

namespace tessera::engine::train {
namespace {

// The rules are those for a config.json.
const model_config& checked(const model_config& config) {
    parse_config(to_json(config));
    return config;
}

void check(const train_options& options) {
    const auto refuse = [](const char* reason) {
        throw engine_error(error_code::invalid_argument,
                           std::string("training options: ") + reason);
    };
    if (options.steps < 1) refuse("steps must be at least 1");
    const objective_options& learned = options.objectives;
    for (const double number : {options.learning_rate, options.epsilon, options.weight_decay,
                                options.clip, options.final_ratio, learned.pair_weight,
                                learned.policy_clip, learned.policy_kl, learned.focus}) {
        if (!std::isfinite(number) || number < 0) {
            refuse(
                "learning_rate, epsilon, weight_decay, clip, final_ratio, pair_weight, "
                "policy_clip, "
                "policy_kl and focus must be from 0 on");
        }
    }
    constexpr int most_labels = 1 << 16;
    if (options.tuned.labels < 0 || options.tuned.labels > most_labels) {
        refuse("labels must be from 0 to 65536");
    }
    const auto& names = options.tuned.label_names;
    if (!names.empty() && static_cast<int>(names.size()) != options.tuned.labels) {
        refuse("label_names must be as many as labels");
    }
    const auto& weights = learned.class_weights;
    if (!weights.empty() && static_cast<int>(weights.size()) != options.tuned.labels) {
        refuse("class_weights must be as many as labels");
    }
    if (!std::ranges::all_of(weights, [](double w) { return std::isfinite(w) && w > 0; })) {
        refuse("class_weights must be positive");
    }
    if (options.epsilon == 0) refuse("epsilon must be positive");
    if (!(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1)) {
        refuse("beta1 and beta2 must be in [0, 1)");
    }
    if (options.warmup_steps < 0 || options.threads < 0) {
        refuse("warmup_steps and threads must not be negative");
    }
}

std::unique_ptr<learner> start(const model_config& config, const train_options& options,
                               std::shared_ptr<const model> frozen) {
    check(options);
    return std::make_unique<host_learner>(checked(config), options.tuned, options.objectives,
                                          options.products, options.threads, std::move(frozen));
}

std::unique_ptr<learner> start(const learning_device& where, const model_config& config,
                               const train_options& options, const tensor_source* frozen) {
    check(options);
    return where.start(checked(config), options.tuned, options.objectives, options.products,
                       frozen);
}

void require_adapters(const train_options& options) {
    if (options.tuned.adapter) return;
    throw engine_error(error_code::invalid_argument,
                       "training options: a model that stays as it is needs adapters");
}

// The sum of losses over what they are divided by.
struct mean_losses {
    double learned = 0, pairs = 0;
};

mean_losses means_of(const losses& sums, const batch& work) {
    mean_losses mean;
    for (std::size_t which = 0; which < objectives; ++which) {
        if (work.totals[which] == 0) continue;
        const bool pairs = which == static_cast<std::size_t>(objective::pairs);
        (pairs ? mean.pairs : mean.learned) += sums[which] / work.totals[which];
    }
    const bool only_pairs = work.total(objective::pairs) > 0 &&
                            std::ranges::count(work.totals, 0.0) == std::ptrdiff_t{objectives} - 1;
    if (only_pairs) mean.learned = mean.pairs;
    return mean;
}

}  // namespace

struct trainer::state {
    state(const train_options& wanted, std::unique_ptr<learner> made)
        : options(wanted), on(std::move(made)) {
        draw_weights(on->layout(), on->config().layers, options.seed, options.threads,
                     on->writable_weights());
    }

    batch prepare(std::span<const training_row> rows) const {
        batch out = make_batch(rows, on->config(), on->limits(), options.tuned.labels,
                               options.objectives.class_weights);
        if (std::ranges::all_of(out.totals, [](double total) { return total == 0; })) {
            throw engine_error(error_code::invalid_argument,
                               "training rows: no token is to be predicted and there are no pairs "
                               "or labels");
        }
        if (on->layout().whole() && options.tuned.labels > 0 &&
            out.total(objective::tokens) + out.total(objective::policy) > 0) {
            throw engine_error(error_code::invalid_argument,
                               "training rows: a classifier has no head that predicts tokens");
        }
        return out;
    }

    // Calls f with what is to be asked between layers.
    template <class F>
    void until_stopped(const std::stop_token& stop, F f) const {
        f([stop, &budget = options.budget] {
            if (budget) budget->wait_while_busy(stop);
            return stop.stop_requested();
        });
        if (stop.stop_requested()) throw training_stopped();
    }

    mean_losses pass(const batch& work, bool gradient, const std::stop_token& stop) {
        std::array<float, objectives> scales{};
        for (std::size_t which = 0; which < objectives; ++which) {
            const bool pairs = which == static_cast<std::size_t>(objective::pairs);
            const double weight = pairs ? options.objectives.pair_weight : 1;
            const double total = work.totals[which];
            scales[which] = static_cast<float>(total > 0 ? weight / total : 0);
        }
        losses sums{};
        until_stopped(stop, [&](const learner::interrupt& stopping) {
            sums = on->pass(work, gradient ? &scales : nullptr, stopping);
        });
        return means_of(sums, work);
    }

    double rate_of(std::int64_t step) const {
        if (step < options.warmup_steps)
            return options.learning_rate * static_cast<double>(step + 1) / options.warmup_steps;
        const double length = std::max(1, options.steps - options.warmup_steps);
        const double done =
            std::min(1.0, static_cast<double>(step - options.warmup_steps) / length);
        const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * done));
        return options.learning_rate * (options.final_ratio + (1 - options.final_ratio) * cosine);
    }

    void update() {
        const double norm = std::sqrt(on->squares());
        if (!std::isfinite(norm)) {
            throw engine_error(error_code::invalid_argument,
                               "training step " + std::to_string(steps + 1) +
                                   ": the gradient's norm is " +
                                   (std::isnan(norm) ? "NaN" : "infinite") +
                                   ", so nothing was learned; go on from an earlier state with a "
                                   "lower learning rate");
        }
        const double clip = options.clip > 0 && norm > options.clip ? options.clip / norm : 1.0;
        const double rate = rate_of(steps);
        ++steps;
        const double correction1 = 1 - std::pow(options.beta1, static_cast<double>(steps));
        const double correction2 =
            std::sqrt(1 - std::pow(options.beta2, static_cast<double>(steps)));
        on->update({.clip = static_cast<float>(clip),
                    .rate = static_cast<float>(rate * correction2 / correction1),
                    .decay = static_cast<float>(rate * options.weight_decay),
                    .beta1 = static_cast<float>(options.beta1),
                    .beta2 = static_cast<float>(options.beta2),
                    .epsilon = static_cast<float>(options.epsilon * correction2)});
        progress.learning_rate = rate;
        progress.gradient_norm = norm;
    }

    train_options options;
    std::unique_ptr<learner> on;
    std::int64_t steps = 0;
    training_progress progress;
};

trainer::trainer(model_config config, train_options options) {
    if (options.tuned.adapter) {
        throw engine_error(error_code::invalid_argument,
                           "training options: adapters need a model that they are for");
    }
    state_ = std::make_unique<state>(
        options, options.on ? start(*options.on, config, options, nullptr)
                            : start(config, options, std::shared_ptr<const model>()));
}
trainer::trainer(std::shared_ptr<const model> frozen, train_options options) {
    require_adapters(options);
    if (options.on) {
        throw engine_error(error_code::invalid_argument,
                           "training options: a device trains adapters for a model's tensors, not "
                           "for a model in the host's memory");
    }
    const model_config config = frozen->config();
    state_ = std::make_unique<state>(options, start(config, options, std::move(frozen)));
}
trainer::trainer(model_config config, const tensor_source& frozen, train_options options) {
    require_adapters(options);
    state_ = std::make_unique<state>(
        options, options.on ? start(*options.on, config, options, &frozen)
                            : start(config, options,
                                    model::load(config, frozen, {.threads = options.threads})));
}
trainer::~trainer() = default;
trainer::trainer(trainer&&) noexcept = default;
trainer& trainer::operator=(trainer&&) noexcept = default;

double trainer::step(std::span<const training_row> rows, const std::stop_token& stop) {
    state& s = *state_;
    const auto start = std::chrono::steady_clock::now();
    const batch work = s.prepare(rows);
    const auto loss = s.pass(work, true, stop);
    s.update();
    s.progress.loss = loss.learned;
    if (work.total(objective::pairs) > 0) s.progress.pair_loss = loss.pairs;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    s.progress.step = static_cast<int>(s.steps);
    s.progress.tokens += work.tokens;
    s.progress.tokens_per_second = static_cast<double>(work.tokens) / taken.count();
    return s.progress.loss;
}

double trainer::evaluate(std::span<const training_row> rows, const std::stop_token& stop) {
    return state_->pass(state_->prepare(rows), false, stop).learned;
}

std::vector<std::vector<float>> trainer::log_probabilities(std::span<const training_row> rows,
                                                           bool without_adapters,
                                                           const std::stop_token& stop) {
    state& s = *state_;
    const batch work = s.prepare(rows);
    std::vector<float> all(static_cast<std::size_t>(work.tokens));
    s.until_stopped(stop, [&](const learner::interrupt& stopping) {
        s.on->log_probabilities(work, without_adapters, all, stopping);
    });
    std::vector<std::vector<float>> out;
    auto from = all.begin();
    for (const training_row& row : rows) {
        const auto to = from + static_cast<std::ptrdiff_t>(row.tokens.size());
        out.emplace_back(from, to);
        from = to;
    }
    return out;
}

bool trainer::run(batch_source& source, const std::function<bool(const training_progress&)>& report,
                  const std::stop_token& stop) {
    while (state_->steps < state_->options.steps) {
        if (stop.stop_requested()) return false;
        try {
            step(source.rows(static_cast<int>(state_->steps)), stop);
        } catch (const training_stopped&) {
            return false;
        }
        if (!report(state_->progress)) return false;
    }
    return true;
}

const training_progress& trainer::progress() const { return state_->progress; }

void trainer::save(const std::filesystem::path& folder, weight_format format) const {
    write_folder(folder, config(), state_->options.tuned, tensors().all(), format);
}
void trainer::load(const std::filesystem::path& folder) {
    read_folder(folder, state_->options.tuned, state_->on->layout(),
                state_->on->writable_weights());
}
void trainer::save_state(const std::filesystem::path& file) const {
    const auto [weights, first, second] = state_->on->state();
    write_state(file, config(), {weights, first, second, state_->steps, state_->progress.tokens});
}
void trainer::load_state(const std::filesystem::path& file) {
    const auto [weights, first, second] = state_->on->state();
    optimiser_state taken{weights, first, second, 0, 0};
    read_state(file, config(), taken);
    state_->steps = taken.steps;
    state_->progress = {.step = static_cast<int>(taken.steps), .tokens = taken.tokens};
}

const model_config& trainer::config() const { return state_->on->config(); }
model_config trainer::saved_config() const {
    return described_model(config(), state_->options.tuned);
}
const train_options& trainer::options() const { return state_->options; }
std::size_t trainer::parameter_count() const { return state_->on->layout().count(); }

std::vector<std::string> trainer::weight_names() const {
    std::vector<std::string> out;
    for (const parameter& one : state_->on->layout().all()) out.push_back(one.name);
    return out;
}

tensor_list trainer::tensors() const {
    std::vector<tensor_view> out;
    const std::span<const float> weights = state_->on->weights();
    const std::string root(state_->options.tuned.adapter ? adapter_root : "");
    for (const parameter& one : state_->on->layout().all())
        out.push_back({root + one.name, dtype::f32, one.shape,
                       std::as_bytes(weights.subspan(one.offset, one.size))});
    return {std::move(out), "a trainer's weights"};
}

std::optional<adapter_config> trainer::adapter() const {
    const tuning& tuned = state_->options.tuned;
    if (!tuned.adapter) return std::nullopt;
    return parse_adapter_config(described_adapter(tuned));
}

std::span<float> trainer::weight(std::string_view name) {
    const parameter* found = state_->on->layout().find(name);
    if (!found) {
        throw engine_error(error_code::invalid_argument, "no weight is named " + in_quotes(name));
    }
    return state_->on->writable_weights().subspan(found->offset, found->size);
}

}  // namespace tessera::engine::train
