#include "train/contrast.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tessera::engine::train {
namespace {

// Texts of two tokens whose states average to `means`, four wide.
double loss_of(const std::vector<std::vector<double>>& means,
               std::vector<double>* gradient = nullptr) {
    std::vector<document> documents;
    std::vector<double> states;
    for (const auto& mean : means) {
        documents.push_back({static_cast<int>(2 * documents.size()), 2});
        for (const double apart : {0.5, -0.5})
            for (const double value : mean) states.push_back(value + apart);
    }
    if (gradient) gradient->resize(states.size());
    return contrast(documents, 4, states.data(), 1.0, gradient ? gradient->data() : nullptr);
}

TEST(Contrast, SeesOnlyTheDirectionsOfMeans) {
    // Each pair in a direction of its own: the cosines are 1 in a pair and 0 elsewhere.
    const double apart = loss_of({{1, 0, 0, 0}, {9, 0, 0, 0}, {0, 2, 0, 0}, {0, 3, 0, 0}});
    EXPECT_NEAR(apart, 2 * std::log(1 + std::exp(-1 / 0.07)), 1e-9);
    // All alike: nothing tells the three pairs apart.
    const double alike = loss_of(std::vector<std::vector<double>>(6, {1, 2, 3, 4}));
    EXPECT_NEAR(alike, 3 * std::log(3), 1e-9);
    // Each text is as its neighbour pair's: the cosines are 0 in a pair and 1 elsewhere.
    const double wrong = loss_of({{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 1, 0, 0}, {1, 0, 0, 0}});
    EXPECT_NEAR(wrong, 2 * std::log(1 + std::exp(1 / 0.07)), 1e-9);
}

TEST(Contrast, PullsPairsTogetherAndLeavesLengthsAlone) {
    const std::vector<double> anchor = {1, 0.5, 0, 0};
    std::vector<double> gradient;
    loss_of({anchor, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}, &gradient);
    // Downhill is towards the related text, away from the other one, and not along the text's own
    // mean; both tokens move alike.
    EXPECT_LT(gradient[1], 0);
    EXPECT_GT(gradient[0], 0);
    EXPECT_GT(gradient[3], 0);
    EXPECT_NEAR(gradient[0] * anchor[0] + gradient[1] * anchor[1], 0, 1e-12);
    for (int k = 0; k < 4; ++k) EXPECT_DOUBLE_EQ(gradient[k], gradient[4 + k]);
}

}  // namespace
}  // namespace tessera::engine::train
