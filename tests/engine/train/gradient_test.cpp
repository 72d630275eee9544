#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "support.hpp"
#include "support/sanitized.hpp"

namespace tessera::engine::train {
namespace {

nlohmann::json golden() {
    std::ifstream in(TESSERA_TEST_DATA "/golden.json");
    return nlohmann::json::parse(in);
}

// Pairs of documents of various lengths, among rows that predict.
std::vector<training_row> with_pairs(std::vector<training_row> rows, int vocab) {
    training_row row;
    row.pairs = true;
    for (const int length : {5, 1, 9, 14, 3, 7}) {
        row.document_starts.push_back(static_cast<int>(row.tokens.size()));
        for (int i = 0; i < length; ++i)
            row.tokens.push_back((i * 11 + length * 3 + i * i / 2) % vocab);
    }
    rows.insert(rows.begin() + 1, row);
    return rows;
}

// The same with a cosine for each pair.
std::vector<training_row> with_cosines(std::vector<training_row> rows, int vocab) {
    rows = with_pairs(std::move(rows), vocab);
    rows[1].values = {0.9F, -0.2F, 0.4F};
    return rows;
}

constexpr int labels = 3;

// Rows of documents for one objective.
std::vector<training_row> rows_for(objective learned, int vocab) {
    auto rows = golden_rows(vocab);
    if (learned == objective::pairs) return with_pairs(rows, vocab);
    for (training_row& row : rows) {
        const std::size_t documents = row.document_starts.size();
        if (learned == objective::classes) {
            for (std::size_t d = 0; d < documents; ++d)
                row.classes.push_back(static_cast<int>((d + row.tokens.size()) % labels));
        } else if (learned == objective::values) {
            for (std::size_t k = 0; k < documents * labels; ++k)
                row.values.push_back(static_cast<float>(std::cos(double(k) + double(documents))));
        } else if (learned == objective::policy) {
            // Near the log probabilities of a model that knows little, so that some are clipped.
            const double usual = -std::log(double(vocab));
            for (std::size_t k = 0; k < row.tokens.size(); ++k)
                row.policy.push_back({static_cast<float>(std::sin(double(k) * 0.9)),
                                      static_cast<float>(usual + 0.4 * std::sin(double(k) * 1.7)),
                                      static_cast<float>(usual + 0.3 * std::cos(double(k)))});
        }
    }
    return rows;
}

template <class T>
std::vector<T> golden_weights(const parameter_layout& layout) {
    std::vector<T> out(layout.size());
    const auto& all = layout.all();
    for (std::size_t p = 0; p < all.size(); ++p)
        for (std::size_t i = 0; i < all[p].size; ++i)
            out[all[p].offset + i] = golden_weight<T>(all[p].name, p, i);
    return out;
}

struct whole_pass {
    explicit whole_pass(const model_config& config, objective learned = objective::tokens,
                        const tuning& tuned = {}, packed_model<double> frozen = {})
        : whole_pass(config, rows_for(learned, config.vocab_size), tuned, std::move(frozen)) {}

    whole_pass(const model_config& config, const std::vector<training_row>& rows,
               const tuning& tuned, packed_model<double> frozen = {})
        : net(config, tuned, {.class_weights = tuned.labels ? weights_of_classes : none},
              std::move(frozen)),
          weights(golden_weights<double>(net.layout())),
          work(make_batch(rows, config, {.shards = 2}, tuned.labels,
                          tuned.labels ? weights_of_classes : none)) {
        net.reserve_positions(work.longest);
    }

    double loss(std::vector<double>* gradients = nullptr) {
        for (int i = 0; i < net.pieces(); ++i) net.pack(weights.data(), i);
        // Garbage, which the first part of a batch overwrites.
        if (gradients) gradients->assign(weights.size(), 1e9);
        double total = 0;
        bool fresh = true;
        for (const auto& shard : work.shards)
            for (const micro_batch& part : shard) {
                const double scale = 1 / work.total(part.learned);
                total += scale * net.run(weights.data(), part, space, scale,
                                         gradients ? gradients->data() : nullptr, fresh);
                fresh = false;
            }
        return total;
    }

    // Against finite differences, of some weights of each matrix.
    void check(double relative = 0) {
        std::vector<double> gradients;
        loss(&gradients);
        for (const parameter& one : net.layout().all()) {
            // Later layers compute what the first one does.
            const bool repeats = one.name.find(".layers.") != std::string::npos &&
                                 one.name.find(".layers.0.") == std::string::npos;
            for (const std::size_t i : {std::size_t{0}, one.size / 3, one.size - 1}) {
                if (test::sanitized && (repeats || i != one.size / 3)) continue;
                constexpr double h = 1e-5;
                double& w = weights[one.offset + i];
                const double kept = w;
                w = kept + h;
                const double above = loss();
                w = kept - h;
                const double below = loss();
                w = kept;
                const double found = gradients[one.offset + i];
                EXPECT_NEAR(found, (above - below) / (2 * h), 1e-8 + relative * std::abs(found))
                    << one.name << " " << i;
            }
        }
    }

    inline static const std::vector<double> weights_of_classes{1, 2, 0.5};
    inline static const std::vector<double> none{};
    network<double> net;
    std::vector<double> weights;
    workspace<double> space;
    batch work;
};

TEST(Gradients, AreThoseOfPyTorch) {
    for (const auto& expected : golden()) {
        SCOPED_TRACE(expected["config"]["name"]);
        whole_pass pass(golden_config(expected["config"]));
        std::vector<double> gradients;
        EXPECT_NEAR(pass.loss(&gradients), expected["loss"].get<double>(), 1e-9);
        ASSERT_EQ(expected["gradients"].size(), pass.net.layout().all().size());
        for (const parameter& one : pass.net.layout().all()) {
            SCOPED_TRACE(one.name);
            const double* g = gradients.data() + one.offset;
            double squares = 0, fast = 0, slow = 0;
            for (std::size_t i = 0; i < one.size; ++i) {
                squares += g[i] * g[i];
                fast += g[i] * std::cos(double(i) * 0.7);
                slow += g[i] * std::cos(double(i) * 0.013);
            }
            const double found[] = {g[0], g[one.size - 1], std::sqrt(squares), fast, slow};
            for (int k = 0; k < 5; ++k)
                EXPECT_NEAR(found[k], expected["gradients"][one.name][k].get<double>(), 1e-8) << k;
        }
    }
}

constexpr std::pair<objective, const char*> named_objectives[] = {{objective::tokens, "Tokens"},
                                                                  {objective::pairs, "Pairs"},
                                                                  {objective::classes, "Classes"},
                                                                  {objective::values, "Values"},
                                                                  {objective::policy, "Policy"}};

bool has_labels(objective learned) {
    return learned == objective::classes || learned == objective::values;
}

TEST(Gradients, AreFiniteDifferences) {
    for (const auto& expected : golden())
        for (const auto& [learned, name] : named_objectives) {
            SCOPED_TRACE(expected["config"]["name"].get<std::string>() + ' ' + name);
            whole_pass(golden_config(expected["config"]), learned,
                       {.labels = has_labels(learned) ? labels : 0})
                .check();
        }
}

TEST(Gradients, OfWantedCosinesAndOfSeveralLabelsAreFiniteDifferences) {
    const model_config config = golden_config(golden()[1]["config"]);
    whole_pass(config, with_cosines(golden_rows(config.vocab_size), config.vocab_size), {}).check();
    auto rows = rows_for(objective::values, config.vocab_size);
    for (training_row& row : rows)
        for (float& value : row.values) value = value > 0 ? 1 : 0;
    whole_pass(config, rows, {.labels = labels, .problem = problem_kind::multi_label}).check();
}

TEST(Gradients, OfAdaptersAreFiniteDifferences) {
    for (const auto& expected : golden()) {
        model_config config = golden_config(expected["config"]);
        config.tied_embeddings = true;
        network<double> base(config);
        const auto weights = golden_weights<double>(base.layout());
        for (int i = 0; i < base.pieces(); ++i) base.pack(weights.data(), i);
        for (const auto& [learned, name] : named_objectives) {
            SCOPED_TRACE(expected["config"]["name"].get<std::string>() + ' ' + name);
            whole_pass pass(config, learned,
                            {.adapter = adapter_options{.rank = 3, .alpha = 5},
                             .labels = has_labels(learned) ? labels : 0},
                            base.packed());
            pass.check(1e-8);
        }
        whole_pass few(config, objective::tokens,
                       {.adapter = adapter_options{.modules = {"v_proj", "up_proj"}}},
                       base.packed());
        EXPECT_EQ(few.net.layout().all().size(), static_cast<std::size_t>(4 * config.layers));
        few.check();
    }
}

TEST(Gradients, StepsAreThoseOfPyTorchAdamW) {
    for (const auto& expected : golden()) {
        SCOPED_TRACE(expected["config"]["name"]);
        const model_config config = golden_config(expected["config"]);
        trainer t(config, {.steps = 6,
                           .learning_rate = 1e-2,
                           .clip = 0.5,
                           .warmup_steps = 2,
                           .final_ratio = 0.1,
                           .threads = 2});
        const auto names = t.weight_names();
        for (std::size_t p = 0; p < names.size(); ++p) {
            const auto w = t.weight(names[p]);
            for (std::size_t i = 0; i < w.size(); ++i) w[i] = golden_weight<float>(names[p], p, i);
        }
        const auto rows = golden_rows(config.vocab_size);
        for (const auto& step : expected["steps"]) {
            EXPECT_NEAR(t.step(rows), step[0].get<double>(), 2e-4);
            EXPECT_NEAR(t.progress().gradient_norm, step[1].get<double>(), 2e-3);
        }
    }
}

// Between layers, forward and backward, and between chunks of logits.
TEST(Stopping, IsAskedForWithinAMicroBatch) {
    const model_config config = golden_config(golden()[1]["config"]);
    whole_pass pass(config);
    const micro_batch& part = pass.work.shards.front().front();
    for (int i = 0; i < pass.net.pieces(); ++i) pass.net.pack(pass.weights.data(), i);
    std::vector<double> gradients(pass.weights.size());
    const auto asked_until = [&](int yes) {
        int asked = 0;
        pass.space.stopping = [&] { return ++asked == yes; };
        pass.net.run(pass.weights.data(), part, pass.space, 1.0, gradients.data(), true);
        return asked;
    };
    EXPECT_EQ(asked_until(0), 2 * config.layers + 1);
    for (const int at : {1, 2, config.layers, config.layers + 2, 2 * config.layers + 1})
        EXPECT_EQ(asked_until(at), at) << at;
}

// Both begin with the weights of the first test.
TEST(Gradients, StepsOfAdaptersAndClassifiersAreThoseOfPyTorch) {
    std::ifstream in(TESSERA_TEST_DATA "/tuning.json");
    const auto expected = nlohmann::json::parse(in);
    const model_config config = golden_config(expected["config"]);
    const train_options options{.steps = 6,
                                .learning_rate = 1e-2,
                                .clip = 0.5,
                                .warmup_steps = 2,
                                .final_ratio = 0.1,
                                .threads = 2};
    const auto begin = [](trainer& t) {
        const auto names = t.weight_names();
        for (std::size_t p = 0; p < names.size(); ++p) {
            const auto w = t.weight(names[p]);
            for (std::size_t i = 0; i < w.size(); ++i) w[i] = golden_weight<float>(names[p], p, i);
        }
    };
    const auto expect_steps = [&](trainer& t, objective learned, const char* name) {
        SCOPED_TRACE(name);
        begin(t);
        const auto rows = rows_for(learned, config.vocab_size);
        for (const auto& step : expected[name]) {
            EXPECT_NEAR(t.step(rows), step[0].get<double>(), 2e-4);
            EXPECT_NEAR(t.progress().gradient_norm, step[1].get<double>(), 2e-3);
        }
    };
    train_options judging = options;
    judging.tuned.labels = labels;
    judging.objectives.class_weights = whole_pass::weights_of_classes;
    trainer classifier(config, judging);
    expect_steps(classifier, objective::classes, "classes");

    const scratch_folder folder;
    trainer whole(config, options);
    begin(whole);
    whole.save(folder.path, weight_format::f32);
    train_options adapting = options;
    adapting.tuned.adapter = adapter_options{.rank = 4, .alpha = 8};
    trainer adapters(model::load(folder.path), adapting);
    expect_steps(adapters, objective::tokens, "adapters");
}

}  // namespace
}  // namespace tessera::engine::train
