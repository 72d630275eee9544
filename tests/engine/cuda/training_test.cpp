#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cuda/device_under_test.hpp"
#include "engine/train/support.hpp"
#include "loading/weight_files.hpp"
#include "model/model.hpp"
#include "support/random_model.hpp"
#include "support/sanitized.hpp"
#include "train/cuda_learner.hpp"
#include "train/host_learner.hpp"
#include "train/trainer.hpp"

// The same weights and rows learned from on the processors and by CUDA's kernels.
namespace tessera::engine::train {
namespace {

std::shared_ptr<cuda::device> shim() {
    return std::make_shared<cuda::device>(cuda::device_under_test(), 0);
}

double length(std::span<const float> x) {
    double squares = 0;
    for (const float one : x) squares += double(one) * one;
    return std::sqrt(squares);
}

// Of every weight's gradient the difference, beside its length and a little of all gradients'.
void expect_alike(const parameter_layout& layout, const std::vector<float>& got,
                  const std::vector<float>& wanted, double tolerance) {
    const double all = length(wanted);
    EXPECT_GT(all, 0);
    for (const parameter& one : layout.all()) {
        std::vector<float> apart;
        for (std::size_t i = one.offset; i < one.offset + one.size; ++i)
            apart.push_back(got[i] - wanted[i]);
        const double own = length(std::span(wanted).subspan(one.offset, one.size));
        EXPECT_LE(length(apart), tolerance * (own + 0.01 * all)) << one.name;
    }
}

struct learning_case {
    std::string name;
    nlohmann::json shape;
    std::vector<training_row> rows;
    tuning tuned = {};
    objective_options objectives = {};
    bool broad = false;  // has most kernels at work: learned of rounded factors, too
};

nlohmann::json shape(int d, int heads, int kv, int hd, int f, bool bias = false, bool tied = true) {
    return {{"vocab", 45}, {"d", d}, {"layers", 2},  {"heads", heads}, {"kv", kv},
            {"hd", hd},    {"f", f}, {"bias", bias}, {"tied", tied}};
}

training_row documents(std::vector<int> lengths) {
    training_row row;
    for (const int length : lengths) {
        row.document_starts.push_back(static_cast<int>(row.tokens.size()));
        for (int i = 0; i < length; ++i)
            row.tokens.push_back(static_cast<int>(row.tokens.size()) * 7 % 45);
    }
    return row;
}

std::vector<learning_case> cases() {
    const nlohmann::json plain = shape(24, 4, 2, 6, 20);
    const adapter_options all{.rank = 3, .alpha = 5};
    const auto with = [](training_row row, auto change) {
        change(row);
        return std::vector{row};
    };
    const auto classes = with(documents({5, 9, 3, 1}), [](training_row& row) {
        row.classes = {2, 0, 1, 2};
    });
    const auto values = with(documents({5, 9, 3}),
                             [](training_row& row) { row.values = {0.5F, 1, 0, 0.25F, 1, 0.75F}; });
    const auto pairs =
        with(documents({3, 4, 5, 2, 6, 1}), [](training_row& row) { row.pairs = true; });
    const auto cosines = with(documents({3, 4, 5, 2}), [](training_row& row) {
        row.pairs = true;
        row.values = {0.9F, -0.3F};
    });
    const auto policy = with(documents({12, 7}), [](training_row& row) {
        for (std::size_t i = 0; i < row.tokens.size(); ++i) {
            row.policy.push_back({i % 2 ? 1.0F : -0.5F, -3.7F - 0.02F * float(i), -3.9F});
            row.loss_mask.push_back(i % 3 != 0);
        }
    });
    auto mixed = golden_rows(45);
    mixed.push_back(pairs.front());
    return {
        {"tokens", plain, golden_rows(45)},
        {"biases and a head of its own",
         shape(32, 4, 1, 10, 36, true, false),
         golden_rows(45),
         {},
         {},
         true},
        {"wide heads", shape(16, 2, 2, 80, 20), {documents({40, 3})}, {}, {}, true},
        {"tokens and pairs", plain, mixed, {}, {.pair_weight = 0.3}},
        {"focus", plain, golden_rows(45), {}, {.focus = 2}},
        {"classes", plain, classes, {.labels = 3}, {.class_weights = {1, 2, 0.5}}},
        {"values", plain, values, {.labels = 2, .problem = problem_kind::regression}},
        {"labels",
         plain,
         values,
         {.labels = 2, .problem = problem_kind::multi_label},
         {.focus = 1}},
        {"cosines", plain, cosines},
        {"policy", plain, policy},
        {"adapters", plain, golden_rows(45), {.adapter = all}, {}, true},
        {"some adapters",
         shape(32, 4, 1, 10, 36, true, false),
         policy,
         {.adapter = adapter_options{.rank = 8, .modules = {"k_proj", "up_proj", "down_proj"}}}},
        {"adapters and classes", plain, classes, {.adapter = all, .labels = 3}},
    };
}

// A model whose weights are drawn, as files and on the host.
struct frozen_model {
    frozen_model(const model_config& config, bool wanted) {
        if (!wanted) return;
        folder.emplace("tessera-cuda-training");
        testing::write_random_weights(folder->path(), to_json(config));
        files.emplace(weight_files::open(folder->path()));
        host = model::load(config, *files, {.precision = weight_precision::f32, .threads = 1});
    }
    std::optional<testing::temporary_folder> folder;
    std::optional<weight_files> files;
    std::shared_ptr<const model> host;
    const tensor_source* source() const { return files ? &*files : nullptr; }
};

// Small, so that what is rounded stays beside what is not.
void fill(learner& to) {
    const auto weights = to.state().weights;
    int number = 0;
    for (const parameter& one : to.layout().all()) {
        for (std::size_t i = 0; i < one.size; ++i)
            weights[one.offset + i] =
                (one.decays ? 0.4F : 1.0F) * golden_weight<float>(one.name, number, i);
        ++number;
    }
}

// Where every access is looked at.
bool slow() { return tessera::test::sanitized || cuda_on_cpu::watching != nullptr; }

void expect_same_learning(const learning_case& one, product_precision products, int micro_tokens,
                          double tolerance) {
    SCOPED_TRACE(one.name);
    const model_config config = golden_config(one.shape);
    const frozen_model frozen(config, one.tuned.adapter.has_value());
    host_learner host(config, one.tuned, one.objectives, product_precision::f32, 1, frozen.host);
    const auto gpu = learn_on(shim(), {.micro_tokens = micro_tokens})
                         ->start(config, one.tuned, one.objectives, products, frozen.source());
    fill(host);
    fill(*gpu);
    const auto never = [] { return false; };
    const auto batch_for = [&](const learner& on) {
        return make_batch(one.rows, config, on.limits(), one.tuned.labels,
                          one.objectives.class_weights);
    };
    const batch host_batch = batch_for(host), gpu_batch = batch_for(*gpu);
    std::array<float, objectives> scales{};
    for (std::size_t i = 0; i < objectives; ++i)
        scales[i] = host_batch.totals[i] > 0 ? static_cast<float>(1 / host_batch.totals[i]) : 0;

    const losses wanted = host.pass(host_batch, &scales, never);
    const losses got = gpu->pass(gpu_batch, &scales, never);
    ASSERT_EQ(cuda_on_cpu::first_fault(), "");
    for (std::size_t i = 0; i < objectives; ++i)
        EXPECT_NEAR(got[i], wanted[i], tolerance * (1 + std::abs(wanted[i]))) << i;
    const double squares = host.squares();
    EXPECT_NEAR(gpu->squares(), squares, 2 * tolerance * squares);
    expect_alike(host.layout(), gpu->gradients(), host.gradients(), tolerance);
    if (slow()) return;
    // The same again: gradients begin anew, and have the same bits.
    const auto first = gpu->gradients();
    EXPECT_EQ(gpu->pass(gpu_batch, &scales, never), got);
    EXPECT_EQ(gpu->gradients(), first);

    if (host_batch.total(objective::tokens) + host_batch.total(objective::policy) > 0) {
        for (const bool without : {false, true}) {
            std::vector<float> on_host(host_batch.tokens), on_gpu(host_batch.tokens);
            host.log_probabilities(host_batch, without, on_host, never);
            gpu->log_probabilities(gpu_batch, without, on_gpu, never);
            for (std::size_t i = 0; i < on_host.size(); ++i)
                EXPECT_NEAR(on_gpu[i], on_host[i], 5 * tolerance) << i;
        }
    }
}

TEST(CudaTraining, LearnsWhatTheProcessorsLearn) {
    for (const learning_case& one : cases())
        if (one.broad || !slow()) expect_same_learning(one, product_precision::f32, 64, 2e-4);
}

TEST(CudaTraining, HasTheSameBitsInEveryOrderOfThreads) {
    if (cuda::tests_a_gpu()) GTEST_SKIP() << "the order of threads is the GPU's";
    if (cuda_on_cpu::watching) GTEST_SKIP() << "races are looked for in one order as in another";
    const learning_case one = cases()[1];
    const model_config config = golden_config(one.shape);
    std::vector<std::vector<float>> found;
    for (const cuda_on_cpu::order& order :
         {cuda_on_cpu::order{}, cuda_on_cpu::order{.seed = 7, .reversed = true},
          cuda_on_cpu::order{.seed = 40, .resident_blocks = 1}}) {
        cuda_on_cpu::use_order(order);
        const auto gpu = learn_on(shim())->start(config, {}, {}, product_precision::f32, nullptr);
        fill(*gpu);
        constexpr std::array<float, objectives> scales{1, 1, 1, 1, 1};
        gpu->pass(make_batch(one.rows, config, gpu->limits()), &scales, [] { return false; });
        found.push_back(gpu->gradients());
    }
    cuda_on_cpu::use_order({});
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(found[0], found[2]);
}

TEST(CudaTraining, LearnsAlmostTheSameOfRoundedFactors) {
    auto some = cases();
    std::erase_if(some, [](const learning_case& one) { return !one.broad; });
    if (slow()) some.resize(1);
    for (const learning_case& one : some)
        expect_same_learning(one, product_precision::bf16, 4096, 6e-2);
}

}  // namespace
}  // namespace tessera::engine::train
