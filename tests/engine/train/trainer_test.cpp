#include "train/trainer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <limits>
#include <numbers>
#include <stop_token>
#include <utility>

#include "core/bf16.hpp"
#include "core/error.hpp"
#include "loading/safetensors.hpp"
#include "support.hpp"

namespace tessera::engine::train {
namespace {

TEST(Trainer, LearnsAndDoesNotDependOnThreads) {
    for (const auto products : {product_precision::f32, product_precision::bf16}) {
        std::vector<std::vector<float>> results;
        for (const int threads : {1, 2, 3}) {
            trainer t(small_config(), {.steps = 60,
                                       .learning_rate = 1e-2,
                                       .warmup_steps = 5,
                                       .seed = 5,
                                       .threads = threads,
                                       .products = products});
            const double before = t.step(counting_rows(48, 0));
            for (int i = 1; i < 60; ++i) t.step(counting_rows(48, i));
            EXPECT_NEAR(before, std::log(48.0), 0.1);
            EXPECT_LT(t.evaluate(counting_rows(48, 100)), 0.4);
            results.push_back(weights_of(t));
        }
        EXPECT_EQ(results[0], results[1]);
        EXPECT_EQ(results[0], results[2]);
    }
}

// As one thread draws them, one after the other, by SplitMix64.
std::vector<float> drawn_alone(const parameter_layout& layout, int layers, std::uint64_t seed) {
    const auto uniform = [&seed] {
        std::uint64_t z = seed += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return static_cast<double>(((z ^ (z >> 31)) >> 11) + 1) * 0x1p-53;
    };
    std::vector<float> made(layout.size());
    for (const parameter& one : layout.all())
        for (std::size_t i = 0; i < one.size; ++i) {
            float& w = made[one.offset + i];
            if (!one.decays) {
                w = one.name.ends_with("norm.weight") ? 1 : 0;
                continue;
            }
            const double spread = one.residual ? 0.02 / std::sqrt(2.0 * layers) : 0.02;
            const double radius = std::sqrt(-2 * std::log(uniform()));
            w = static_cast<float>(spread * radius * std::cos(2 * std::numbers::pi * uniform()));
        }
    return made;
}

TEST(Trainer, DrawsTheSameWeightsByAnyNumberOfThreads) {
    model_config config = small_config();
    config.vocab_size = 12'345;  // so that its embedding is drawn in pieces
    const parameter_layout layout(config);
    ASSERT_GT(layout.find("model.embed_tokens.weight")->size, std::size_t{3} << 16);
    const auto expected = drawn_alone(layout, config.layers, 7);
    for (const int threads : {1, 3}) {
        std::vector<float> drawn(layout.size());
        draw_weights(layout, config.layers, 7, threads, drawn);
        EXPECT_EQ(drawn, expected) << threads;
    }
}

// The direction of a first step of AdamW is the gradient's sign: its norm tells more.
TEST(Trainer, RoundedProductsGiveNearlyTheSameGradients) {
    double norms[2], losses[2];
    for (const auto products : {product_precision::f32, product_precision::bf16}) {
        trainer t(small_config(), {.warmup_steps = 0, .threads = 2, .products = products});
        const auto i = static_cast<std::size_t>(products);
        losses[i] = t.step(counting_rows(48, 0));
        norms[i] = t.progress().gradient_norm;
    }
    EXPECT_NEAR(losses[1], losses[0], 2e-3);
    EXPECT_NEAR(norms[1] / norms[0], 1, 1e-2);
    const bool rounds = cpu::best_kernels().bf16_input == cpu::element::bf16;
    EXPECT_EQ(norms[1] != norms[0], rounds);
}

TEST(Trainer, DocumentsDoNotSeeEachOther) {
    trainer t(small_config(), {.threads = 1});
    const auto rows = counting_rows(48, 3);
    double sum = 0;
    int count = 0;
    for (const auto& row : rows)
        for (const int start : row.document_starts) {
            training_row alone;
            alone.tokens.assign(row.tokens.begin() + start, row.tokens.begin() + start + 32);
            sum += t.evaluate(std::vector{alone});
            ++count;
        }
    EXPECT_NEAR(t.evaluate(rows), sum / count, 1e-6);
}

TEST(Trainer, MasksChooseWhatIsPredicted) {
    trainer t(small_config(), {.threads = 1});
    training_row row{
        .tokens = {1, 2, 3, 4, 5, 6}, .loss_mask = {1, 0, 0, 1, 0, 0}, .document_starts = {}};
    const double fourth = t.evaluate(std::vector{row});
    row.loss_mask = {0, 0, 0, 0, 0, 1};
    const double sixth = t.evaluate(std::vector{row});
    row.loss_mask = {0, 0, 0, 1, 0, 1};
    EXPECT_NEAR(t.evaluate(std::vector{row}), (fourth + sixth) / 2, 1e-6);
    // Only the first token is marked, and nothing stands before it.
    row.loss_mask = {1, 0, 0, 0, 0, 0};
    EXPECT_EQ(code_of([&] { t.evaluate(std::vector{row}); }), error_code::invalid_argument);
}

TEST(Trainer, BringsPairsTogetherWhileItLearnsToPredict) {
    const auto rows_with_pairs = [] {
        auto rows = counting_rows(48, 1);
        training_row pairs;
        pairs.pairs = true;
        // What begins alike is related; the second text of a pair shares no token with the first.
        for (int pair = 0; pair < 8; ++pair)
            for (int text = 0; text < 2; ++text) {
                pairs.document_starts.push_back(static_cast<int>(pairs.tokens.size()));
                for (int i = 0; i < 3; ++i) pairs.tokens.push_back(text * 24 + pair * 3 + i);
            }
        rows.push_back(pairs);
        return rows;
    };
    trainer t(small_config(), {.steps = 60, .warmup_steps = 5, .threads = 2}),
        alone(small_config(), {.steps = 60, .warmup_steps = 5, .threads = 1});
    const double first = t.step(rows_with_pairs()), first_pairs = t.progress().pair_loss;
    EXPECT_GT(first_pairs, 1);
    alone.step(rows_with_pairs());
    for (int i = 1; i < 60; ++i) t.step(rows_with_pairs()), alone.step(rows_with_pairs());
    EXPECT_LT(t.progress().loss, 0.5 * first);
    EXPECT_LT(t.progress().pair_loss, 0.1 * first_pairs);
    EXPECT_EQ(weights_of(t), weights_of(alone));
}

TEST(Trainer, GoesOnFromItsState) {
    const scratch_folder scratch;
    const train_options options{.steps = 20, .warmup_steps = 2, .threads = 2};
    trainer whole(small_config(), options);
    for (int i = 0; i < 8; ++i) whole.step(counting_rows(48, i));
    whole.save_state(scratch.path / "state.safetensors");
    trainer resumed(small_config(), options);
    resumed.load_state(scratch.path / "state.safetensors");
    EXPECT_EQ(resumed.progress().step, 8);
    EXPECT_EQ(resumed.progress().tokens, 8 * 6 * 128);
    for (int i = 8; i < 12; ++i)
        EXPECT_EQ(whole.step(counting_rows(48, i)), resumed.step(counting_rows(48, i)));
    EXPECT_EQ(weights_of(whole), weights_of(resumed));
    trainer other(small_config(50), options);
    EXPECT_EQ(code_of([&] { other.load_state(scratch.path / "state.safetensors"); }),
              error_code::malformed);
}

std::string error_of(const auto& action) {
    try {
        action();
    } catch (const engine_error& e) {
        return e.what();
    }
    return "nothing was thrown";
}

// Everything that a later step depends on.
std::string state_of(const trainer& t, const std::filesystem::path& folder) {
    t.save_state(folder / "whole");
    std::ifstream in(folder / "whole", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Trainer, LearnsNothingFromAGradientThatIsNotFinite) {
    const scratch_folder scratch;
    const train_options options{.steps = 20, .warmup_steps = 2, .threads = 2};
    trainer t(small_config(), options);
    trainer other(small_config(), options);
    for (int i = 0; i < 3; ++i) t.step(counting_rows(48, i)), other.step(counting_rows(48, i));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    for (const auto& [name, bad] : {std::pair{"model.norm.weight", nan},
                                    {"model.layers.0.self_attn.q_proj.weight", nan},
                                    {"model.embed_tokens.weight", infinity},
                                    {"model.layers.1.mlp.down_proj.weight", infinity},
                                    {"model.norm.weight", 1e25F}}) {
        float& weight = t.weight(name)[0];
        const float sound = std::exchange(weight, bad);
        const auto before = state_of(t, scratch.path);
        const auto error = error_of([&] { t.step(counting_rows(48, 3)); });
        EXPECT_EQ(error.find("training step 4: the gradient's norm is "), 0U)
            << error << ' ' << name << ' ' << bad;
        EXPECT_TRUE(before == state_of(t, scratch.path)) << name << ' ' << bad;
        EXPECT_EQ(t.progress().step, 3);
        EXPECT_EQ(t.progress().loss, other.progress().loss);
        weight = sound;
    }
    EXPECT_EQ(t.step(counting_rows(48, 3)), other.step(counting_rows(48, 3)));
    EXPECT_EQ(weights_of(t), weights_of(other));
}

TEST(Trainer, TakesAStateOrAModelWholeOrNotAtAll) {
    const scratch_folder scratch;
    const train_options options{.steps = 20, .warmup_steps = 2, .threads = 1};
    trainer source(small_config(), options);
    source.save(scratch.path, weight_format::f32);
    source.step(counting_rows(48, 0));
    source.save_state(scratch.path / "state");
    trainer t(small_config(), {.steps = 20, .warmup_steps = 2, .seed = 9, .threads = 1});
    t.step(counting_rows(48, 1));
    const auto before = state_of(t, scratch.path);
    const auto refuses = [&](const std::string& what, const auto& load) {
        EXPECT_EQ(code_of(load), error_code::malformed) << what;
        EXPECT_TRUE(before == state_of(t, scratch.path)) << what;
        EXPECT_EQ(t.progress().step, 1) << what;
    };

    const auto state = safetensors_file::open(scratch.path / "state");
    const auto broken = scratch.path / "broken";
    const auto load_state = [&] { t.load_state(broken); };
    for (std::size_t left_out = 0; left_out < state.tensors().size(); ++left_out) {
        std::vector<tensor_view> tensors(state.tensors().begin(), state.tensors().end());
        const auto name = tensors[left_out].name;
        auto& tensor = tensors[left_out];
        tensor.data = tensor.data.first(tensor.data.size() - 4);
        --tensor.shape[0];
        write_safetensors(broken, tensors, state.metadata());
        refuses("a short " + name, load_state);
        tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(left_out));
        write_safetensors(broken, tensors, state.metadata());
        refuses("no " + name, load_state);
        std::vector<float> wrong(state.tensors()[left_out].data.size() / sizeof(float));
        tensors.push_back(state.tensors()[left_out]);
        tensors.back().data = std::as_bytes(std::span(wrong));
        for (const float bad : {std::nanf(""), -std::numeric_limits<float>::infinity(), -1.0F}) {
            if (bad == -1.0F && name != "second_moment") continue;
            wrong.back() = bad;
            write_safetensors(broken, tensors, state.metadata());
            refuses(name + " with " + std::to_string(bad), load_state);
        }
    }
    for (const char* name : {"steps", "tokens", "config"}) {
        for (const char* text : {"", "-1", "9223372036854775807", "99999999999999999999", "1e3"}) {
            auto metadata = state.metadata();
            metadata[name] = text;
            write_safetensors(broken, state.tensors(), metadata);
            refuses(std::string(name) + " " + text, load_state);
        }
    }

    const auto path = scratch.path / "model.safetensors";
    const auto whole = safetensors_file::open(path);
    for (const char* name : {"model.norm.weight", "model.layers.1.mlp.down_proj.weight"}) {
        std::vector<tensor_view> tensors(whole.tensors().begin(), whole.tensors().end());
        std::erase_if(tensors, [&](const tensor_view& one) { return one.name == name; });
        write_safetensors(path, tensors);
        refuses(std::string("no ") + name, [&] { t.load(scratch.path); });
    }
    t.load_state(scratch.path / "state");
    EXPECT_TRUE(state_of(t, scratch.path) == state_of(source, scratch.path));
}

TEST(Trainer, WritesModelFolders) {
    const scratch_folder scratch;
    model_config config = small_config();
    config.eos_tokens = {3, 4};
    trainer t(config, {.threads = 1});
    t.save(scratch.path, weight_format::f32);
    trainer exact(load_config(scratch.path), {.seed = 99, .threads = 1});
    exact.load(scratch.path);
    EXPECT_EQ(weights_of(t), weights_of(exact));
    EXPECT_EQ(exact.config().eos_tokens, config.eos_tokens);
    t.save(scratch.path);
    exact.load(scratch.path);
    auto rounded = weights_of(t);
    for (float& w : rounded) w = to_float(to_bf16(w));
    EXPECT_EQ(weights_of(exact), rounded);
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path))
        EXPECT_TRUE(entry.path().extension() == ".json" ||
                    entry.path().extension() == ".safetensors")
            << entry.path();
}

TEST(Trainer, RunsASourceToTheEndOfTheSchedule) {
    struct source : batch_source {
        std::vector<training_row> rows(int step) override {
            steps.push_back(step);
            return {counting_rows(48, 2 * step)[0], counting_rows(48, 2 * step + 1)[0]};
        }
        std::vector<int> steps;
    } text;
    trainer t(small_config(), {.steps = 5, .threads = 1});
    int reports = 0;
    EXPECT_TRUE(t.run(text, [&](const training_progress& p) {
        EXPECT_EQ(p.step, ++reports);
        EXPECT_GT(p.tokens_per_second, 0);
        return true;
    }));
    EXPECT_EQ(reports, 5);
    EXPECT_EQ(text.steps, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Trainer, ContinuesARunAsIfItHadNotEnded) {
    struct source : batch_source {
        std::vector<training_row> rows(int step) override { return counting_rows(48, step); }
    } text;
    const scratch_folder scratch;
    const train_options options{.steps = 9, .warmup_steps = 2, .threads = 2};
    const auto whole = [] { return true; };
    const auto run = [&](trainer& t, const auto& goes_on) {
        return t.run(text, [&](const training_progress&) { return goes_on(); });
    };
    trainer uninterrupted(small_config(), options);
    EXPECT_TRUE(run(uninterrupted, whole));
    for (const int end : {1, 4, 8}) {
        trainer first(small_config(), options);
        EXPECT_FALSE(run(first, [&] { return first.progress().step < end; }));
        first.save_state(scratch.path / "state");
        trainer second(small_config(), options);
        second.load_state(scratch.path / "state");
        EXPECT_TRUE(run(second, whole));
        EXPECT_EQ(weights_of(second), weights_of(uninterrupted)) << end;
        EXPECT_EQ(second.progress().tokens, uninterrupted.progress().tokens);
    }
}

TEST(Trainer, StopsWithEverythingAsItWas) {
    struct source : batch_source {
        std::vector<training_row> rows(int step) override {
            if (step == 2) stop.request_stop();
            return counting_rows(48, step);
        }
        std::stop_source stop;
    } text;
    const scratch_folder scratch;
    const train_options options{.steps = 9, .warmup_steps = 2, .threads = 2};
    trainer t(small_config(), options), other(small_config(), options);
    int reports = 0;
    EXPECT_FALSE(t.run(
        text, [&](const auto&) { return ++reports > 0; }, text.stop.get_token()));
    EXPECT_EQ(reports, 2);
    for (int i = 0; i < 2; ++i) other.step(counting_rows(48, i));
    EXPECT_TRUE(state_of(t, scratch.path) == state_of(other, scratch.path));
    const auto rows = counting_rows(48, 2);
    EXPECT_THROW(t.evaluate(rows, text.stop.get_token()), training_stopped);
    EXPECT_THROW(t.log_probabilities(rows, false, text.stop.get_token()), training_stopped);
    EXPECT_EQ(t.step(rows), other.step(rows));
    EXPECT_EQ(weights_of(t), weights_of(other));
}

// One short row is less than a shard for each thread, which then share out its products.
TEST(Trainer, SharesOutShortRowsWithTheSameResult) {
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 5}) {
        trainer t(small_config(), {.steps = 9, .warmup_steps = 2, .threads = threads});
        for (int i = 0; i < 5; ++i) {
            training_row row;
            for (int k = 0; k < 20 + i; ++k) row.tokens.push_back((k * k + i) % 48);
            t.step(std::vector{row});
        }
        results.push_back(weights_of(t));
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
}

TEST(Trainer, RefusesWhatItCannotTrain) {
    trainer t(small_config(), {.threads = 1});
    const auto refused = [&](training_row row) {
        return code_of([&] { t.step(std::vector{row}); });
    };
    EXPECT_EQ(refused({{1, 48}, {}, {}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, -1}, {}, {}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2}, {1}, {}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2, 3}, {}, {1}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2, 3}, {}, {0, 2, 2}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2, 3}, {}, {0, 3}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{}, {}, {}}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2, 3}, {}, {0, 1, 2}, true}), error_code::invalid_argument);
    EXPECT_EQ(refused({{1, 2, 3}, {}, {}, true}), error_code::invalid_argument);
    EXPECT_EQ(refused({std::vector<int>(129, 1), {}, {}}), error_code::context_length);
    model_config biased = small_config();
    biased.mlp_bias = true;
    EXPECT_EQ(code_of([&] { trainer(biased, {}); }), error_code::unsupported);
    EXPECT_EQ(code_of([] { trainer(small_config(), {.beta1 = 1}); }), error_code::invalid_argument);
    const double infinity = std::numeric_limits<double>::infinity();
    for (const train_options& wrong :
         {train_options{.learning_rate = infinity}, train_options{.epsilon = 0},
          train_options{.weight_decay = infinity}, train_options{.clip = std::nan("")},
          train_options{.final_ratio = -1}}) {
        EXPECT_EQ(code_of([&] { trainer(small_config(), wrong); }), error_code::invalid_argument);
    }
    for (int model_config::*const member :
         {&model_config::layers, &model_config::heads, &model_config::kv_heads,
          &model_config::head_dim, &model_config::intermediate_size, &model_config::vocab_size}) {
        model_config none = small_config();
        none.*member = 0;
        EXPECT_EQ(code_of([&] { trainer(none, {}); }), error_code::malformed);
    }
    EXPECT_EQ(code_of([&] { t.weight("model.none"); }), error_code::invalid_argument);
}

TEST(Trainer, WaitsWhileOthersCompute) {
    const auto budget = std::make_shared<compute_budget>(1);
    trainer t(small_config(), {.threads = 1, .budget = budget});
    std::future<double> step;
    {
        const auto turn = budget->take(0);
        step = std::async(std::launch::async, [&] { return t.step(counting_rows(48, 1)); });
        // As long as the turn lasts; many times what the step takes.
        EXPECT_EQ(step.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
        // Who stops it need not wait for its turn either.
        std::stop_source stop;
        trainer other(small_config(), {.threads = 1, .budget = budget});
        auto stopped = std::async(
            std::launch::async, [&] { return other.step(counting_rows(48, 1), stop.get_token()); });
        stop.request_stop();
        EXPECT_THROW(stopped.get(), training_stopped);
    }
    trainer alone(small_config(), {.threads = 1});
    EXPECT_EQ(step.get(), alone.step(counting_rows(48, 1)));
    EXPECT_EQ(weights_of(t), weights_of(alone));
}

}  // namespace
}  // namespace tessera::engine::train
