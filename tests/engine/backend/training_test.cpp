#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "core/bf16.hpp"
#include "support/sanitized.hpp"

namespace tessera::engine::cpu {
namespace {

template <class T>
std::vector<T> noise(std::size_t n) {
    static std::mt19937 random{7};
    std::vector<T> out(n);
    for (T& x : out) x = std::uniform_real_distribution<T>(-1, 1)(random);
    return out;
}

template <class T>
std::byte* bytes(std::vector<T>& v) {
    return reinterpret_cast<std::byte*>(v.data());
}

// c = or += a b, where a [m][k] may be turned and b [k][n] may be packed, or both may be rounded.
template <class T>
void expect_product(const basic_kernels<T>& kernels, int m, int n, int k, bool turned, bool packed,
                    bool continued, bool rounded = false) {
    auto a = noise<T>(static_cast<std::size_t>(m * k));
    auto b = noise<T>(static_cast<std::size_t>(k * n));
    auto c = noise<T>(static_cast<std::size_t>(m * n));
    const auto before = c;
    std::vector<T> panels(static_cast<std::size_t>(k * padded(n)), T(-1));
    std::vector<std::byte> scratch(product_scratch<T>);
    kernels.pack(k, n, b.data(), n, 1, panels.data());
    basic_product<T> p;
    if (rounded) p.type = element::bf16;
    p.weights = packed ? bytes(panels) : bytes(b);
    p.weight_stride = packed ? 0 : n * std::ptrdiff_t{sizeof(T)};
    p.input = bytes(a);
    p.input_stride = (turned ? m : k) * std::ptrdiff_t{sizeof(T)};
    p.input_turned = turned;
    p.output = c.data();
    p.output_stride = n;
    p.rows = m;
    p.groups = k;
    p.columns = n;
    p.continued = continued;
    p.scratch = scratch.data();
    const int border = panels_of(n) / 2;
    kernels.multiply(p, 0, border);
    kernels.multiply(p, border, panels_of(n));
    const auto multiplied = [&](T x) {
        return rounded ? static_cast<double>(to_float(to_bf16(static_cast<float>(x))))
                       : static_cast<double>(x);
    };
    double worst = 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            const auto at = static_cast<std::size_t>(i * n + j);
            double sum = continued ? static_cast<double>(before[at]) : 0;
            for (int l = 0; l < k; ++l)
                sum += multiplied(a[static_cast<std::size_t>(turned ? l * m + i : i * k + l)]) *
                       multiplied(b[static_cast<std::size_t>(l * n + j)]);
            worst = std::max(worst, std::abs(sum - static_cast<double>(c[at])));
        }
    EXPECT_LT(worst, sizeof(T) == 4 ? 2e-4 : 1e-11)
        << kernels.name << ' ' << m << ' ' << n << ' ' << k << ' ' << turned << packed << continued
        << rounded;
}

TEST(TrainingKernels, ProductsOfAnyShapeAndOrder) {
    for (const int m : {1, 5, 12, 37, 250})
        for (const int n : {1, 16, 33, 72, 600})
            for (const int k : {1, 30, 300})
                for (const bool turned : {false, true})
                    for (const bool packed : {false, true})
                        for (const bool continued : {false, true}) {
                            if (test::sanitized && m * n * k > 200'000) continue;
                            for (const auto* kernels : available_kernels()) {
                                expect_product(*kernels, m, n, k, turned, packed, continued);
                                if (!packed && kernels->bf16_input == element::bf16)
                                    expect_product(*kernels, m, n, k, turned, packed, continued,
                                                   true);
                            }
                            if (n < 100)
                                expect_product(double_kernels, m, n, k, turned, packed, continued);
                        }
}

TEST(TrainingKernels, PackTransposesAndUnpackThem) {
    for (const auto* kernels : available_kernels()) {
        for (const int n : {5, 16, 70}) {
            const int k = 19;
            const auto w = noise<float>(static_cast<std::size_t>(n * k));
            std::vector<float> panels(static_cast<std::size_t>(k * padded(n)), -1);
            kernels->pack(k, n, w.data(), 1, k, panels.data());
            for (int i = 0; i < k; ++i)
                for (int j = 0; j < padded(n); ++j)
                    ASSERT_EQ(
                        panels[static_cast<std::size_t>((j / lanes * k + i) * lanes + j % lanes)],
                        j < n ? w[static_cast<std::size_t>(j * k + i)] : 0.0F);
            std::vector<float> rows(lanes * 32);
            kernels->unpack(element::f32, k, bytes(panels), rows.data(), 32);
            for (int j = 0; j < std::min(n, lanes); ++j)
                for (int i = 0; i < k; ++i)
                    ASSERT_EQ(rows[static_cast<std::size_t>(j * 32 + i)],
                              w[static_cast<std::size_t>(j * k + i)]);
            // Pairs of bf16 along k.
            std::vector<bf16> pairs(static_cast<std::size_t>((k + 1) / 2 * 2 * lanes));
            for (int j = 0; j < std::min(n, lanes); ++j)
                for (int i = 0; i < k; ++i)
                    pairs[static_cast<std::size_t>((i / 2 * lanes + j) * 2 + i % 2)] =
                        to_bf16(w[static_cast<std::size_t>(j * k + i)]);
            kernels->unpack(element::bf16, k, bytes(pairs), rows.data(), 32);
            for (int j = 0; j < std::min(n, lanes); ++j)
                for (int i = 0; i < k; ++i)
                    ASSERT_EQ(rows[static_cast<std::size_t>(j * 32 + i)],
                              to_float(to_bf16(w[static_cast<std::size_t>(j * k + i)])));
        }
    }
}

TEST(TrainingKernels, CrossEntropyOfAnyWidthAndRange) {
    for (const auto* kernels : available_kernels()) {
        for (const int n : {1, 7, 40, 1000}) {
            auto x = noise<float>(static_cast<std::size_t>(n));
            for (float& one : x) one *= 60;
            const int target = n / 2;
            double top = -1e9, total = 0;
            for (const float one : x) top = std::max(top, double(one));
            for (const float one : x) total += std::exp(one - top);
            auto found = x;
            EXPECT_NEAR(kernels->cross_entropy(n, target, 0.5F, found.data()),
                        x[static_cast<std::size_t>(target)] - std::log(total) - top, 1e-4)
                << kernels->name;
            for (int i = 0; i < n; ++i) {
                const auto at = static_cast<std::size_t>(i);
                EXPECT_NEAR(found[at], 0.5 * (std::exp(x[at] - top) / total - (i == target)), 1e-6);
            }
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cpu
