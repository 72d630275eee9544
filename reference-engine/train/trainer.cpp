#include "train/trainer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "core/thread_pool.hpp"
#include "model/weights.hpp"
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

cpu::element element_of(product_precision wanted) {
    const bool rounded =
        wanted == product_precision::bf16 && cpu::best_kernels().bf16_input == cpu::element::bf16;
    return rounded ? cpu::element::bf16 : cpu::element::f32;
}

packed_view<float> view_of(const packed_matrix& matrix) {
    return {matrix.type, matrix.data.data(), matrix.bias.empty() ? nullptr : matrix.bias.data(),
            matrix.panels};
}

packed_model<float> view_of(std::shared_ptr<const model> frozen) {
    const model_weights& weights = frozen->weights();
    packed_model<float> out;
    for (const layer_weights& layer : weights.layers)
        out.layers.push_back({layer.attention_norm.data(), view_of(layer.query_key_value),
                              view_of(layer.attention_output), layer.mlp_norm.data(),
                              view_of(layer.gate_up), view_of(layer.down)});
    out.final_norm = weights.norm.data();
    out.head = view_of(weights.output_head());
    out.embedding = view_of(weights.embedding);
    out.owner = std::move(frozen);
    return out;
}

}  // namespace

struct trainer::state {
    state(const model_config& config, const train_options& wanted, packed_model<float> frozen)
        : options((check(wanted), wanted)),
          net(checked(config), options.tuned, options.objectives, std::move(frozen),
              element_of(options.products)),
          pool(options.threads),
          stretches(cut(net.layout())),
          weights(net.layout().size()),
          first(weights.size()),
          second(weights.size()),
          spaces(pool.size()) {
        const std::size_t affordable = (std::size_t{1} << 28) / (weights.size() + 1);
        shard_limit = static_cast<int>(std::clamp<std::size_t>(affordable, 2, 8));
        draw_weights(net.layout(), config.layers, options.seed, weights);
    }

    batch prepare(std::span<const training_row> rows) {
        batch out = make_batch(rows, net.config(), shard_limit, options.tuned.labels,
                               options.objectives.class_weights);
        if (std::ranges::all_of(out.totals, [](double total) { return total == 0; })) {
            throw engine_error(error_code::invalid_argument,
                               "training rows: no token is to be predicted and there are no pairs "
                               "or labels");
        }
        if (net.layout().whole() && options.tuned.labels > 0 &&
            out.total(objective::tokens) + out.total(objective::policy) > 0) {
            throw engine_error(error_code::invalid_argument,
                               "training rows: a classifier has no head that predicts tokens");
        }
        net.reserve_positions(out.longest);
        pool.parallel_for(net.pieces(), [&](int piece) { net.pack(weights.data(), piece); });
        return out;
    }

    // Calls f(shard, workspace) for all. Where there are fewer shards than threads, one after the
    // other, and threads share out each.
    template <class F>
    void for_shards(const batch& work, const std::stop_token& stop, F f) {
        const int shards = static_cast<int>(work.shards.size());
        const bool inside = shards < pool.size();
        for (auto& space : spaces) {
            space.pool = inside ? &pool : nullptr;
            space.stopping = [stop, &budget = options.budget] {
                if (budget) budget->wait_while_busy(stop);
                return stop.stop_requested();
            };
        }
        if (inside) {
            for (int shard = 0; shard < shards; ++shard) f(shard, spaces.front());
        } else {
            pool.parallel_for(shards, [&](int shard, int worker) { f(shard, spaces[worker]); });
        }
        if (stop.stop_requested()) throw training_stopped();
    }

    struct mean_losses {
        double learned = 0, pairs = 0;
    };

    // With `gradient`, one sum of gradients a shard in `gradients`.
    mean_losses pass(const batch& work, bool gradient, const std::stop_token& stop) {
        const std::size_t shards = work.shards.size();
        const std::size_t size = weights.size();
        if (gradient && gradients.size() < size * shards) gradients.resize(size * shards);
        std::vector<std::array<double, objectives>> losses(shards);
        for_shards(work, stop, [&](int shard, workspace<float>& space) {
            bool fresh = true;
            for (const micro_batch& part : work.shards[shard]) {
                if (stop.stop_requested()) return;
                const double weight =
                    part.learned == objective::pairs ? options.objectives.pair_weight : 1;
                const double total = work.total(part.learned);
                losses[shard][static_cast<std::size_t>(part.learned)] += net.run(
                    weights.data(), part, space, static_cast<float>(total > 0 ? weight / total : 0),
                    gradient ? gradients.data() + shard * size : nullptr, fresh);
                fresh = false;
            }
        });
        mean_losses mean;
        for (std::size_t which = 0; which < objectives; ++which) {
            if (work.totals[which] == 0) continue;
            double sum = 0;
            for (const auto& one : losses) sum += one[which];
            const bool pairs = which == static_cast<std::size_t>(objective::pairs);
            (pairs ? mean.pairs : mean.learned) += sum / work.totals[which];
        }
        const bool only_pairs =
            work.total(objective::pairs) > 0 &&
            std::ranges::count(work.totals, 0.0) == std::ptrdiff_t{objectives} - 1;
        if (only_pairs) mean.learned = mean.pairs;
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
    network<float> net;
    thread_pool pool;
    std::vector<stretch> stretches;
    std::vector<float> weights, first, second;
    std::vector<float> gradients;  // of the shards, one after the other
    std::vector<workspace<float>> spaces;
    int shard_limit;
    std::int64_t steps = 0;
    training_progress progress;
};

trainer::trainer(model_config config, train_options options) {
    if (options.tuned.adapter) {
        throw engine_error(error_code::invalid_argument,
                           "training options: adapters need a model that they are for");
    }
    state_ = std::make_unique<state>(config, options, packed_model<float>{});
}
trainer::trainer(std::shared_ptr<const model> frozen, train_options options) {
    if (!options.tuned.adapter) {
        throw engine_error(error_code::invalid_argument,
                           "training options: a model that stays as it is needs adapters");
    }
    const model_config config = frozen->config();
    state_ = std::make_unique<state>(config, options, view_of(std::move(frozen)));
}
trainer::~trainer() = default;
trainer::trainer(trainer&&) noexcept = default;
trainer& trainer::operator=(trainer&&) noexcept = default;

double trainer::step(std::span<const training_row> rows, const std::stop_token& stop) {
    state& s = *state_;
    const auto start = std::chrono::steady_clock::now();
    const batch work = s.prepare(rows);
    const auto loss = s.pass(work, true, stop);
    s.update(static_cast<int>(work.shards.size()));
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
    s.for_shards(work, stop, [&](int shard, workspace<float>& space) {
        space.without_adapters = without_adapters;
        for (const micro_batch& part : work.shards[shard]) {
            if (part.places.empty() || stop.stop_requested()) continue;
            s.net.run(s.weights.data(), part, space, 0, nullptr, false);
            for (std::size_t i = 0; i < part.places.size(); ++i)
                all[part.places[i]] = static_cast<float>(space.log_probabilities[i]);
        }
        space.without_adapters = false;
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
    read_folder(folder, state_->options.tuned, state_->net.layout(), state_->weights);
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

const model_config& trainer::config() const { return state_->net.config(); }
model_config trainer::saved_config() const {
    return described_model(config(), state_->options.tuned);
}
const train_options& trainer::options() const { return state_->options; }
std::size_t trainer::parameter_count() const { return state_->net.layout().count(); }

std::vector<std::string> trainer::weight_names() const {
    std::vector<std::string> out;
    for (const parameter& one : state_->net.layout().all()) out.push_back(one.name);
    return out;
}

tensor_list trainer::tensors() const {
    std::vector<tensor_view> out;
    const std::span<const float> weights = state_->weights;
    const std::string root(state_->options.tuned.adapter ? adapter_root : "");
    for (const parameter& one : state_->net.layout().all())
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
    const parameter* found = state_->net.layout().find(name);
    if (!found) {
        throw engine_error(error_code::invalid_argument, "no weight is named " + in_quotes(name));
    }
    return std::span(state_->weights).subspan(found->offset, found->size);
}

}  // namespace tessera::engine::train
