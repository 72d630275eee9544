#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/serve/support.hpp"
#include "model/classes.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

std::vector<std::vector<float>> classified(engine& e, std::vector<std::vector<token_id>> inputs) {
    std::promise<reading_result> done;
    e.submit(reading_request{.inputs = std::move(inputs), .classify = true},
             [&](reading_result r) { done.set_value(std::move(r)); });
    const auto result = done.get_future().get();
    EXPECT_EQ(result.reason, finish_reason::stop) << result.error;
    return result.states;
}

TEST(Classifying, AgreesWithPyTorch) {
    for (const std::string name : {"llama_classifier", "qwen2_regressor", "bf16_classifier"}) {
        SCOPED_TRACE(name);
        std::ifstream file(TESSERA_SOURCE_DIR "/tests/engine/run/data/" + name + ".json");
        const auto expected = nlohmann::json::parse(file);
        const testing::temporary_folder folder("tessera-classifying");
        const bool bf16 = expected["stored"] == "bf16";
        testing::write_random_weights(folder.path(), expected["config"],
                                      bf16 ? dtype::bf16 : dtype::f32);
        const auto weights = load_model(folder.path());
        ASSERT_TRUE(weights->config().classifier);
        const auto& head = *weights->config().classifier;
        engine e(weights, shared().text, few(2));
        const auto tokens = expected["tokens"].get<std::vector<token_id>>();
        std::vector<std::vector<token_id>> inputs;
        for (const auto& row : expected["rows"]) {
            inputs.emplace_back(tokens.begin(), tokens.begin() + row.get<std::ptrdiff_t>() + 1);
        }
        const auto outputs = classified(e, inputs);
        const double tolerance = bf16 ? 0.05 : 3e-5;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            ASSERT_EQ(outputs[i].size(), head.labels.size());
            const auto meaning = interpret(head.problem, outputs[i]);
            for (std::size_t k = 0; k < head.labels.size(); ++k) {
                EXPECT_NEAR(outputs[i][k], expected["scores"][i][k].get<double>(), tolerance);
                EXPECT_NEAR(meaning[k], expected["meaning"][i][k].get<double>(), tolerance);
            }
        }
        // To the bit the same alone, and with a beginning out of the cache.
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            EXPECT_EQ(classified(e, {inputs[i]}).at(0), outputs[i]);
        }
    }
}

TEST(Classifying, GoesBesideReadingsInOneBatch) {
    auto config = testing::tiny_config();
    config["architectures"] = {"LlamaForSequenceClassification"};
    config["id2label"] = {{"0", "no"}, {"1", "perhaps"}, {"2", "yes"}};
    const testing::temporary_folder folder("tessera-classifying");
    testing::write_random_weights(folder.path(), config);
    const auto weights = load_model(folder.path());
    engine e(weights, shared().text, few());
    const auto input = prompt_of(40, 3);
    const auto alone = classified(e, {input}).at(0);
    std::promise<reading_result> states;
    e.submit(reading_request{.inputs = {prompt_of(30, 1), prompt_of(20, 2)}, .pool = pooling::last},
             [&](reading_result r) { states.set_value(std::move(r)); });
    std::vector<std::vector<token_id>> many(12, input);
    for (std::size_t i = 0; i < many.size(); ++i) many[i].resize(40 - i);
    EXPECT_EQ(classified(e, many).at(0), alone);
    EXPECT_EQ(states.get_future().get().states.at(1).size(), 64U);

    const auto refusal = [](engine& by, auto request) -> std::string {
        try {
            if constexpr (std::is_same_v<decltype(request), reading_request>) {
                by.submit(std::move(request), [](const reading_result&) {});
            } else {
                by.submit(std::move(request), std::make_shared<recorder>());
            }
        } catch (const engine_error& error) {
            EXPECT_EQ(error.code, error_code::invalid_argument);
            return error.what();
        }
        return "accepted";
    };
    EXPECT_EQ(refusal(e, request_of(5, 1)),
              "the model classifies and does not generate: it is a LlamaForSequenceClassification");
    engine other(shared().weights, shared().text, few());
    EXPECT_EQ(refusal(other, reading_request{.inputs = {input}, .classify = true}),
              "the model has no head that classifies: it is a LlamaForCausalLM");
}

}  // namespace
}  // namespace tessera::engine
