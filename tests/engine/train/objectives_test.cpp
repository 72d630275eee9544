#include "train/objectives.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

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
    return contrast(documents, 4, 4, states.data(), 1.0, gradient ? gradient->data() : nullptr);
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

TEST(Contrast, IsThatOfPyTorch) {
    std::ifstream in(TESSERA_TEST_DATA "/contrast.json");
    const auto expected = nlohmann::json::parse(in);
    const int width = expected["width"];
    std::vector<document> documents;
    int tokens = 0;
    for (const int length : expected["lengths"]) {
        documents.push_back({tokens, length});
        tokens += length;
    }
    std::vector<double> states(static_cast<std::size_t>(tokens * width)), gradient(states.size());
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = std::sin(double(i) * 0.83 + 0.1);
    const double scale = 0.5;
    const double loss = contrast(documents, width, width, states.data(), scale, gradient.data());
    // Ours adds 1e-12 to squared lengths.
    EXPECT_NEAR(loss, expected["loss"].get<double>(), 1e-8);
    ASSERT_EQ(gradient.size(), expected["gradient"].size());
    for (std::size_t i = 0; i < gradient.size(); ++i)
        EXPECT_NEAR(gradient[i], scale * expected["gradient"][i].get<double>(), 1e-8) << i;
}

}  // namespace
}  // namespace tessera::engine::train
