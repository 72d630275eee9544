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
    bool a_turned, b_turned, narrow;
};

void expect_product(element factors, const product_case& one) {
    SCOPED_TRACE(::testing::Message()
                 << (factors == element::f32 ? "f32 " : "bf16 ") << one.rows << 'x' << one.columns
                 << 'x' << one.inner << " turned " << one.a_turned << one.b_turned);
    device_memory device;
    const auto rounded = [&](float x) {
        return factors == element::f32 ? x : to_float(to_bf16(x));
    };
    const int a_stride = (one.a_turned ? one.rows : one.inner) + one.more;
    const int b_stride = (one.b_turned ? one.columns : one.inner) + one.more;
    const int stride = one.columns + one.more;
    const auto a = drawn(std::size_t(a_stride) * (one.a_turned ? one.inner : one.rows), 1);
    const auto b = drawn(std::size_t(b_stride) * (one.b_turned ? one.inner : one.columns), 999);
    const auto bias = drawn(one.columns, 5);
    std::vector<bf16> narrow;
    for (const float x : b) narrow.push_back(to_bf16(x));
    const std::vector<float> before(std::size_t(stride) * one.rows, untouched);
    for (const bool accumulate : {false, true}) {
        float* const output = device.put(before);
        training_product p;
        p.factors = factors;
        p.rows = one.rows;
        p.columns = one.columns;
        p.inner = one.inner;
        p.a = device.put(a);
        p.a_stride = a_stride;
        p.a_turned = one.a_turned;
        p.b = one.narrow ? static_cast<const void*>(device.put(narrow)) : device.put(b);
        p.b_stride = b_stride;
        p.b_turned = one.b_turned;
        p.b_type = one.narrow ? element::bf16 : element::f32;
        p.bias = device.put(bias);
        p.factor = 0.5F;
        p.accumulate = accumulate;
        p.output = output;
        p.output_stride = stride;
        p.scratch = device.make<float>(product_scratch(one.rows, one.columns, one.inner));
        device.expect(device.table().training->multiply(p, device.stream()));
        const auto got = device.get(output, before.size());
        for (int r = 0; r < one.rows; ++r)
            for (int c = 0; c < stride; ++c) {
                const float found = got[std::size_t(r) * stride + c];
                if (c >= one.columns) {
                    ASSERT_EQ(found, untouched);
                    continue;
                }
                double sum = 0, size = 1;
                for (int k = 0; k < one.inner; ++k) {
                    const double product =
                        double(rounded(one.a_turned ? a[k * a_stride + r] : a[r * a_stride + k])) *
                        rounded(one.b_turned ? b[k * b_stride + c] : b[c * b_stride + k]);
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
        expect_product(factors, {1, 1, 1, 0, false, false, false});
        expect_product(factors, {131, 130, 33, 2, false, false, false});
        expect_product(factors, {37, 140, 50, 1, false, true, false});
        expect_product(factors, {140, 37, 19, 3, true, true, false});
        expect_product(factors, {70, 9, 1100, 0, true, true, false});
        expect_product(factors, {9, 24, 1100, 4, false, false, false});
    }
    for (const bool turned : {false, true})
        expect_product(element::bf16, {20, 40, 36, turned, false, turned, true});
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
                                          .weights = device.put(weights)},
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

}  // namespace
}  // namespace tessera::engine::cuda
