#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "core/thread_pool.hpp"
#include "train/checkpoint.hpp"
#include "train/network.hpp"

namespace tessera::engine::train {
namespace {

constexpr std::size_t update_block = 16384;

// A run of weights that the optimiser treats alike.
struct stretch {
    std::size_t offset;
    int size;
    bool decays;
};

std::vector<stretch> cut(const parameter_layout& layout) {
    std::vector<stretch> out;
    for (const parameter& one : layout.all())
        for (std::size_t i = 0; i < one.size; i += update_block)
            out.push_back({one.offset + i, static_cast<int>(std::min(update_block, one.size - i)),
                           one.decays});
    return out;
}

// Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014).
struct split_mix {
    std::uint64_t state;
    double uniform() {  // (0, 1]
        std::uint64_t z = state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return static_cast<double>(((z ^ (z >> 31)) >> 11) + 1) * 0x1p-53;
    }
};

void draw(const parameter_layout& layout, int layers, std::uint64_t seed, std::vector<float>& out) {
    split_mix random{seed};
    for (const parameter& one : layout.all()) {
        const std::span<float> weights(out.data() + one.offset, one.size);
        if (!one.decays) {
            std::fill(weights.begin(), weights.end(), one.name.ends_with("bias") ? 0.0F : 1.0F);
            continue;
        }
        const double spread = one.residual ? 0.02 / std::sqrt(2.0 * layers) : 0.02;
        for (float& w : weights) {
            const double radius = std::sqrt(-2 * std::log(random.uniform()));
            const double angle = 2 * std::numbers::pi * random.uniform();
            w = static_cast<float>(spread * radius * std::cos(angle));
        }
    }
}

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
    if (options.rows < 1 || options.row_tokens < 1 || options.steps < 1) {
        refuse("rows, row_tokens and steps must be at least 1");
    }
    for (const double number : {options.learning_rate, options.epsilon, options.weight_decay,
                                options.clip, options.final_ratio, options.pair_weight}) {
        if (!std::isfinite(number) || number < 0) {
            refuse(
                "learning_rate, epsilon, weight_decay, clip, final_ratio and pair_weight must be "
                "from 0 on");
        }
    }
    if (options.epsilon == 0) refuse("epsilon must be positive");
    if (!(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1)) {
        refuse("beta1 and beta2 must be in [0, 1)");
    }
    if (options.warmup_steps < 0 || options.threads < 0) {
        refuse("warmup_steps and threads must not be negative");
    }
}

}  // namespace

struct trainer::state {
    state(const model_config& config, const train_options& wanted)
        : options((check(wanted), wanted)),
          model(checked(config)),
          pool(options.threads),
          stretches(cut(model.layout())),
          weights(model.layout().size()),
          first(weights.size()),
          second(weights.size()),
          spaces(pool.size()) {
        const std::size_t affordable = (std::size_t{1} << 28) / (weights.size() + 1);
        shard_limit = static_cast<int>(std::clamp<std::size_t>(affordable, 2, 8));
        draw(model.layout(), config.layers, options.seed, weights);
    }

    batch prepare(std::span<const training_row> rows) {
        batch out = make_batch(rows, model.config(), shard_limit);
        if (out.targets == 0 && out.pairs == 0) {
            throw engine_error(error_code::invalid_argument,
                               "training rows: no token is to be predicted and there are no pairs");
        }
        model.reserve_positions(out.longest);
        pool.parallel_for(model.pieces(), [&](int piece) { model.pack(weights.data(), piece); });
        return out;
    }

    struct mean_losses {
        double token = 0, pair = 0;
    };

    // With `gradient`, one sum of gradients a shard in `gradients`.
    mean_losses pass(const batch& work, bool gradient) {
        const int shards = static_cast<int>(work.shards.size());
        const std::size_t size = weights.size();
        if (gradient && gradients.size() < size * shards) gradients.resize(size * shards);
        const double tokens = static_cast<double>(std::max<std::int64_t>(work.targets, 1));
        const double pairs = static_cast<double>(std::max<std::int64_t>(work.pairs, 1));
        std::vector<mean_losses> losses(shards);
        pool.parallel_for(shards, [&](int shard, int worker) {
            bool fresh = true;
            for (const micro_batch& part : work.shards[shard]) {
                const double scale = part.pairs ? options.pair_weight / pairs : 1 / tokens;
                (part.pairs ? losses[shard].pair : losses[shard].token) +=
                    model.run(weights.data(), part, spaces[worker], static_cast<float>(scale),
                              gradient ? gradients.data() + shard * size : nullptr, fresh);
                fresh = false;
            }
        });
        mean_losses mean;
        for (const auto& one : losses) {
            mean.token += one.token / tokens;
            mean.pair += one.pair / pairs;
        }
        return mean;
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

    void update(int shards) {
        const auto& arithmetic = cpu::best_kernels();
        const int count = static_cast<int>(stretches.size());
        std::vector<double> squares(count);
        pool.parallel_for(count, [&](int i) {
            squares[i] = arithmetic.reduce(stretches[i].size, shards, weights.size(),
                                           gradients.data() + stretches[i].offset);
        });
        double total = 0;
        for (const double one : squares) total += one;
        const double norm = std::sqrt(total);
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
        pool.parallel_for(count, [&](int i) {
            const auto& [offset, size, decays] = stretches[i];
            arithmetic.adamw(size, static_cast<float>(clip),
                             static_cast<float>(rate * correction2 / correction1),
                             decays ? static_cast<float>(rate * options.weight_decay) : 0.0F,
                             static_cast<float>(options.beta1), static_cast<float>(options.beta2),
                             static_cast<float>(options.epsilon * correction2),
                             gradients.data() + offset, first.data() + offset,
                             second.data() + offset, weights.data() + offset);
        });
        progress.learning_rate = rate;
        progress.gradient_norm = norm;
    }

    train_options options;
    network<float> model;
    thread_pool pool;
    std::vector<stretch> stretches;
    std::vector<float> weights, first, second;
    std::vector<float> gradients;  // of the shards, one after the other
    std::vector<workspace<float>> spaces;
    int shard_limit;
    std::int64_t steps = 0;
    training_progress progress;
};

trainer::trainer(model_config config, train_options options)
    : state_(std::make_unique<state>(config, options)) {}
trainer::~trainer() = default;
trainer::trainer(trainer&&) noexcept = default;
trainer& trainer::operator=(trainer&&) noexcept = default;

double trainer::step(std::span<const training_row> rows) {
    state& s = *state_;
    const auto start = std::chrono::steady_clock::now();
    const batch work = s.prepare(rows);
    const auto loss = s.pass(work, true);
    s.update(static_cast<int>(work.shards.size()));
    s.progress.loss = loss.token;
    if (work.pairs > 0) s.progress.pair_loss = loss.pair;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    s.progress.step = static_cast<int>(s.steps);
    s.progress.tokens += work.tokens;
    s.progress.tokens_per_second = static_cast<double>(work.tokens) / taken.count();
    return s.progress.loss;
}

double trainer::evaluate(std::span<const training_row> rows) {
    return state_->pass(state_->prepare(rows), false).token;
}

void trainer::run(batch_source& source,
                  const std::function<bool(const training_progress&)>& report) {
    std::vector<training_row> rows(state_->options.rows);
    while (state_->steps < state_->options.steps) {
        for (training_row& row : rows) row = source.next();
        step(rows);
        if (!report(state_->progress)) return;
    }
}

const training_progress& trainer::progress() const { return state_->progress; }

void trainer::save(const std::filesystem::path& folder, weight_format format) const {
    write_model(folder, config(), state_->model.layout(), state_->weights, format);
}
void trainer::load(const std::filesystem::path& folder) {
    read_model(folder, state_->model.layout(), state_->weights);
}
void trainer::save_state(const std::filesystem::path& file) const {
    write_state(
        file, config(),
        {state_->weights, state_->first, state_->second, state_->steps, state_->progress.tokens});
}
void trainer::load_state(const std::filesystem::path& file) {
    optimiser_state taken{state_->weights, state_->first, state_->second, 0, 0};
    read_state(file, config(), taken);
    state_->steps = taken.steps;
    state_->progress = {.step = static_cast<int>(taken.steps), .tokens = taken.tokens};
}

const model_config& trainer::config() const { return state_->model.config(); }
const train_options& trainer::options() const { return state_->options; }
std::size_t trainer::parameter_count() const { return state_->model.layout().count(); }

std::vector<std::string> trainer::weight_names() const {
    std::vector<std::string> out;
    for (const parameter& one : state_->model.layout().all()) out.push_back(one.name);
    return out;
}

std::span<float> trainer::weight(std::string_view name) {
    const parameter* found = state_->model.layout().find(name);
    if (!found) {
        throw engine_error(error_code::invalid_argument, "no weight is named " + in_quotes(name));
    }
    return std::span(state_->weights).subspan(found->offset, found->size);
}

}  // namespace tessera::engine::train
