#include "train/kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tessera::engine::train {
namespace {

class Kernels : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        kernels_ = kernels_of_level<float>(GetParam());
        if (!kernels_) GTEST_SKIP() << "this processor does not run " << GetParam();
    }
    std::vector<float> noise(std::size_t n) {
        std::vector<float> out(n);
        for (float& x : out) x = std::uniform_real_distribution<float>(-1, 1)(random_);
        return out;
    }
    const kernels<float>* kernels_ = nullptr;
    std::mt19937 random_{7};
};

TEST_P(Kernels, ProductsOfAnyShapeAndOrder) {
    std::vector<float> scratch(scratch_size);
    for (const int m : {1, 5, 12, 37, 250})
        for (const int n : {1, 16, 33, 72})
            for (const int k : {1, 30, 300})
                for (const bool turned : {false, true})
                    for (const bool packed : {false, true})
                        for (const bool accumulate : {false, true}) {
                            const auto a = noise(std::size_t(m) * k);
                            const auto b = noise(std::size_t(k) * n);
                            auto c = noise(std::size_t(m) * n);
                            const auto before = c;
                            std::vector<float> panels(packed_size(k, n));
                            kernels_->pack(k, n, b.data(), n, 1, panels.data());
                            kernels_->multiply({.m = m,
                                                .n = n,
                                                .k = k,
                                                .a = a.data(),
                                                .a_row = turned ? 1 : k,
                                                .a_column = turned ? m : 1,
                                                .b = packed ? panels.data() : b.data(),
                                                .b_row = packed ? 0 : n,
                                                .c = c.data(),
                                                .c_row = n,
                                                .accumulate = accumulate},
                                               scratch.data());
                            float worst = 0;
                            for (int i = 0; i < m; ++i)
                                for (int j = 0; j < n; ++j) {
                                    double sum = accumulate ? before[i * n + j] : 0;
                                    for (int l = 0; l < k; ++l)
                                        sum += double(a[turned ? l * m + i : i * k + l]) *
                                               b[l * n + j];
                                    worst = std::max(worst, std::abs(float(sum) - c[i * n + j]));
                                }
                            ASSERT_LT(worst, 1e-4F) << m << " " << n << " " << k << " " << turned
                                                    << packed << accumulate;
                        }
}

TEST_P(Kernels, PacksTransposes) {
    for (const int n : {5, 32, 70}) {
        const int k = 19;
        const auto w = noise(std::size_t(n) * k);
        std::vector<float> panels(packed_size(k, n), -1);
        kernels_->pack(k, n, w.data(), 1, k, panels.data());
        for (int i = 0; i < k; ++i)
            for (int j = 0; j < (n + panel - 1) / panel * panel; ++j)
                ASSERT_EQ(panels[(j / panel * k + i) * panel + j % panel],
                          j < n ? w[j * k + i] : 0.0F);
    }
}

TEST_P(Kernels, CrossEntropyOfAnyWidthAndRange) {
    for (const int n : {1, 7, 40, 1000}) {
        auto x = noise(n);
        for (float& one : x) one *= 60;
        const int target = n / 2;
        double top = -1e9, total = 0;
        for (const float one : x) top = std::max(top, double(one));
        for (const float one : x) total += std::exp(one - top);
        auto found = x;
        EXPECT_NEAR(kernels_->cross_entropy(1, n, &target, 0.5F, found.data()),
                    std::log(total) + top - x[target], 1e-4);
        for (int i = 0; i < n; ++i)
            EXPECT_NEAR(found[i], 0.5 * (std::exp(x[i] - top) / total - (i == target)), 1e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(Levels, Kernels, testing::Values("portable", "avx2", "avx512"),
                         [](const auto& level) { return std::string(level.param); });

}  // namespace
}  // namespace tessera::engine::train
