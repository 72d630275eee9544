#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "backend/cuda/packing.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr element all_types[] = {element::f32, element::bf16, element::i8};

std::vector<float> noise_of(int size, std::size_t seed) {
    std::vector<float> values;
    for (int i = 0; i < size; ++i) values.push_back(noise(seed + static_cast<std::size_t>(i)));
    return values;
}

// One row as the input of a product, without the scales of i8, which are beside.
std::vector<std::byte> row_bytes(element type, int size, const std::byte* row) {
    return {row,
            row + (type == element::i8 ? steps_of(type, size) * step_bytes : size * size_of(type))};
}

TEST(CudaNormalise, IsTheDefinitionAndTheInputOfEveryProduct) {
    constexpr int rows = 4;
    constexpr float eps = 1e-5F;
    for (const int size : {2, 90, 288, 1500}) {
        const int stride = size + 3;
        auto x = noise_of(6 * stride, 1);
        for (int i = 0; i < size; ++i) x[static_cast<std::size_t>(4 * stride + i)] *= 1e-4F;
        const auto weight = noise_of(size, 77);
        const std::vector<int> from{4, 0, 5, 2};
        std::vector<float> normal;  // of the first type, [row][size]
        for (const element type : all_types) {
            SCOPED_TRACE(std::to_string(size) + ' ' + std::to_string(static_cast<int>(type)));
            device_memory on;
            normalise n;
            n.count = on.put_one(rows - 1);
            n.rows = rows;
            n.from = on.put(from);
            n.x = on.put(x);
            n.x_stride = stride;
            n.weight = on.put(weight);
            n.size = size;
            n.eps = eps;
            n.output.type = type;
            n.output.stride = static_cast<std::ptrdiff_t>(input_bytes(type, size));
            const auto bytes = static_cast<std::size_t>(rows * n.output.stride);
            const std::vector<std::byte> untouched(bytes, std::byte{7});
            n.output.data = on.put(untouched);
            on.expect(on.table().normalise(n, on.stream()));
            const auto output = on.get(n.output.data, bytes);
            const auto* const last = output.data() + (rows - 1) * n.output.stride;
            EXPECT_EQ(row_bytes(type, size, last), row_bytes(type, size, untouched.data()));
            for (int row = 0; row + 1 < rows; ++row) {
                const std::byte* const got = output.data() + row * n.output.stride;
                if (type != element::f32) {
                    std::vector<std::byte> expected(input_bytes(type, size));
                    pack_input(type, size, normal.data() + row * size, expected.data());
                    EXPECT_EQ(row_bytes(type, size, got), row_bytes(type, size, expected.data()));
                    continue;
                }
                const float* const floats = reinterpret_cast<const float*>(got);
                normal.insert(normal.end(), floats, floats + size);
                const float* const own = x.data() + from[static_cast<std::size_t>(row)] * stride;
                double squares = 0;
                for (int i = 0; i < size; ++i) squares += static_cast<double>(own[i]) * own[i];
                const double factor = 1 / std::sqrt(squares / size + static_cast<double>(eps));
                for (int i = 0; i < size; ++i) {
                    const double expected =
                        own[i] * factor * static_cast<double>(weight[static_cast<std::size_t>(i)]);
                    ASSERT_NEAR(floats[i], expected, 1e-6 + std::abs(expected) * 1e-6) << i;
                }
            }
        }
    }
}

TEST(CudaGate, IsSiluOfTheGateTimesUp) {
    for (const element type : {element::f32, element::bf16}) {
        constexpr int rows = 3, size = 301, stride = 2 * size + 2;
        device_memory on;
        auto pairs = noise_of(rows * stride, 5);
        for (float& x : pairs) x *= 30;
        gate g;
        g.count = on.put_one(2);
        g.rows = rows;
        g.size = size;
        g.gate_up = on.put(pairs);
        g.gate_up_stride = stride;
        g.output.type = type;
        g.output.stride = static_cast<std::ptrdiff_t>(input_bytes(type, size));
        const auto bytes = static_cast<std::size_t>(rows * g.output.stride);
        g.output.data = on.zeros<std::byte>(bytes);
        on.expect(on.table().gate(g, on.stream()));
        const auto output = on.get(g.output.data, bytes);
        for (int row = 0; row < rows; ++row) {
            for (int i = 0; i < size; ++i) {
                const float* const pair = pairs.data() + row * stride + 2 * i;
                const double gate = pair[0];
                const double expected = row < 2 ? gate / (1 + std::exp(-gate)) * pair[1] : 0;
                const auto* const at = output.data() + row * g.output.stride;
                const float got = type == element::f32
                                      ? reinterpret_cast<const float*>(at)[i]
                                      : to_float(reinterpret_cast<const bf16*>(at)[i]);
                ASSERT_NEAR(got, expected,
                            std::abs(expected) * (type == element::f32 ? 1e-6 : 4e-3) + 1e-6);
            }
        }
    }
}

TEST(CudaKeep, CopiesWantedStatesToTheirSlots) {
    constexpr int rows = 5, hidden = 300, stride = 304, slots = 4;
    device_memory on;
    const auto state = noise_of(rows * stride, 9);
    const std::vector<int> from{4, 1, 0}, to{2, 0, 3};
    keep k;
    k.plan.counts = on.put_one(step_counts{rows, 0, 2, 0});
    k.plan.output_rows = on.put(from);
    k.plan.output_slots = on.put(to);
    k.outputs = 3;
    k.hidden = hidden;
    k.state = on.put(state);
    k.state_stride = stride;
    std::vector<float> expected(slots * hidden, -7);
    k.slots = on.put(expected);
    k.slot_stride = hidden;
    on.expect(on.table().keep(k, on.stream()));
    for (std::size_t i = 0; i < 2; ++i)
        std::copy_n(state.begin() + from[i] * stride, hidden, expected.begin() + to[i] * hidden);
    EXPECT_EQ(on.get(k.slots, expected.size()), expected);
}

}  // namespace
}  // namespace tessera::engine::cuda
