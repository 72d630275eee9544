#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/serve/support.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;
using vectors = std::vector<std::vector<float>>;

std::future<reading_result> start(engine& e, reading_request r, std::uint64_t* id = nullptr) {
    const auto result = std::make_shared<std::promise<reading_result>>();
    const auto given = e.submit(
        std::move(r), [result](reading_result read) { result->set_value(std::move(read)); });
    if (id) *id = given;
    return result->get_future();
}

reading_result read(engine& e, reading_request r) {
    auto result = start(e, std::move(r));
    if (result.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
        ADD_FAILURE() << "no result";
        return {};
    }
    return result.get();
}

vectors states_of(engine& e, vectors::size_type inputs, int salt, pooling how) {
    reading_request r{.pool = how};
    for (std::size_t i = 0; i < inputs; ++i) {
        r.inputs.push_back(
            prompt_of(1 + static_cast<int>(i) * 13 % 90, salt + static_cast<int>(i)));
    }
    const auto result = read(e, std::move(r));
    EXPECT_EQ(result.reason, finish_reason::stop) << result.error;
    return result.states;
}

bool same_floats(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool same_floats(const vectors& a, const vectors& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same_floats(x, y); });
}

// Holds the engine in one request's first token until it is let go.
class brake {
  public:
    explicit brake(engine& e) {
        heard_->hook = [held = let_go_.get_future().share()] { held.wait(); };
        auto r = request_of(5, 1, 1);
        r.min_tokens = 1;
        e.submit(r, heard_);
        heard_->wait_for_tokens(1);
    }
    void release() {
        let_go_.set_value();
        heard_->wait();
    }

  private:
    std::promise<void> let_go_;
    std::shared_ptr<recorder> heard_ = std::make_shared<recorder>();
};

class GoldenReading : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenReading, AgreesWithPyTorch) {
    std::ifstream file(std::string(TESSERA_SOURCE_DIR "/tests/engine/run/data/") + GetParam() +
                       ".json");
    const auto expected = nlohmann::json::parse(file);
    const testing::temporary_folder folder("tessera-reading");
    const bool bf16 = expected["stored"] == "bf16";
    testing::write_random_weights(folder.path(), expected["config"],
                                  bf16 ? dtype::bf16 : dtype::f32);
    const auto weights = load_model(folder.path());
    auto o = few(2);
    o.max_sequences = 2;
    o.token_budget = 21;
    engine e(weights, shared().text, o);
    auto tokens = expected["tokens"].get<std::vector<token_id>>();
    tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(e.context_length())));
    const auto width = static_cast<std::size_t>(weights->config().hidden_size);
    const double tolerance = bf16 ? 0.05 : 3e-5;
    const auto expect_near = [&](std::span<const float> got, const nlohmann::json& wanted) {
        ASSERT_EQ(got.size(), wanted.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            ASSERT_NEAR(got[i], wanted[i].get<double>(), tolerance) << i;
        }
    };
    const auto all = read(e, {.inputs = {tokens}, .pool = pooling::none}).states.at(0);
    ASSERT_EQ(all.size(), tokens.size() * width);
    for (std::size_t i = 0; i < expected["rows"].size(); ++i) {
        const auto row = expected["rows"][i].get<std::size_t>();
        if (row >= tokens.size()) continue;
        expect_near(std::span(all).subspan(row * width, width), expected["states"][i]);
        auto beginning = tokens;
        beginning.resize(row + 1);
        expect_near(read(e, {.inputs = {beginning}, .pool = pooling::last}).states.at(0),
                    expected["states"][i]);
    }
    if (tokens.size() == expected["tokens"].size()) {
        expect_near(read(e, {.inputs = {tokens}}).states.at(0), expected["mean"]);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenReading,
                         ::testing::Values("llama3_gqa", "llama_biases", "qwen2_tied", "linear",
                                           "dynamic", "yarn", "bf16"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Reading, PoolsTheStatesOfAllTokens) {
    engine e(shared().weights, shared().text, few());
    const auto all = states_of(e, 7, 3, pooling::none);
    const auto mean = states_of(e, 7, 3, pooling::mean);
    const auto last = states_of(e, 7, 3, pooling::last);
    for (std::size_t i = 0; i < 7; ++i) {
        const auto count = all[i].size() / 64;
        EXPECT_EQ(count, 1 + i * 13 % 90);
        for (std::size_t d = 0; d < 64; ++d) {
            double sum = 0;
            for (std::size_t t = 0; t < count; ++t) sum += all[i][t * 64 + d];
            EXPECT_EQ(mean[i][d], static_cast<float>(sum / static_cast<double>(count)));
        }
        EXPECT_TRUE(same_floats(last[i], {all[i].end() - 64, all[i].end()}));
    }
}

TEST(Reading, GivesTheSameBitsHoweverThePromptIsCut) {
    const auto prompt = prompt_of(50, 17);
    for (const auto how : {pooling::none, pooling::mean, pooling::last}) {
        vectors expected;
        for (int size = 50; size > 0; --size) {
            auto o = few();
            o.max_sequences = 1;
            o.token_budget = size;
            engine e(shared().weights, shared().text, o);
            const auto got = read(e, {.inputs = {prompt}, .pool = how});
            EXPECT_EQ(got.tokens, 50);
            EXPECT_EQ(e.current().steps, static_cast<std::uint64_t>((50 + size - 1) / size));
            if (expected.empty()) expected = got.states;
            EXPECT_TRUE(same_floats(got.states, expected)) << size;
        }
    }
}

TEST(Reading, GivesTheSameBitsAloneAndAmongManyOthers) {
    engine alone(shared().weights, shared().text, few());
    const auto generation = request_of(70, 1000, 40);
    const auto expected_tokens = run(alone, generation);
    vectors expected[3];
    for (const auto how : {pooling::none, pooling::mean, pooling::last}) {
        for (int i = 0; i < 12; ++i) {
            const auto input = prompt_of(1 + i * 13 % 90, 40 + i);
            engine fresh(shared().weights, shared().text, few());
            expected[static_cast<int>(how)].push_back(
                read(fresh, {.inputs = {input}, .pool = how}).states.at(0));
        }
    }
    for (const int kv_tokens : {8192, 160}) {
        auto o = few(2);
        o.max_sequences = 9;
        o.token_budget = 37;
        o.kv_tokens = kv_tokens;
        engine crowded(shared().weights, shared().text, o);
        brake all(crowded);
        std::vector<std::shared_ptr<recorder>> others;
        std::vector<std::future<reading_result>> reading;
        for (int i = 0; i < 4; ++i) {
            others.push_back(std::make_shared<recorder>());
            crowded.submit(generation, others.back());
            for (const auto how : {pooling::none, pooling::mean, pooling::last}) {
                reading_request r{.pool = how, .priority = i % 2};
                for (int k = 0; k < 12; ++k) r.inputs.push_back(prompt_of(1 + k * 13 % 90, 40 + k));
                reading.push_back(start(crowded, std::move(r)));
            }
        }
        all.release();
        for (std::size_t i = 0; i < reading.size(); ++i) {
            const auto got = reading[i].get();
            EXPECT_EQ(got.reason, finish_reason::stop) << got.error;
            EXPECT_TRUE(same_floats(got.states, expected[i % 3])) << kv_tokens << " " << i;
        }
        for (const auto& heard : others) {
            heard->wait();
            EXPECT_TRUE(same_bits(heard->tokens, expected_tokens.heard->tokens));
        }
        EXPECT_EQ(crowded.current().running, 0);
        EXPECT_EQ(crowded.current().queued, 0);
    }
}

// The cache has keys and values, but no states.
TEST(Reading, TakesFromTheCacheWhatNeedsNoState) {
    engine e(shared().weights, shared().text, few());
    const auto prompt = prompt_of(100, 7);
    const auto fresh = [&](pooling how) {
        engine other(shared().weights, shared().text, few());
        return read(other, {.inputs = {prompt}, .pool = how}).states;
    };
    auto r = request_of(100, 7, 1);
    r.min_tokens = 1;
    run(e, r);
    const auto last = read(e, {.inputs = {prompt}, .pool = pooling::last});
    EXPECT_EQ(last.cached_tokens, 96);
    EXPECT_TRUE(same_floats(last.states, fresh(pooling::last)));
    for (const auto how : {pooling::mean, pooling::none}) {
        const auto got = read(e, {.inputs = {prompt}, .pool = how});
        EXPECT_EQ(got.cached_tokens, 0);
        EXPECT_TRUE(same_floats(got.states, fresh(how)));
    }
    // And what a reading leaves serves a generation.
    const auto other = prompt_of(100, 8);
    read(e, {.inputs = {other}});
    r.prompt = other;
    EXPECT_EQ(run(e, r).result.cached_tokens, 96);
}

TEST(Reading, ComputesSeveralInputsInOnePass) {
    engine e(shared().weights, shared().text, few());
    reading_request r;
    for (int i = 0; i < 16; ++i) r.inputs.push_back(prompt_of(16, i));
    EXPECT_EQ(read(e, r).tokens, 256);
    EXPECT_EQ(e.current().steps, 1U);
    EXPECT_EQ(e.current().computed_tokens, 256U);
}

TEST(Reading, OfALongListLeavesRoomForOthers) {
    auto o = few();
    o.max_sequences = 4;
    o.token_budget = 64;
    engine e(shared().weights, shared().text, o);
    brake all(e);
    reading_request list;
    for (int i = 0; i < 200; ++i) list.inputs.push_back(prompt_of(40, i));
    std::vector<std::string> order;  // written on the engine's thread
    std::promise<reading_result> done;
    e.submit(list, [&](reading_result r) {
        order.push_back("list");
        done.set_value(std::move(r));
    });
    const auto heard = std::make_shared<recorder>();
    heard->hook = [&] { order.push_back("generation"); };
    auto r = request_of(40, 1, 1);
    r.min_tokens = 1;
    e.submit(r, heard);
    EXPECT_EQ(e.current().queued, 2);
    all.release();
    const auto result = done.get_future().get();
    heard->wait();
    EXPECT_EQ(order, (std::vector<std::string>{"generation", "list"}));
    EXPECT_EQ(result.states.size(), 200U);
}

TEST(Reading, IsCancelledRunningAndQueued) {
    auto o = few();
    o.max_sequences = 2;
    o.token_budget = 8;
    engine e(shared().weights, shared().text, o);
    brake all(e);
    std::uint64_t ids[3];
    std::future<reading_result> results[3];
    for (int i = 0; i < 3; ++i) {
        reading_request r;
        for (int k = 0; k < 50; ++k) r.inputs.push_back(prompt_of(100, 100 * i + k));
        results[i] = start(e, std::move(r), &ids[i]);
    }
    // Goes first, beside an input of the first reading.
    const auto heard = std::make_shared<recorder>();
    heard->hook = [&] { e.cancel(ids[0]); };
    auto r = request_of(5, 1, 1);
    r.min_tokens = 1;
    r.priority = 1;
    e.submit(r, heard);
    e.cancel(ids[2]);
    all.release();
    for (const int i : {2, 0}) {
        const auto result = results[i].get();
        EXPECT_EQ(result.reason, finish_reason::cancelled);
        EXPECT_TRUE(result.states.empty());
    }
    EXPECT_EQ(results[1].get().reason, finish_reason::stop);
    EXPECT_LT(e.current().computed_tokens, 5000U + 1000U);
    EXPECT_EQ(e.current().running, 0);
    EXPECT_EQ(e.current().queued, 0);
    e.cancel(ids[1]);
}

TEST(Reading, EndsWithTheEngine) {
    std::future<reading_result> first;
    std::future<reading_result> second;
    {
        auto o = few();
        o.max_sequences = 1;
        o.token_budget = 1;
        engine e(shared().weights, shared().text, o);
        reading_request r;
        for (int i = 0; i < 100; ++i) r.inputs.push_back(prompt_of(2000, i));
        first = start(e, r);
        second = start(e, r);
    }
    EXPECT_EQ(first.get().reason, finish_reason::cancelled);
    EXPECT_EQ(second.get().reason, finish_reason::cancelled);
}

std::string refused(engine& e, reading_request r, error_code wanted) {
    try {
        read(e, std::move(r));
    } catch (const engine_error& error) {
        EXPECT_EQ(error.code, wanted) << error.what();
        return error.what();
    }
    return "was read";
}

TEST(Reading, RefusesWhatIsTooMuch) {
    auto o = few();
    o.max_sequences = 1;
    o.queue_limit = 1;
    engine e(shared().weights, shared().text, o);
    EXPECT_EQ(read(e, {.inputs = {prompt_of(2048, 1)}}).states.size(), 1U);
    EXPECT_EQ(refused(e, {.inputs = {{1}, prompt_of(2049, 1)}}, error_code::context_length),
              "input 1 has 2049 tokens; the context holds 2048");
    EXPECT_EQ(refused(e, {}, error_code::invalid_argument), "there is no input");
    EXPECT_EQ(refused(e, {.inputs = {{1}, {}}}, error_code::invalid_argument),
              "input 1 has no token");
    EXPECT_EQ(refused(e, {.inputs = {{1, 264}}}, error_code::invalid_argument),
              "input 0 has token 264, which is outside the vocabulary");
    EXPECT_THROW(e.submit(reading_request{.inputs = {{1}}}, {}), engine_error);

    brake all(e);
    auto waiting = start(e, {.inputs = {{1}, {2}, {3}}});
    refused(e, {.inputs = {{1}}}, error_code::queue_full);
    all.release();
    EXPECT_EQ(waiting.get().states.size(), 3U);
}

}  // namespace
}  // namespace tessera::engine
