#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/cuda/runners.hpp"

namespace tessera::engine {
namespace {

using namespace cuda_test;

// The same states on both.
struct both {
    folder_of_model folder;
    std::unique_ptr<runner> cpu = folder.on(cpu_backend())->start(few_slots());
    std::unique_ptr<runner> gpu = folder.on(cuda_test::gpu())->start(few_slots());

    both() {
        for (auto* by : {cpu.get(), gpu.get()}) {
            for (int i = 0; i < 40; ++i) {
                fed_sequence one(text_of(3 + i % 5, 100 + i), 0, i);
                by->compute(std::vector{one.rest()}, {});
            }
        }
    }
};

std::vector<token_id> ids(const std::vector<token_outcome>& outcomes) {
    std::vector<token_id> made;
    for (const auto& each : outcomes) made.push_back(each.failure ? -1 : each.info.id);
    return made;
}

TEST(CudaDrawing, DrawsAsTheProcessorsDo) {
    both devices;
    std::vector<std::uint64_t> mask(5), one_only(5);
    for (std::size_t i = 0; i < 264; i += 3) mask[i / 64] |= std::uint64_t{1} << i % 64;
    one_only[1] = 1;
    const std::vector<std::pair<token_id, float>> shifts{{200, 3}, {9, -100}, {200, 1.5F}};
    const std::vector<token_id> ends{256};
    std::vector<draw_request> requests;
    for (int i = 0; i < 40; ++i) {
        draw_request r{.slot = i};
        r.rules = {.temperature = i % 4 == 0 ? 0.0F : 0.5F + 0.1F * static_cast<float>(i % 7),
                   .top_p = i % 3 == 0 ? 1.0F : 0.8F,
                   .top_k = i % 5 == 0 ? 20 : 0,
                   .seed = static_cast<std::uint64_t>(i),
                   .index = static_cast<std::uint64_t>(2 * i),
                   .top_logprobs = i % 6 - 1};
        if (i % 2 == 0) r.rules.shifts = shifts;
        if (i % 3 == 1) r.rules.allowed = mask;
        if (i % 3 == 1) r.rules.wish = {ends, 3};
        if (i == 7) r.rules.allowed = one_only;
        requests.push_back(r);
    }
    std::vector<token_outcome> expected(40), drawn(40);
    devices.cpu->draw(requests, expected, {});
    devices.gpu->draw(requests, drawn, {});
    EXPECT_EQ(ids(drawn), ids(expected));
    EXPECT_EQ(drawn[7].info.id, 64);
    for (std::size_t i = 0; i < 40; ++i) {
        SCOPED_TRACE(i);
        const auto& info = drawn[i].info;
        const auto& wanted = expected[i].info;
        EXPECT_EQ(std::isnan(info.logprob), std::isnan(wanted.logprob));
        if (!std::isnan(wanted.logprob)) {
            EXPECT_NEAR(info.logprob, wanted.logprob, 1e-3);
        }
        ASSERT_EQ(info.top.size(), wanted.top.size());
        for (std::size_t k = 0; k < info.top.size(); ++k) {
            EXPECT_EQ(info.top[k].first, wanted.top[k].first);
            EXPECT_NEAR(info.top[k].second, wanted.top[k].second, 1e-3);
        }
    }
    ASSERT_EQ(cuda_on_cpu::first_fault(), "");
}

TEST(CudaDrawing, WhatIsDrawnLaterIsWhatWouldBeDrawnNow) {
    both devices;
    std::vector<draw_request> requests;
    std::vector<int> later;
    for (int i = 0; i < 40; ++i) {
        requests.push_back(
            {.slot = i, .rules = {.seed = 3, .index = static_cast<std::uint64_t>(i)}});
        later.push_back(i);
    }
    std::vector<token_outcome> now(40), then(40), none;
    devices.gpu->draw(requests, now, {});
    // More than there is room for, and again before the first are drawn.
    devices.gpu->draw({}, none, std::span(later).first(5));
    devices.gpu->draw({}, none, std::span(later).subspan(5));
    // What is computed anew is not what was foreseen.
    fed_sequence other(text_of(8, 999), 0, 4);
    devices.gpu->compute(std::vector{other.rest()}, {});
    devices.gpu->draw(requests, then, {});
    const auto alone = drawn(*devices.gpu, requests[4]);
    EXPECT_EQ(then[4].info.id, alone.info.id);
    then[4] = now[4];
    EXPECT_EQ(ids(then), ids(now));
}

TEST(CudaDrawing, DescribesTokens) {
    both devices;
    std::vector<describe_request> requests;
    for (int i = 0; i < 40; ++i) requests.push_back({i, (i * 37) % 264, i % 21});
    std::vector<token_outcome> expected(40), described(40);
    devices.cpu->describe(requests, expected);
    devices.gpu->describe(requests, described);
    for (std::size_t i = 0; i < 40; ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(described[i].info.id, expected[i].info.id);
        EXPECT_NEAR(described[i].info.logprob, expected[i].info.logprob, 1e-3);
        EXPECT_EQ(described[i].info.top.size(), expected[i].info.top.size());
    }
}

TEST(CudaDrawing, OneRequestFailsAlone) {
    both devices;
    const std::vector<std::uint64_t> nothing(5);
    std::vector<draw_request> requests{{.slot = 0}, {.slot = 1}, {.slot = 2}};
    requests[1].rules.allowed = nothing;
    std::vector<token_outcome> drawn(3);
    devices.gpu->draw(requests, drawn, {});
    EXPECT_FALSE(drawn[0].failure);
    EXPECT_FALSE(drawn[2].failure);
    try {
        ASSERT_TRUE(drawn[1].failure);
        std::rethrow_exception(drawn[1].failure);
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, error_code::invalid_argument);
        EXPECT_STREQ(e.what(), nothing_to_draw);
    }
}

}  // namespace
}  // namespace tessera::engine
