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

TEST(Compare, WantsTheCosineOfEachPair) {
    // Cosines of 1, 0 and -1.
    const std::vector<document> documents{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}};
    const std::vector<double> states{1, 0, 2, 0, 1, 0, 0, 3, 1, 0, -4, 0};
    const float wanted[] = {0.5F, 0.5F, -1};
    std::vector<double> gradient(states.size());
    const double loss = compare(documents, 2, 2, states.data(), wanted, 1.0, gradient.data());
    EXPECT_NEAR(loss, 0.25 + 0.25, 1e-9);
    // Too far apart: downhill is towards each other. As wanted: nothing moves.
    EXPECT_LT(gradient[5], 0);
    EXPECT_LT(gradient[6], 0);
    for (std::size_t i = 8; i < gradient.size(); ++i) EXPECT_NEAR(gradient[i], 0, 1e-9);
    EXPECT_DOUBLE_EQ(
        compare(documents, 2, 2, states.data(), wanted, 1.0, static_cast<double*>(nullptr)), loss);
}

TEST(Logistic, IsTheCrossEntropyOfEachLabel) {
    const float wanted[] = {1, 0, 1, 0};
    double outputs[] = {0, 0, 50, 1000};
    const double loss = logistic_loss(4, wanted, 2.0, outputs);
    EXPECT_NEAR(loss, 2 * std::log(2) + 1000, 1e-9);
    EXPECT_NEAR(outputs[0], -1, 1e-9);
    EXPECT_NEAR(outputs[1], 1, 1e-9);
    EXPECT_NEAR(outputs[2], 0, 1e-9);
    EXPECT_NEAR(outputs[3], 2, 1e-9);
}

// The same losses; the gradients are those without focus times the weight.
TEST(Focus, WeighsByWhatIsWrong) {
    EXPECT_EQ(focus_of_probability(0.25, 0), 1);
    EXPECT_DOUBLE_EQ(focus_of_probability(0.25, 2), 0.75 * 0.75);
    EXPECT_EQ(focus_of_probability(1, 2), 0);
    EXPECT_EQ(focus_of_difference(3, 0), 1);
    EXPECT_DOUBLE_EQ(focus_of_difference(-3, 2), std::pow(std::tanh(1.5), 2));

    const float wanted[] = {1, 0.25F};
    for (const auto loss_of : {&logistic_loss<double>, &squared_loss<double>}) {
        double plain[] = {0.7, -2}, focused[] = {0.7, -2};
        EXPECT_EQ(loss_of(2, wanted, 1.0, plain, 0), loss_of(2, wanted, 1.0, focused, 2));
        for (int i = 0; i < 2; ++i) {
            const double weight = focused[i] / plain[i];
            EXPECT_GT(weight, 0);
            EXPECT_LT(weight, 1);
        }
    }
    const std::vector<document> documents{{0, 1}, {1, 1}, {2, 1}, {3, 1}};
    const std::vector<double> states{1, 0, 1, 0.2, 0, 1, 0.3, 1};
    std::vector<double> plain(states.size()), focused(states.size());
    EXPECT_EQ(contrast(documents, 2, 2, states.data(), 1.0, plain.data()),
              contrast(documents, 2, 2, states.data(), 1.0, focused.data(), 2));
    for (std::size_t i = 0; i < plain.size(); ++i)
        EXPECT_LE(std::abs(focused[i]), std::abs(plain[i])) << i;
}

}  // namespace
}  // namespace tessera::engine::train
