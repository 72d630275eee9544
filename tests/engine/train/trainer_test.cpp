#include "train/trainer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/bf16.hpp"
#include "core/error.hpp"
#include "support.hpp"

namespace tessera::engine::train {
namespace {

std::vector<float> weights_of(trainer& t) {
    std::vector<float> out;
    for (const auto& name : t.weight_names()) {
        const auto w = t.weight(name);
        out.insert(out.end(), w.begin(), w.end());
    }
    return out;
}

// Documents that count upwards: easy to learn.
std::vector<training_row> counting_rows(int vocab, int seed) {
    std::vector<training_row> rows(6);
    for (int r = 0; r < 6; ++r)
        for (int i = 0; i < 128; ++i) {
            if (i % 32 == 0) rows[r].document_starts.push_back(i);
            rows[r].tokens.push_back((seed * 11 + r * 17 + i / 32 * 5 + i) % vocab);
        }
    return rows;
}

struct folder {
    folder()
        : path(std::filesystem::temp_directory_path() /
               ("tessera-trainer-" + std::to_string(::getpid()))) {}
    ~folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

error_code code_of(const auto& action) {
    try {
        action();
    } catch (const engine_error& e) {
        return e.code;
    }
    ADD_FAILURE() << "nothing was thrown";
    return error_code::io;
}

TEST(Trainer, LearnsAndDoesNotDependOnThreads) {
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 3}) {
        trainer t(
            small_config(),
            {.steps = 60, .learning_rate = 1e-2, .warmup_steps = 5, .seed = 5, .threads = threads});
        const double before = t.step(counting_rows(48, 0));
        for (int i = 1; i < 60; ++i) t.step(counting_rows(48, i));
        EXPECT_NEAR(before, std::log(48.0), 0.1);
        EXPECT_LT(t.evaluate(counting_rows(48, 100)), 0.4);
        results.push_back(weights_of(t));
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
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

TEST(Trainer, GoesOnFromItsState) {
    const folder scratch;
    std::filesystem::create_directories(scratch.path);
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

TEST(Trainer, WritesModelFolders) {
    const folder scratch;
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
        training_row next() override { return counting_rows(48, ++rows)[0]; }
        int rows = 0;
    } text;
    trainer t(small_config(), {.rows = 2, .steps = 5, .threads = 1});
    int reports = 0;
    t.run(text, [&](const training_progress& p) {
        EXPECT_EQ(p.step, ++reports);
        EXPECT_GT(p.tokens_per_second, 0);
        return true;
    });
    EXPECT_EQ(reports, 5);
    EXPECT_EQ(text.rows, 10);
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
    EXPECT_EQ(refused({std::vector<int>(129, 1), {}, {}}), error_code::context_length);
    model_config biased = small_config();
    biased.mlp_bias = true;
    EXPECT_EQ(code_of([&] { trainer(biased, {}); }), error_code::unsupported);
    EXPECT_EQ(code_of([] { trainer(small_config(), {.beta1 = 1}); }), error_code::invalid_argument);
    EXPECT_EQ(code_of([&] { t.weight("model.none"); }), error_code::invalid_argument);
}

}  // namespace
}  // namespace tessera::engine::train
