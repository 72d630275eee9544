#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "backend/cuda/training.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr float untouched = 77;

std::vector<float> drawn(std::size_t size, std::size_t seed) {
    std::vector<float> out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = noise(seed + i);
    return out;
}

struct product_case {
    int rows, columns, inner;
    int more;  // numbers between one line and the next
    bool a_turned, b_turned;
    int skipped = 0;  // numbers before the first
    bool rounds = true;
};

void expect_product(element factors, const product_case& one) {
    SCOPED_TRACE(::testing::Message()
                 << (factors == element::f32 ? "f32 " : "bf16 ") << one.rows << 'x' << one.columns
                 << 'x' << one.inner << " turned " << one.a_turned << one.b_turned);
    device_memory device;
    const int a_stride = (one.a_turned ? one.rows : one.inner) + one.more;
    const int b_stride = (one.b_turned ? one.columns : one.inner) + one.more;
    const int stride = one.columns + one.more;
    const auto factor = [&](int lines, int line_stride, std::size_t seed) {
        auto numbers = drawn(std::size_t(line_stride) * lines, seed);
        for (float& x : numbers) x = rounded(factors, x);
        return numbers;
    };
    const auto a = factor(one.a_turned ? one.inner : one.rows, a_stride, 1);
    const auto b = factor(one.b_turned ? one.inner : one.columns, b_stride, 999);
    const auto put = [&](const std::vector<float>& numbers) -> const void* {
        std::vector<float> exact(one.skipped);
        exact.insert(exact.end(), numbers.begin(), numbers.end());
        if (factors == element::f32) return device.put(exact) + one.skipped;
        std::vector<bf16> narrow;
        for (const float x : exact) narrow.push_back(to_bf16(x));
        return device.put(narrow) + one.skipped;
    };
    const auto bias = drawn(one.columns, 5);
    const std::vector<float> before(std::size_t(stride) * one.rows + one.skipped, untouched);
    for (const bool accumulate : {false, true}) {
        float* const output = device.put(before) + one.skipped;
        // Also what lies elsewhere.
        const float* const added = one.skipped > 0 ? device.put(before) + one.skipped : output;
        bf16* const narrow = device.put(std::vector<bf16>(before.size(), to_bf16(untouched)));
        training_product p;
        p.factors = factors;
        p.rows = one.rows;
        p.columns = one.columns;
        p.inner = one.inner;
        p.a = put(a);
        p.a_stride = a_stride;
        p.a_turned = one.a_turned;
        p.b = put(b);
        p.b_stride = b_stride;
        p.b_turned = one.b_turned;
        p.bias = device.put(bias);
        p.factor = 0.5F;
        p.before = accumulate ? added : nullptr;
        p.output = {.exact = output, .rounded = one.rounds ? narrow + one.skipped : nullptr};
        p.output_stride = stride;
        p.scratch = device.make<float>(product_scratch(p));
        device.expect(device.table().training->multiply(p, device.stream()));
        const auto got = device.get(output, before.size() - one.skipped);
        const auto got_narrow =
            one.rounds ? device.get(p.output.rounded, got.size()) : std::vector<bf16>{};
        for (int r = 0; r < one.rows; ++r)
            for (int c = 0; c < stride; ++c) {
                const float found = got[std::size_t(r) * stride + c];
                if (one.rounds) {
                    ASSERT_EQ(got_narrow[std::size_t(r) * stride + c].bits, to_bf16(found).bits);
                }
                if (c >= one.columns) {
                    ASSERT_EQ(found, untouched);
                    continue;
                }
                double sum = 0, size = 1;
                for (int k = 0; k < one.inner; ++k) {
                    const double product =
                        double(one.a_turned ? a[k * a_stride + r] : a[r * a_stride + k]) *
                        (one.b_turned ? b[k * b_stride + c] : b[c * b_stride + k]);
                    sum += product;
                    size += std::abs(product);
                }
                const double wanted = 0.5 * sum + bias[c] + (accumulate ? untouched : 0);
                ASSERT_NEAR(found, wanted, 1e-6 * size + 1e-5) << r << ' ' << c;
            }
    }
}

TEST(CudaTrainingKernels, MultiplyEveryKindOfFactors) {
    ASSERT_GT(product_parts(70, 9, 1100), 1);
    for (const element factors : {element::f32, element::bf16}) {
        expect_product(factors, {1, 1, 1, 0, false, false});
        expect_product(factors, {131, 130, 33, 2, false, false});
        expect_product(factors, {37, 140, 50, 1, false, true});
        expect_product(factors, {140, 37, 19, 3, true, true});
        expect_product(factors, {70, 9, 1100, 0, true, true});
        expect_product(factors, {9, 24, 1100, 4, false, false});
    }
}

TEST(CudaTrainingKernels, MultiplyFactorsHoweverTheyAreAligned) {
    // Copies of 16 bytes, with a rest and without; then one number after the other. Sums of one tile
    // and of several, more than the ring of stages has.
    constexpr product_case cases[] = {
        {40, 48, 64, 0, false, false},    {20, 72, 203, 5, false, true},
        {130, 300, 40, 0, true, true},    {16, 264, 38, 2, false, false},
        {24, 40, 37, 3, true, true},      {33, 280, 36, 0, false, true},
        {40, 48, 64, 0, false, false, 1}, {24, 288, 33, 0, false, true, 4},
        {30, 40, 21, 0, true, true, 3},   {1100, 264, 24, 0, false, true},
        {8, 264, 1100, 0, true, true},
    };
    for (const product_case& one : cases) expect_product(element::bf16, one);
}

TEST(CudaTrainingKernels, MultiplyByALibrary) {
    // Of which the last lies so that few algorithms will do.
    constexpr product_case cases[] = {
        {136, 128, 160, 0, false, false, 0, false},
        {128, 144, 136, 8, false, true, 0, false},
        {128, 128, 130, 3, true, true, 1, false},
    };
    for (const product_case& one : cases) expect_product(element::bf16, one);
}

TEST(CudaTrainingKernels, RoundToTheNearest) {
    device_memory device;
    auto numbers = drawn(517, 3);
    numbers[0] = 1 + 0x1p-8F;      // between two, of which the first is even
    numbers[1] = 1 + 3 * 0x1p-8F;  // and the second
    bf16* const output = device.make<bf16>(numbers.size());
    device.expect(device.table().training->round(
        {.size = 517, .from = device.put(numbers), .output = output}, device.stream()));
    const auto got = device.get(output, numbers.size());
    EXPECT_EQ(to_float(got[0]), 1);
    EXPECT_EQ(to_float(got[1]), 1 + 0x1p-6F);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        ASSERT_EQ(got[i].bits, to_bf16(numbers[i]).bits) << i;
}

TEST(CudaTrainingKernels, RefuseWhatTheyDoNotHave) {
    device_memory device;
    const training_library& table = *device.table().training;
    training_product p{.factors = element::i8, .rows = 1, .columns = 1, .inner = 1};
    EXPECT_NE(table.multiply(p, device.stream()), 0);
    p.factors = element::f32;
    p.a_turned = true;
    EXPECT_NE(table.multiply(p, device.stream()), 0);
    training_attention a{.task_count = 1, .heads = 1, .kv_heads = 1, .head_dim = 258};
    EXPECT_NE(table.attend(a, device.stream()), 0);
    EXPECT_NE(table.attend_backward({.forward = a}, device.stream()), 0);
}

TEST(CudaTrainingKernels, TellHowLikelyTargetsAre) {
    device_memory device;
    constexpr int rows = 3, vocabulary = 517;
    auto logits = drawn(rows * vocabulary, 3);
    for (float& x : logits) x *= 9;
    logits[vocabulary + 516] = 90;  // the others are nothing beside it
    const std::vector<int> targets{516, 516, 0};
    const std::vector<float> weights{0.25F, -2, 0};
    float* const in_place = device.put(logits);
    training_predict p{.rows = rows,
                       .vocabulary = vocabulary,
                       .logits = in_place,
                       .targets = device.put(targets),
                       .log_sums = device.make<float>(rows),
                       .log_probabilities = device.make<float>(rows)};
    const training_library& table = *device.table().training;
    device.expect(table.predict(p, device.stream()));
    device.expect(table.predict_backward({.rows = rows,
                                          .vocabulary = vocabulary,
                                          .logits = in_place,
                                          .targets = p.targets,
                                          .log_sums = p.log_sums,
                                          .weights = device.put(weights),
                                          .dlogits = {.exact = in_place}},
                                         device.stream()));
    const auto found = device.get(p.log_probabilities, rows);
    const auto derivatives = device.get(in_place, logits.size());
    for (int r = 0; r < rows; ++r) {
        const float* const own = logits.data() + r * vocabulary;
        double sum = 0;
        for (int i = 0; i < vocabulary; ++i) sum += std::exp(double(own[i]) - 90);
        EXPECT_NEAR(found[r], own[targets[r]] - 90 - std::log(sum), 1e-4) << r;
        for (int i = 0; i < vocabulary; ++i) {
            const double probability = std::exp(double(own[i]) - 90) / sum;
            ASSERT_NEAR(derivatives[r * vocabulary + i],
                        weights[r] * (probability - (i == targets[r])), 1e-5)
                << r << ' ' << i;
        }
    }
}

TEST(CudaTrainingKernels, StepWeightsAndRoundThem) {
    device_memory device;
    constexpr int size = 300, skipped = 40;  // of which the optimiser knows nothing
    const auto weights = drawn(size, 1), gradients = drawn(size, 500), first = drawn(size, 900);
    auto second = drawn(size, 77);
    for (float& x : second) x = std::abs(x);
    const training_library& table = *device.table().training;
    training_adamw a{.stretches = device.put<training_stretch>({{skipped, size - skipped, 1}}),
                     .count = 1,
                     .clip = 0.5F,
                     .rate = 0.01F,
                     .decay = 0.1F,
                     .beta1 = 0.9F,
                     .beta2 = 0.99F,
                     .epsilon = 1e-8F,
                     .gradients = device.put(gradients),
                     .first = device.put(first),
                     .second = device.put(second),
                     .weights = device.put(weights),
                     .rounded = device.zeros<bf16>(size)};
    device.expect(table.adamw(a, device.stream()));
    const auto got = device.get(a.weights, size);
    const auto rounded = device.get(a.rounded, size);
    for (int i = 0; i < size; ++i) {
        if (i < skipped) {
            EXPECT_EQ(got[i], weights[i]);
            EXPECT_EQ(rounded[i].bits, 0);
            continue;
        }
        const double gradient = 0.5 * gradients[i];
        const double moment = 0.9 * first[i] + 0.1 * gradient;
        const double square = 0.99 * second[i] + 0.01 * gradient * gradient;
        ASSERT_NEAR(got[i], weights[i] * 0.9 - 0.01 * moment / (std::sqrt(square) + 1e-8), 1e-4)
            << i;
        ASSERT_EQ(rounded[i].bits, to_bf16(got[i]).bits) << i;
    }
    a.rounded = nullptr;
    device.expect(table.adamw(a, device.stream()));
}

}  // namespace
}  // namespace tessera::engine::cuda
