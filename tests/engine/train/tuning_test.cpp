// Adapters, heads and policies, as a service that fine-tunes uses them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "loading/safetensors.hpp"
#include "run/backend.hpp"
#include "run/cpu/cpu_runner.hpp"
#include "support.hpp"

namespace tessera::engine::train {
namespace {

// A model that has learned to count, in memory as it would serve; made once in f32, once in bf16.
std::shared_ptr<const model> base_model(weight_precision precision = weight_precision::f32) {
    static const auto made = [] {
        const scratch_folder folder;
        trainer t(small_config(),
                  {.steps = 60, .learning_rate = 1e-2, .warmup_steps = 5, .threads = 2});
        for (int i = 0; i < 60; ++i) t.step(counting_rows(48, i));
        t.save(folder.path, weight_format::f32);
        const auto load = [&](weight_precision as) {
            return model::load(folder.path, {.precision = as, .threads = 1});
        };
        return std::pair{load(weight_precision::f32), load(weight_precision::bf16)};
    }();
    return precision == weight_precision::bf16 ? made.second : made.first;
}

// Documents that count downwards.
std::vector<training_row> falling_rows(int seed) {
    auto rows = counting_rows(48, seed);
    for (training_row& row : rows)
        for (int& token : row.tokens) token = 47 - token;
    return rows;
}

train_options adapting(int threads = 2) {
    return {.steps = 40,
            .learning_rate = 1e-2,
            .warmup_steps = 2,
            .threads = threads,
            .tuned = {.adapter = adapter_options{.rank = 4, .alpha = 8}}};
}

TEST(Adapters, LearnOnAModelThatStaysAsItIs) {
    for (const auto precision :
         {weight_precision::f32, weight_precision::bf16, weight_precision::int8}) {
        const auto base = base_model(precision);
        trainer t(base, adapting()), alone(base, adapting(1));
        const auto rows = falling_rows(70);
        const auto as_loaded = t.log_probabilities(rows);
        EXPECT_EQ(as_loaded, t.log_probabilities(rows, true)) << "second matrices begin as zeros";
        const double first = t.evaluate(rows);
        for (int i = 0; i < 30; ++i) {
            t.step(falling_rows(i));
            alone.step(falling_rows(i));
        }
        EXPECT_LT(t.evaluate(rows), 0.5 * first);
        EXPECT_EQ(weights_of(t), weights_of(alone));
        EXPECT_NE(as_loaded, t.log_probabilities(rows));
        EXPECT_EQ(as_loaded, t.log_probabilities(rows, true));
    }
}

TEST(Adapters, AreWrittenAndReadAsPeftDoes) {
    const auto base = base_model();
    const scratch_folder folder;
    train_options options = adapting();
    options.tuned.labels = 2;
    trainer t(base, options);
    for (int i = 0; i < 3; ++i) t.step(counting_rows(48, i));
    t.save(folder.path, weight_format::f32);

    std::ifstream in(folder.path / "adapter_config.json");
    const auto config = nlohmann::json::parse(in);
    EXPECT_EQ(config["peft_type"], "LORA");
    EXPECT_EQ(config["task_type"], "SEQ_CLS");
    EXPECT_EQ(config["r"], 4);
    EXPECT_EQ(config["lora_alpha"], 8);
    EXPECT_EQ(config["target_modules"].size(), 7U);
    EXPECT_EQ(config["modules_to_save"], nlohmann::json({"score"}));
    const auto file = safetensors_file::open(folder.path / "adapter_model.safetensors");
    EXPECT_EQ(file.tensors().size(), 2U * 7 * 2 + 1);
    const auto* a = file.find("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight");
    const auto* b = file.find("base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight");
    ASSERT_TRUE(a && b && file.find("base_model.model.score.weight"));
    EXPECT_EQ(a->shape, (std::vector<std::int64_t>{4, 64}));
    EXPECT_EQ(b->shape, (std::vector<std::int64_t>{16, 4}));

    options.seed = 77;
    trainer again(base, options);
    EXPECT_NE(weights_of(t), weights_of(again));
    again.load(folder.path);
    EXPECT_EQ(weights_of(t), weights_of(again));
    // Another rank, another scale, fewer modules than the folder has, another method.
    for (const adapter_options& other :
         {adapter_options{.rank = 2, .alpha = 8}, adapter_options{.rank = 4, .alpha = 16},
          adapter_options{.rank = 4, .alpha = 8, .modules = {"q_proj"}}}) {
        options.tuned.adapter = other;
        EXPECT_EQ(code_of([&] { trainer(base, options).load(folder.path); }),
                  error_code::malformed);
    }
    auto scaled = config;
    scaled["use_rslora"] = true;
    std::ofstream(folder.path / "adapter_config.json") << scaled;
    EXPECT_EQ(code_of([&] { again.load(folder.path); }), error_code::malformed);
}

// The final state of each token of a text.
std::vector<float> states_of(runner& by, int adapter = 0) {
    const std::vector<token_id> text{3, 4, 5, 6};
    const std::vector<int> blocks{0}, slots{0, 1, 2, 3};
    const sequence_part part{.tokens = text, .blocks = blocks, .slots = slots, .adapter = adapter};
    EXPECT_TRUE(by.compute({&part, 1}, {}));
    std::vector<float> states(text.size() * static_cast<std::size_t>(by.config().hidden_size));
    by.states(slots, states);
    return states;
}

TEST(Adapters, ReachARunnerWithoutAFile) {
    const auto base = base_model();
    cpu_runner by(base, {.slots = 4});
    trainer t(base, adapting());
    for (int i = 0; i < 3; ++i) t.step(falling_rows(i));
    const scratch_folder folder;
    t.save(folder.path, weight_format::f32);
    const auto files = adapter_files::open(folder.path);
    const auto trained = states_of(by, by.attach(t.adapter().value(), t.tensors()));
    EXPECT_EQ(trained, states_of(by, by.attach(files.config(), files)));
    EXPECT_NE(trained, states_of(by));
}

TEST(Weights, ReachARunnerWithoutAFile) {
    trainer t(small_config(), {.threads = 1});
    EXPECT_FALSE(t.adapter());
    const scratch_folder folder;
    t.save(folder.path, weight_format::f32);
    const auto started = [](const std::shared_ptr<const loaded_model>& model) {
        return model->start({.slots = 4});
    };
    const auto trained =
        cpu_backend().load(t.config(), std::make_shared<const tensor_list>(t.tensors()), {});
    const auto before = states_of(*started(trained));
    EXPECT_EQ(before, states_of(*started(load_model(folder.path))));
    // What is learned afterwards is the trainer's alone.
    t.step(counting_rows(48, 1));
    EXPECT_EQ(before, states_of(*started(trained)));
    EXPECT_NE(before, states_of(*started(cpu_backend().load(
                          t.config(), std::make_shared<const tensor_list>(t.tensors()), {}))));
}

TEST(Adapters, RefuseWhatMakesNoSense) {
    const auto base = base_model();
    for (const adapter_options& wrong :
         {adapter_options{.rank = 0}, adapter_options{.rank = 5000}, adapter_options{.alpha = 0},
          adapter_options{.modules = {"lm_head"}}}) {
        train_options options = adapting();
        options.tuned.adapter = wrong;
        EXPECT_EQ(code_of([&] { trainer(base, options); }), error_code::invalid_argument);
    }
    EXPECT_EQ(code_of([&] { trainer(base, {}); }), error_code::invalid_argument);
    EXPECT_EQ(code_of([] { trainer(small_config(), adapting()); }), error_code::invalid_argument);
}

// Which half of the vocabulary a text is of.
std::vector<training_row> halves(int seed, bool as_values) {
    std::vector<training_row> rows(2);
    for (training_row& row : rows)
        for (int d = 0; d < 8; ++d) {
            row.document_starts.push_back(static_cast<int>(row.tokens.size()));
            const int half = (seed * 5 + d * d + d) / 2 % 2;
            for (int i = 0; i < 6 + d; ++i)
                row.tokens.push_back(half * 24 + (seed * 7 + i * i + d) % 24);
            if (as_values) {
                row.values.push_back(static_cast<float>(half) * 2 - 0.5F);
            } else {
                row.classes.push_back(half);
            }
        }
    return rows;
}

TEST(Heads, LearnClassesAndValues) {
    const auto base = base_model();
    for (const bool as_values : {false, true})
        for (const bool whole : {false, true}) {
            SCOPED_TRACE(std::to_string(as_values) + std::to_string(whole));
            train_options options = adapting();
            options.tuned.labels = as_values ? 1 : 2;
            if (whole) options.tuned.adapter.reset();
            trainer t = whole ? trainer(small_config(), options) : trainer(base, options);
            const double first = t.evaluate(halves(99, as_values));
            for (int i = 0; i < 40; ++i) t.step(halves(i, as_values));
            EXPECT_LT(t.evaluate(halves(99, as_values)), 0.1 * first);
        }
}

TEST(Heads, AreSavedAsClassifiersOfSequences) {
    const scratch_folder folder;
    train_options options{.threads = 1, .tuned = {.labels = 3}};
    trainer t(small_config(), options);
    t.save(folder.path, weight_format::f32);
    std::ifstream in(folder.path / "config.json");
    const auto config = nlohmann::json::parse(in);
    EXPECT_EQ(config["architectures"], nlohmann::json({"LlamaForSequenceClassification"}));
    EXPECT_EQ(config["id2label"].size(), 3U);
    options.seed = 5;
    trainer again(small_config(), options);
    again.load(folder.path);
    EXPECT_EQ(weights_of(t), weights_of(again));

    // From a model without a head: that stays as it was drawn.
    trainer(small_config(), {.seed = 9, .threads = 1}).save(folder.path, weight_format::f32);
    const auto score = t.weight("score.weight");
    const std::vector<float> drawn(score.begin(), score.end());
    t.load(folder.path);
    EXPECT_TRUE(std::ranges::equal(drawn, t.weight("score.weight")));
    EXPECT_NE(weights_of(t), weights_of(again));
}

TEST(Heads, SayWhatTheirOutputsAre) {
    const scratch_folder folder;
    train_options options{
        .threads = 1,
        .tuned = {
            .labels = 2, .problem = problem_kind::multi_label, .label_names = {"warm", "wet"}}};
    trainer t(small_config(), options);
    t.save(folder.path, weight_format::f32);
    const auto head = load_config(folder.path).classifier.value();
    EXPECT_EQ(head.problem, problem_kind::multi_label);
    EXPECT_EQ(head.labels, options.tuned.label_names);
    EXPECT_EQ(t.saved_config().classifier.value().labels, head.labels);
    EXPECT_FALSE(t.config().classifier);
    options.tuned.label_names = {"warm"};
    EXPECT_EQ(code_of([&] { trainer(small_config(), options); }), error_code::invalid_argument);
}

// What the model is sure of moves it less.
TEST(Heads, LearnWhatIsWrongRatherThanWhatIsRight) {
    const auto moved_by = [](double focus, const training_row& row) {
        train_options options{.learning_rate = 0.01,
                              .clip = 0,
                              .warmup_steps = 0,
                              .threads = 1,
                              .objectives = {.focus = focus}};
        trainer t(small_config(), options);
        t.step(std::vector{row});
        return t.progress().gradient_norm;
    };
    const training_row row{.tokens = {1, 2, 3, 4, 5}};
    const double plain = moved_by(0, row), focused = moved_by(2, row);
    EXPECT_LT(focused, plain);
    EXPECT_GT(focused, 0.5 * plain) << "nothing is learned yet";
}

TEST(Pairs, TellTheirLossWhereNothingElseIsLearned) {
    trainer t(small_config(), {.learning_rate = 0.01, .warmup_steps = 0, .threads = 1});
    const std::vector<training_row> rows{{.tokens = {1, 2, 3, 4, 5, 6, 7, 8},
                                          .document_starts = {0, 2, 4, 6},
                                          .pairs = true,
                                          .values = {1, -1}}};
    const double first = t.step(rows);
    EXPECT_GT(first, 0);
    EXPECT_EQ(t.progress().pair_loss, first);
    for (int i = 0; i < 30; ++i) t.step(rows);
    EXPECT_LT(t.evaluate(rows), 0.5 * first);
    auto wrong = rows;
    wrong[0].values = {1};
    EXPECT_EQ(code_of([&] { t.step(wrong); }), error_code::invalid_argument);
}

TEST(Heads, RefuseLabelsThatMakeNoSense) {
    train_options options{.threads = 1, .tuned = {.labels = 2}};
    trainer t(small_config(), options);
    trainer none(small_config(), {.threads = 1});
    const auto refused = [](trainer& with, training_row row) {
        return code_of([&] { with.step(std::vector{std::move(row)}); });
    };
    const training_row plain{.tokens = {1, 2, 3}};
    auto row = plain;
    EXPECT_EQ(refused(t, row), error_code::invalid_argument) << "nothing predicts tokens";
    row.classes = {2};
    EXPECT_EQ(refused(t, row), error_code::invalid_argument);
    row.classes = {0, 1};
    EXPECT_EQ(refused(t, row), error_code::invalid_argument);
    row.classes = {1};
    EXPECT_EQ(refused(none, row), error_code::invalid_argument);
    row.values = {1, 2};
    EXPECT_EQ(refused(t, row), error_code::invalid_argument) << "both";
    row.classes = {};
    row.values = {1};
    EXPECT_EQ(refused(t, row), error_code::invalid_argument);
    row.values = {1, std::nanf("")};
    EXPECT_EQ(refused(t, row), error_code::invalid_argument);
    row = plain;
    row.policy.resize(2);
    EXPECT_EQ(refused(none, row), error_code::invalid_argument);
    options.objectives.class_weights = {1};
    EXPECT_EQ(code_of([&] { trainer(small_config(), options); }), error_code::invalid_argument);
    options.objectives.class_weights = {1, 0};
    EXPECT_EQ(code_of([&] { trainer(small_config(), options); }), error_code::invalid_argument);
}

// Answers with good and with bad tokens, scored by the model itself.
TEST(Policies, LearnWhatHasAnAdvantageAndStayNearTheReference) {
    const auto base = base_model();
    const auto drift_of = [&](double kl) {
        train_options options = adapting();
        options.objectives.policy_kl = kl;
        trainer t(base, options);
        std::vector<training_row> rows = counting_rows(48, 3);
        const auto before = t.log_probabilities(rows);
        double gained = 0;
        for (int round = 0; round < 4; ++round) {
            const auto old = t.log_probabilities(rows);
            const auto reference = t.log_probabilities(rows, true);
            EXPECT_EQ(reference, before);
            for (std::size_t r = 0; r < rows.size(); ++r) {
                rows[r].policy.clear();
                for (std::size_t i = 0; i < rows[r].tokens.size(); ++i)
                    rows[r].policy.push_back({r % 2 ? 1.0F : -1.0F, old[r][i], reference[r][i]});
            }
            for (int i = 0; i < 3; ++i) t.step(rows);
        }
        for (training_row& row : rows) row.policy.clear();
        const auto after = t.log_probabilities(rows);
        for (std::size_t r = 0; r < rows.size(); ++r)
            for (std::size_t i = 0; i < rows[r].tokens.size(); ++i)
                gained += (r % 2 ? 1.0 : -1.0) * static_cast<double>(after[r][i] - before[r][i]);
        return gained;
    };
    const double free = drift_of(0);
    EXPECT_GT(free, 10);
    EXPECT_LT(drift_of(5), 0.7 * free);
}

}  // namespace
}  // namespace tessera::engine::train
