#include "train/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stop_token>
#include <utility>
#include <vector>

#include "backend/cuda/training.hpp"
#include "engine/cuda/device_under_test.hpp"
#include "engine/train/support.hpp"
#include "loading/weight_files.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "support/random_model.hpp"
#include "train/cuda_learner.hpp"

// Trainers on a device: what they keep, save, take up again and refuse.
namespace tessera::engine::train {
namespace {

class CudaTrainer : public ::testing::Test {
  protected:
    void SetUp() override {
        if (cuda_on_cpu::watching) GTEST_SKIP() << "other tests run the same kernels";
    }
};

std::shared_ptr<const learning_device> device() {
    return learn_on(std::make_shared<cuda::device>(cuda::device_under_test(), 0));
}

train_options on_device(train_options options = {}) {
    options.steps = 20;
    options.warmup_steps = 2;
    options.threads = 1;
    options.on = device();
    return options;
}

std::vector<training_row> short_rows(int seed) {
    std::vector<training_row> rows(2);
    for (int r = 0; r < 2; ++r)
        for (int i = 0; i < 24; ++i) {
            if (i % 12 == 0) rows[r].document_starts.push_back(i);
            rows[r].tokens.push_back((seed * 11 + r * 17 + i / 12 * 5 + i) % 48);
        }
    return rows;
}

TEST_F(CudaTrainer, StepsAsOnTheProcessors) {
    train_options options = on_device();
    trainer there(small_config(), options);
    options.on = nullptr;
    trainer here(small_config(), options);
    EXPECT_EQ(weights_of(there), weights_of(here));
    for (int i = 0; i < 4; ++i) {
        EXPECT_NEAR(there.step(short_rows(i)), here.step(short_rows(i)), 1e-3) << i;
        EXPECT_NEAR(there.progress().gradient_norm, here.progress().gradient_norm,
                    1e-3 * here.progress().gradient_norm);
        EXPECT_EQ(there.progress().learning_rate, here.progress().learning_rate);
    }
    EXPECT_NEAR(there.evaluate(short_rows(9)), here.evaluate(short_rows(9)), 1e-3);
    const auto learned_there = weights_of(there), learned_here = weights_of(here);
    double apart = 0, moved = 0;
    trainer untaught(small_config(), options);
    const auto before = weights_of(untaught);
    for (std::size_t i = 0; i < before.size(); ++i) {
        apart += std::pow(learned_there[i] - learned_here[i], 2);
        moved += std::pow(learned_here[i] - before[i], 2);
    }
    EXPECT_LT(std::sqrt(apart), 0.02 * std::sqrt(moved));
}

TEST_F(CudaTrainer, GoesOnFromItsStateAndFromTheProcessors) {
    const scratch_folder scratch;
    trainer whole(small_config(), on_device());
    for (int i = 0; i < 2; ++i) whole.step(short_rows(i));
    whole.save_state(scratch.path / "state");
    trainer resumed(small_config(), on_device());
    resumed.load_state(scratch.path / "state");
    EXPECT_EQ(whole.step(short_rows(2)), resumed.step(short_rows(2)));
    EXPECT_EQ(weights_of(whole), weights_of(resumed));

    train_options options = on_device();
    options.on = nullptr;
    trainer here(small_config(), options);
    here.load_state(scratch.path / "state");
    trainer there(small_config(), on_device());
    there.load_state(scratch.path / "state");
    EXPECT_NEAR(there.step(short_rows(2)), here.step(short_rows(2)), 1e-3);
    there.save(scratch.path / "model", weight_format::f32);
    here.load(scratch.path / "model");
    EXPECT_EQ(weights_of(here), weights_of(there));
}

TEST_F(CudaTrainer, MultipliesByWhatItHasLearned) {
    // The optimiser rounds weights as it writes them; a state that is loaded, and a weight that was
    // set, are rounded when they are sent.
    const scratch_folder scratch;
    train_options options = on_device();
    options.products = product_precision::bf16;
    trainer whole(small_config(), options);
    for (int i = 0; i < 2; ++i) whole.step(short_rows(i));
    whole.save_state(scratch.path / "state");
    trainer resumed(small_config(), options);
    resumed.load_state(scratch.path / "state");
    EXPECT_EQ(whole.evaluate(short_rows(2)), resumed.evaluate(short_rows(2)));
    EXPECT_EQ(whole.step(short_rows(2)), resumed.step(short_rows(2)));
    EXPECT_EQ(weights_of(whole), weights_of(resumed));

    const double before = whole.evaluate(short_rows(3));
    auto down = whole.weight("model.layers.0.mlp.down_proj.weight");
    for (float& x : down) x = -x;
    EXPECT_NE(whole.evaluate(short_rows(3)), before);
    for (float& x : whole.weight("model.layers.0.mlp.down_proj.weight")) x = -x;
    EXPECT_EQ(whole.evaluate(short_rows(3)), before);
}

TEST_F(CudaTrainer, SaysHowMuchItNeeds) {
    if (cuda::tests_a_gpu()) GTEST_SKIP() << "a GPU has room";
    cuda::library table = cuda::device_under_test();
    table.allocate = [](std::size_t, void**) { return cuda::status{2}; };
    train_options options = on_device();
    options.on = learn_on(std::make_shared<cuda::device>(table, 0));
    for (const auto& [products, bytes] :
         {std::pair{product_precision::f32, "16"}, std::pair{product_precision::bf16, "18"}}) {
        options.products = products;
        try {
            trainer(small_config(), options);
            ADD_FAILURE() << "it found room";
        } catch (const engine_error& e) {
            EXPECT_EQ(e.code, error_code::device);
            EXPECT_NE(std::string(e.what()).find("weights that are trained, " + std::string(bytes) +
                                                 " bytes each, failed"),
                      std::string::npos)
                << e.what();
        }
    }
}

TEST_F(CudaTrainer, IsAsItWasAfterAStopAndAGradientThatIsNotFinite) {
    trainer stopped(small_config(), on_device()), other(small_config(), on_device());
    stopped.step(short_rows(0)), other.step(short_rows(0));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(stopped.step(short_rows(1), stop.get_token()), training_stopped);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float sound = std::exchange(stopped.weight("model.norm.weight")[0], nan);
    EXPECT_EQ(code_of([&] { stopped.step(short_rows(1)); }), error_code::invalid_argument);
    stopped.weight("model.norm.weight")[0] = sound;
    EXPECT_EQ(stopped.step(short_rows(1)), other.step(short_rows(1)));
    EXPECT_EQ(weights_of(stopped), weights_of(other));
}

TEST_F(CudaTrainer, TrainsAdaptersOfTensors) {
    const testing::temporary_folder folder("tessera-cuda-trainer");
    testing::write_random_weights(folder.path(), to_json(small_config()));
    const auto files = weight_files::open(folder.path());
    const auto config = load_config(folder.path());
    train_options options = on_device({.learning_rate = 1e-2});
    options.tuned.adapter = adapter_options{.rank = 4};
    trainer there(config, files, options);
    options.on = nullptr;
    trainer here(config, files, options);
    for (int i = 0; i < 3; ++i)
        EXPECT_NEAR(there.step(short_rows(i)), here.step(short_rows(i)), 2e-3) << i;
    const auto before = there.log_probabilities(short_rows(1), true);
    const auto wanted = here.log_probabilities(short_rows(1), true);
    ASSERT_EQ(before.size(), wanted.size());
    for (std::size_t i = 0; i < before[0].size(); ++i)
        EXPECT_NEAR(before[0][i], wanted[0][i], 2e-3);
    EXPECT_EQ(there.adapter()->rank, 4);
    EXPECT_EQ(there.tensors().all().size(), here.tensors().all().size());
}

TEST_F(CudaTrainer, RefusesWhatItCannotTrain) {
    model_config config = small_config();
    config.head_dim = 258;
    EXPECT_EQ(code_of([&] { trainer(config, on_device()); }), error_code::unsupported);
    train_options options = on_device();
    options.tuned.adapter = adapter_options{};
    EXPECT_EQ(code_of([&] { trainer(std::shared_ptr<const model>(), options); }),
              error_code::invalid_argument);
    cuda::library without = cuda::device_under_test();
    without.training = nullptr;
    EXPECT_EQ(code_of([&] { learn_on(std::make_shared<cuda::device>(without, 0)); }),
              error_code::unsupported);
}

TEST_F(CudaTrainer, LearnsWhereABackendComputes) {
    EXPECT_EQ(learners_of(cpu_backend()), nullptr);
    const auto computes = cuda::make_backend(cuda::device_under_test());
    train_options options = on_device();
    options.on = learners_of(*computes);
    ASSERT_NE(options.on, nullptr);
    trainer there(small_config(), options);
    EXPECT_NEAR(there.step(short_rows(0)), std::log(48.0), 0.1);
}

// Fails the next product of training with that status.
cuda::status failing = 0;
cuda::status multiply_or_fail(const cuda::training_product& p, cuda::stream on) {
    if (failing != 0) return std::exchange(failing, 0);
    return cuda::device_under_test().training->multiply(p, on);
}

TEST_F(CudaTrainer, SaysWhatWasLostWithItsDevice) {
    if (cuda::tests_a_gpu()) GTEST_SKIP() << "a GPU that works is not reset";
    cuda::training_library kernels = *cuda::device_under_test().training;
    kernels.multiply = multiply_or_fail;
    cuda::library table = cuda::device_under_test();
    table.training = &kernels;
    table.is_lost = [](cuda::status status) { return status == 719; };
    const auto shared = std::make_shared<cuda::device>(table, 0);
    train_options options = on_device();
    options.on = learn_on(shared);
    trainer t(small_config(), options);
    t.step(short_rows(0));
    const auto said = [&](const auto& action) -> std::string {
        try {
            action();
        } catch (const engine_error& e) {
            EXPECT_EQ(e.code, error_code::device);
            return e.what();
        }
        return "nothing was thrown";
    };
    // What fails alone may be tried again.
    const auto before = weights_of(t);
    failing = 700;
    EXPECT_NE(said([&] { t.step(short_rows(1)); }).find("a product of training"),
              std::string::npos);
    EXPECT_EQ(weights_of(t), before);
    EXPECT_EQ(t.progress().step, 1);
    failing = 719;
    said([&] { t.step(short_rows(1)); });
    EXPECT_NE(said([&] { t.step(short_rows(1)); }).find("begin again from the last state"),
              std::string::npos);
}

}  // namespace
}  // namespace tessera::engine::train
