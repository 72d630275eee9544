#include "backend/cpu/kernels.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/bf16.hpp"

namespace tessera::engine::cpu {
namespace {

float noise(std::size_t index) {
    auto x = static_cast<std::uint32_t>(index * 2654435761U + 12345U);
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    return static_cast<float>(x >> 8) / 8388608.0F - 1.0F;
}

struct problem {
    element type;
    int rows;
    int inner;
    int features;
    std::vector<std::byte> weights;
    std::vector<std::byte> input;
    std::ptrdiff_t input_stride = 0;
    std::vector<float> bias;
    std::vector<double> exact;  // [row][feature]
};

void put(std::vector<std::byte>& bytes, std::size_t index, element type, float x) {
    if (type == element::f32) {
        std::memcpy(&bytes[4 * index], &x, 4);
    } else {
        const auto half = to_bf16(x);
        std::memcpy(&bytes[2 * index], &half, 2);
    }
}

problem make_problem(const kernels& k, element type, int rows, int inner, int features) {
    problem p{type, rows, inner, features, {}, {}, 0, {}, {}};
    const element input = type == element::f32 ? element::f32 : k.bf16_input;
    const auto round = [](element as, float x) {
        return as == element::f32 ? x : to_float(to_bf16(x));
    };
    const auto weight = [&](int feature, int i) {
        return round(type, noise(static_cast<std::size_t>(feature * inner + i)));
    };
    const auto value = [&](int row, int i) {
        return round(input, noise(static_cast<std::size_t>(1000000 + row * inner + i)));
    };
    const int panels = panels_of(features);
    const int width = type == element::f32 ? 1 : 2;
    p.weights.resize(panel_bytes(type, inner) * static_cast<std::size_t>(panels));
    for (int feature = 0; feature < features; ++feature) {
        for (int i = 0; i < inner; ++i) {
            const auto place =
                ((feature / lanes * groups_of(type, inner) + i / width) * lanes + feature % lanes) *
                    width +
                i % width;
            put(p.weights, static_cast<std::size_t>(place), type, weight(feature, i));
        }
        p.bias.push_back(noise(static_cast<std::size_t>(2000000 + feature)));
    }
    p.bias.resize(static_cast<std::size_t>(padded(features)));
    const int padded_inner = padded(inner);
    p.input_stride = padded_inner * static_cast<std::ptrdiff_t>(size_of(input));
    p.input.resize(static_cast<std::size_t>(rows * p.input_stride));
    for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < inner; ++i) {
            put(p.input, static_cast<std::size_t>(row * padded_inner + i), input, value(row, i));
        }
        for (int feature = 0; feature < features; ++feature) {
            double sum = 0;
            for (int i = 0; i < inner; ++i) {
                sum += static_cast<double>(value(row, i)) * static_cast<double>(weight(feature, i));
            }
            p.exact.push_back(sum);
        }
    }
    return p;
}

std::vector<float> multiply(const kernels& k, const problem& p, int first_row, int rows, bool bias,
                            std::vector<int> borders) {
    const int width = padded(p.features);
    std::vector<float> output(static_cast<std::size_t>(rows * width), 0.5F);
    product q;
    q.type = p.type;
    q.weights = p.weights.data();
    q.input = p.input.data() + first_row * p.input_stride;
    q.input_stride = p.input_stride;
    q.output = output.data();
    q.output_stride = width;
    q.bias = bias ? p.bias.data() : nullptr;
    q.rows = rows;
    q.groups = groups_of(p.type, p.inner);
    q.accumulate = bias;
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) k.multiply(q, borders[i], borders[i + 1]);
    return output;
}

TEST(Kernels, MultiplyIsExactEnoughAndTheSameForEveryShape) {
    for (const auto* k : available_kernels()) {
        for (const auto type : {element::f32, element::bf16}) {
            for (const int rows : {1, 2, 3, 4, 5, 6, 7, 11, 13, 100}) {
                for (const auto& [inner, features] : {std::pair{1, 5},
                                                      {7, 16},
                                                      {33, 50},
                                                      {64, 16 * 13},
                                                      {130, 16 * 9 + 3},
                                                      {801, 40}}) {
                    const auto p = make_problem(*k, type, rows, inner, features);
                    const int panels = panels_of(features);
                    const auto whole = multiply(*k, p, 0, rows, true, {0, panels});
                    for (int row = 0; row < rows; ++row) {
                        for (int f = 0; f < features; ++f) {
                            const auto at = static_cast<std::size_t>(row * padded(features) + f);
                            const double exact =
                                p.exact[static_cast<std::size_t>(row * features + f)];
                            ASSERT_NEAR(whole[at],
                                        exact + p.bias[static_cast<std::size_t>(f)] + 0.5,
                                        1e-5 * inner)
                                << k->name << ' ' << rows << 'x' << inner << 'x' << features;
                        }
                        const auto alone = multiply(*k, p, row, 1, true, {0, panels / 3, panels});
                        ASSERT_EQ(
                            std::memcmp(alone.data(),
                                        &whole[static_cast<std::size_t>(row * padded(features))],
                                        alone.size() * sizeof(float)),
                            0)
                            << k->name << ' ' << rows << 'x' << inner << 'x' << features;
                    }
                }
            }
        }
    }
}

TEST(Kernels, NormaliseAndGate) {
    for (const auto* k : available_kernels()) {
        const int size = 75;
        std::vector<float> x(static_cast<std::size_t>(padded(size)));
        auto weight = x;
        double squares = 0;
        for (int i = 0; i < size; ++i) {
            x[static_cast<std::size_t>(i)] = 3 * noise(static_cast<std::size_t>(i));
            weight[static_cast<std::size_t>(i)] = noise(static_cast<std::size_t>(i + 500));
            squares += std::pow(x[static_cast<std::size_t>(i)], 2);
        }
        std::vector<float> y(x.size(), 9.0F);
        k->rms_norm(x.data(), weight.data(), size, 1e-5F,
                    {reinterpret_cast<std::byte*>(y.data()), element::f32});
        for (std::size_t i = 0; i < y.size(); ++i) {
            EXPECT_NEAR(y[i], x[i] / std::sqrt(squares / size + 1e-5) * weight[i], 1e-6);
        }
        std::vector<float> gate_up(4 * lanes);
        for (std::size_t i = 0; i < gate_up.size(); ++i) gate_up[i] = 20 * noise(i);
        std::vector<float> gated(2 * lanes);
        k->swiglu(gate_up.data(), 2, {reinterpret_cast<std::byte*>(gated.data()), element::f32});
        for (std::size_t i = 0; i < gated.size(); ++i) {
            const double gate = gate_up[i / lanes * 2 * lanes + i % lanes];
            const double up = gate_up[(i / lanes * 2 + 1) * lanes + i % lanes];
            EXPECT_NEAR(gated[i], gate / (1 + std::exp(-gate)) * up, 1e-4) << k->name;
        }
        if (k->bf16_input == element::bf16) {
            std::vector<bf16> narrow(x.size());
            k->rms_norm(x.data(), weight.data(), size, 1e-5F,
                        {reinterpret_cast<std::byte*>(narrow.data()), element::bf16});
            for (std::size_t i = 0; i < y.size(); ++i)
                EXPECT_EQ(narrow[i].bits, to_bf16(y[i]).bits);
        }
    }
}

TEST(Kernels, ExponentialsAndMaximum) {
    for (const auto* k : available_kernels()) {
        for (const int size : {1, 15, 16, 17, 255, 256, 257, 1000}) {
            std::vector<float> x;
            for (int i = 0; i < size; ++i) x.push_back(30 * noise(static_cast<std::size_t>(i)));
            EXPECT_EQ(k->maximum(x.data(), size), *std::max_element(x.begin(), x.end()));
            std::vector<float> y(x.size());
            std::vector<float> sums((x.size() + exponential_stretch - 1) / exponential_stretch);
            k->exponentials(x.data(), size, 30, 0.5F, y.data(), sums.data());
            std::vector<double> exact(sums.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double e = std::exp(static_cast<double>((x[i] - 30.0F) * 0.5F));
                EXPECT_NEAR(y[i], e, 5e-7 * e) << k->name;
                exact[i / exponential_stretch] += e;
            }
            for (std::size_t i = 0; i < sums.size(); ++i)
                EXPECT_NEAR(sums[i], exact[i], 1e-5 * exact[i]);
        }
    }
}

// Else damaged weights would go unnoticed.
TEST(Kernels, KeepNumbersThatAreNone) {
    const float infinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const auto* k : available_kernels()) {
        for (const std::size_t size : {1U, 15U, 16U, 33U, 1000U}) {
            for (std::size_t at = 0; at < size; at += 1 + size / 40) {
                std::vector<float> x(size, -infinity);
                EXPECT_EQ(k->maximum(x.data(), static_cast<int>(size)), -infinity) << k->name;
                x[size / 2] = infinity;
                x[at] = nan;
                EXPECT_TRUE(std::isnan(k->maximum(x.data(), static_cast<int>(size))))
                    << k->name << ' ' << size << ' ' << at;
                std::vector<float> y(size);
                std::vector<float> sums(size / exponential_stretch + 1);
                k->exponentials(x.data(), static_cast<int>(size), 0, 1, y.data(), sums.data());
                EXPECT_TRUE(std::isnan(y[at])) << k->name << ' ' << size << ' ' << at;
            }
        }
        if (k->bf16_input != element::bf16) continue;
        const std::vector<float> x(lanes, 1.0F);
        // Every bit set: rounding up would carry into the sign.
        const std::vector<float> weight(lanes, std::bit_cast<float>(0x7fffffffU));
        std::vector<bf16> narrow(lanes);
        k->rms_norm(x.data(), weight.data(), lanes, 0,
                    {reinterpret_cast<std::byte*>(narrow.data()), element::bf16});
        for (const auto y : narrow) EXPECT_TRUE(std::isnan(to_float(y))) << k->name;
    }
}

}  // namespace
}  // namespace tessera::engine::cpu
