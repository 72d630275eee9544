#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "decode/constraint.hpp"
#include "engine/serve/support.hpp"
#include "loading/safetensors.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

constexpr token_id damaged = 263;

// The embedding of one token is NaN, and so is all that follows it.
struct damaged_model {
    testing::temporary_folder folder{"tessera-damaged"};
    std::shared_ptr<const loaded_model> weights;

    damaged_model() {
        auto config = testing::tiny_config();
        config["tie_word_embeddings"] = false;
        testing::write_random_model(folder.path(), config);
        const auto path = folder.path() / "model.safetensors";
        const auto file = safetensors_file::open(path);
        std::vector<tensor_view> tensors(file.tensors().begin(), file.tensors().end());
        auto& table = *std::ranges::find(tensors, "model.embed_tokens.weight", &tensor_view::name);
        std::vector<std::byte> data(table.data.begin(), table.data.end());
        const auto row = data.size() / 264;
        std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(damaged * row), row,
                    std::byte{0xff});
        table.data = data;
        write_safetensors(path, tensors);
        weights = load_model(folder.path(), {weight_precision::as_stored, 1});
    }
};

generation_request sound(int length, int salt) {
    auto r = request_of(length, salt, 40);
    r.sampling.logit_bias = {{damaged, -1000.0F}};
    return r;
}

TEST(Damaged, ARequestWhoseLogitsAreNoNumbersFailsAlone) {
    const damaged_model m;
    engine alone(m.weights, shared().text, few());
    engine e(m.weights, shared().text, few(2));
    std::vector<std::shared_ptr<recorder>> others;
    const auto add = [&] {
        others.push_back(std::make_shared<recorder>());
        e.submit(sound(30, static_cast<int>(others.size())), others.back());
    };
    for (const float temperature : {0.0F, 1.0F}) {
        for (const int max_tokens : {0, 20}) {
            add();
            auto r = request_of(20, 7, max_tokens);
            r.prompt[11] = damaged;
            r.prompt_logprobs = max_tokens == 0;
            r.sampling.temperature = temperature;
            const auto failed = run(e, r);
            EXPECT_EQ(failed.result.reason, finish_reason::failed);
            EXPECT_NE(failed.result.error.find("not finite"), std::string::npos)
                << failed.result.error;
            EXPECT_TRUE(failed.heard->tokens.empty());
            add();
        }
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
        EXPECT_NE(others[i]->wait().reason, finish_reason::failed);
        const auto expected = run(alone, sound(30, static_cast<int>(i) + 1));
        EXPECT_TRUE(same_bits(others[i]->tokens, expected.heard->tokens)) << i;
    }
}

TEST(Damaged, AReadingWhoseStatesAreNoNumbersFailsAlone) {
    const damaged_model m;
    engine e(m.weights, shared().text, few(2));
    const auto read = [&](std::vector<std::vector<token_id>> inputs, pooling how) {
        std::promise<reading_result> result;
        e.submit(reading_request{.inputs = std::move(inputs), .pool = how},
                 [&](reading_result r) { result.set_value(std::move(r)); });
        return result.get_future().get();
    };
    const auto other = std::make_shared<recorder>();
    e.submit(sound(30, 1), other);
    for (const auto how : {pooling::none, pooling::mean, pooling::last}) {
        std::vector<std::vector<token_id>> inputs;
        for (int i = 0; i < 40; ++i) inputs.push_back(prompt_of(100, i));
        inputs[3] = {1, damaged, 2};
        const auto failed = read(inputs, how);
        EXPECT_EQ(failed.reason, finish_reason::failed);
        EXPECT_NE(failed.error.find("not finite"), std::string::npos) << failed.error;
        EXPECT_TRUE(failed.states.empty());
        EXPECT_EQ(read({{1, 2}}, how).reason, finish_reason::stop);
    }
    EXPECT_NE(other->wait().reason, finish_reason::failed);
    EXPECT_EQ(e.current().running, 0);
    EXPECT_EQ(e.current().queued, 0);
}

// A draft is computed in the same step as the token before it, which must not feel it.
TEST(Damaged, APredictionOfADamagedTokenHarmsNothing) {
    const damaged_model m;
    engine e(m.weights, shared().text, few());
    auto r = sound(30, 5);
    const auto expected = run(e, r);
    ASSERT_EQ(expected.result.completion_tokens, 40) << expected.result.error;
    for (std::size_t i = 0; i < 40; ++i)
        r.predicted.push_back(i % 3 == 2 ? damaged : expected.heard->tokens[i].id);
    const auto got = run(e, r);
    EXPECT_EQ(got.result.reason, finish_reason::length) << got.result.error;
    EXPECT_TRUE(same_bits(got.heard->tokens, expected.heard->tokens));
}

// Tokens that the tokenizer has and the model has not.
TEST(Damaged, ATokenizerMayKnowMoreThanItsModel) {
    const testing::temporary_folder folder("tessera-narrow");
    auto config = testing::tiny_config();
    config["vocab_size"] = 258;
    testing::write_random_model(folder.path(), config);
    const auto text = std::make_shared<tokenizer>(tokenizer::load(folder.path()));
    ASSERT_GT(text->vocab_size(), 258);
    engine e(load_model(folder.path(), {weight_precision::as_stored, 1}), text, few());
    const auto refusal = [&](const generation_request& r) -> std::string {
        try {
            e.submit(r, std::make_shared<recorder>());
        } catch (const engine_error& error) {
            EXPECT_EQ(error.code, error_code::invalid_argument);
            return error.what();
        }
        return "accepted";
    };
    auto r = request_of(20, 3);
    r.prompt = text->encode("hello<|user|>");
    EXPECT_EQ(refusal(r), "the prompt has token 258, which is outside the vocabulary");
    r.prompt.pop_back();
    r.predicted = text->encode("<|system|>");
    EXPECT_EQ(refusal(r), "the prediction has token 260, which is outside the vocabulary");
    r.predicted.clear();
    r.sampling.logit_bias = {{258, 1.0F}};
    EXPECT_EQ(refusal(r), "logit_bias names a token outside the vocabulary");
    r.sampling.logit_bias.clear();

    // A constraint over the tokenizer's tokens wishes for one of them.
    struct wishful : constraint {
        void allowed(std::span<std::uint64_t> words) override {
            EXPECT_EQ(words.size(), 5U);
            std::ranges::fill(words, ~std::uint64_t{0});
            words[4] &= ~std::uint64_t{1};  // but not the end
        }
        token_id towards_end() const override { return 1 << 28; }
        bool accept(token_id token) override { return token < 258 && token != end_token; }
    };
    r.limits = std::make_shared<wishful>();
    const auto got = run(e, r).result;
    EXPECT_EQ(got.reason, finish_reason::length) << got.error;
    EXPECT_EQ(got.completion_tokens, 40);
}

}  // namespace
}  // namespace tessera::engine
