#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "backend/cuda/device.hpp"
#include "backend/cuda/ptx.hpp"
#include "cuda_on_cpu/library.hpp"

namespace tessera::engine::cuda {
namespace {

__global__ void sum_rows(const float* x, float* sums, int size) {
    wait_for_previous();
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < size; i += static_cast<int>(blockDim.x))
        sum += x[static_cast<int>(blockIdx.x) * size + i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

TEST(Shim, RunsAKernel) {
    const library& table = cuda_on_cpu::library();
    constexpr int rows = 7, size = 301;
    std::vector<float> x(rows * size), sums(rows);
    std::iota(x.begin(), x.end(), 0.0F);
    stream s{};
    ASSERT_EQ(table.make_stream(&s), 0);
    void *device_x = nullptr, *device_sums = nullptr;
    ASSERT_EQ(table.allocate(x.size() * 4, &device_x), 0);
    ASSERT_EQ(table.allocate(sums.size() * 4, &device_sums), 0);
    ASSERT_EQ(table.to_device(device_x, x.data(), x.size() * 4, s), 0);
    ASSERT_EQ(launch(sum_rows, rows, 128, 0, s, static_cast<const float*>(device_x),
                     static_cast<float*>(device_sums), size),
              0);
    ASSERT_EQ(table.to_host(sums.data(), device_sums, sums.size() * 4, s), 0);
    ASSERT_EQ(table.finish(s), 0) << cuda_on_cpu::first_fault();
    for (int row = 0; row != rows; ++row)
        EXPECT_FLOAT_EQ(sums[row], std::accumulate(&x[row * size], &x[row * size] + size, 0.0F));
    table.free(device_x);
    table.free(device_sums);
    table.end_stream(s);
}

// As CUDA does while a stream is captured.
TEST(Shim, SpoilsGraphsByWhatMayNotBeRecorded) {
    const library& table = cuda_on_cpu::library();
    stream recording{}, other{};
    event outside{};
    ASSERT_EQ(table.make_stream(&recording), 0);
    ASSERT_EQ(table.make_stream(&other), 0);
    ASSERT_EQ(table.make_event(&outside), 0);
    ASSERT_EQ(table.record(outside, other), 0);
    void* memory = nullptr;
    ASSERT_EQ(table.allocate(64, &memory), 0);
    const auto recorded = [&](const auto& ask) {
        EXPECT_EQ(table.begin_graph(recording), 0);
        ask();
        graph made{};
        const bool good = table.end_graph(recording, &made) == 0;
        EXPECT_EQ(good, made != nullptr);
        if (made != nullptr) table.free_graph(made);
        return good;
    };
    void* more = nullptr;
    EXPECT_TRUE(recorded([&] { table.clear(memory, 64, recording); }));
    EXPECT_TRUE(recorded([&] {
        table.record(outside, recording);
        EXPECT_EQ(table.wait_for(recording, outside), 0);
    }));
    EXPECT_FALSE(recorded([&] { EXPECT_NE(table.allocate(64, &more), 0); }));
    EXPECT_FALSE(recorded([&] { EXPECT_NE(table.allocate_host(64, &more), 0); }));
    EXPECT_FALSE(recorded([&] { EXPECT_NE(table.finish(other), 0); }));
    ASSERT_EQ(table.record(outside, other), 0);
    EXPECT_FALSE(recorded([&] { EXPECT_NE(table.wait_for(recording, outside), 0); }));
    EXPECT_EQ(table.wait_for(recording, outside), 0);
    table.free(memory);
    table.end_event(outside);
    table.end_stream(other);
    table.end_stream(recording);
}

}  // namespace
}  // namespace tessera::engine::cuda
