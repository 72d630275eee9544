#include <gtest/gtest.h>

#include <fstream>

#include "support.hpp"

namespace tessera::engine::train {
namespace {

nlohmann::json golden() {
    std::ifstream in(TESSERA_TEST_DATA "/golden.json");
    return nlohmann::json::parse(in);
}

// Pairs of documents of various lengths, among rows that predict.
std::vector<training_row> with_pairs(std::vector<training_row> rows, int vocab) {
    training_row row;
    row.pairs = true;
    for (const int length : {5, 1, 9, 14, 3, 7}) {
        row.document_starts.push_back(static_cast<int>(row.tokens.size()));
        for (int i = 0; i < length; ++i)
            row.tokens.push_back((i * 11 + length * 3 + i * i / 2) % vocab);
    }
    rows.insert(rows.begin() + 1, row);
    return rows;
}

struct whole_pass {
    explicit whole_pass(const model_config& config, bool pairs = false)
        : net(config), weights(net.layout().size()) {
        const auto& all = net.layout().all();
        for (std::size_t p = 0; p < all.size(); ++p)
            for (std::size_t i = 0; i < all[p].size; ++i)
                weights[all[p].offset + i] = golden_weight<double>(all[p].name, p, i);
        const auto rows = golden_rows(config.vocab_size);
        work = make_batch(pairs ? with_pairs(rows, config.vocab_size) : rows, config, 2);
        net.reserve_positions(work.longest);
    }

    double loss(std::vector<double>* gradients = nullptr) {
        for (int i = 0; i < net.pieces(); ++i) net.pack(weights.data(), i);
        // Garbage, which the first part of a batch overwrites.
        if (gradients) gradients->assign(weights.size(), 1e9);
        double total = 0;
        bool fresh = true;
        for (const auto& shard : work.shards)
            for (const micro_batch& part : shard) {
                total += net.run(weights.data(), part, space, 1.0 / double(work.targets),
                                 gradients ? gradients->data() : nullptr, fresh);
                fresh = false;
            }
        return total / double(work.targets);
    }

    network<double> net;
    std::vector<double> weights;
    workspace<double> space;
    batch work;
};

TEST(Gradients, AreThoseOfPyTorch) {
    for (const auto& expected : golden()) {
        SCOPED_TRACE(expected["config"]["name"]);
        whole_pass pass(golden_config(expected["config"]));
        std::vector<double> gradients;
        EXPECT_NEAR(pass.loss(&gradients), expected["loss"].get<double>(), 1e-9);
        ASSERT_EQ(expected["gradients"].size(), pass.net.layout().all().size());
        for (const parameter& one : pass.net.layout().all()) {
            SCOPED_TRACE(one.name);
            const double* g = gradients.data() + one.offset;
            double squares = 0, fast = 0, slow = 0;
            for (std::size_t i = 0; i < one.size; ++i) {
                squares += g[i] * g[i];
                fast += g[i] * std::cos(double(i) * 0.7);
                slow += g[i] * std::cos(double(i) * 0.013);
            }
            const double found[] = {g[0], g[one.size - 1], std::sqrt(squares), fast, slow};
            for (int k = 0; k < 5; ++k)
                EXPECT_NEAR(found[k], expected["gradients"][one.name][k].get<double>(), 1e-8) << k;
        }
    }
}

class GradientsOf : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Texts, GradientsOf, testing::Bool(),
                         [](const auto& with) { return with.param ? "Pairs" : "Tokens"; });

TEST_P(GradientsOf, AreFiniteDifferences) {
    for (const auto& expected : golden()) {
        SCOPED_TRACE(expected["config"]["name"]);
        whole_pass pass(golden_config(expected["config"]), GetParam());
        std::vector<double> gradients;
        pass.loss(&gradients);
        for (const parameter& one : pass.net.layout().all()) {
            for (const std::size_t i : {std::size_t{0}, one.size / 3, one.size - 1}) {
                constexpr double h = 1e-5;
                double& w = pass.weights[one.offset + i];
                const double kept = w;
                w = kept + h;
                const double above = pass.loss();
                w = kept - h;
                const double below = pass.loss();
                w = kept;
                EXPECT_NEAR(gradients[one.offset + i], (above - below) / (2 * h), 1e-8)
                    << one.name << " " << i;
            }
        }
    }
}

TEST(Gradients, StepsAreThoseOfPyTorchAdamW) {
    for (const auto& expected : golden()) {
        SCOPED_TRACE(expected["config"]["name"]);
        const model_config config = golden_config(expected["config"]);
        trainer t(config, {.steps = 6,
                           .learning_rate = 1e-2,
                           .clip = 0.5,
                           .warmup_steps = 2,
                           .final_ratio = 0.1,
                           .threads = 2});
        const auto names = t.weight_names();
        for (std::size_t p = 0; p < names.size(); ++p) {
            const auto w = t.weight(names[p]);
            for (std::size_t i = 0; i < w.size(); ++i) w[i] = golden_weight<float>(names[p], p, i);
        }
        const auto rows = golden_rows(config.vocab_size);
        for (const auto& step : expected["steps"]) {
            EXPECT_NEAR(t.step(rows), step[0].get<double>(), 2e-4);
            EXPECT_NEAR(t.progress().gradient_norm, step[1].get<double>(), 2e-3);
        }
    }
}

}  // namespace
}  // namespace tessera::engine::train
