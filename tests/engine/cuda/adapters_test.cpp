#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "backend/cuda/packing.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {
namespace adapters_tests {

constexpr int inner = 200;
constexpr int wide = 90;  // of the output
constexpr int rows = 40;

// A projection's matrices, and what they add to a row.
struct projection {
    int rank;  // 0: none
    int outer;
    int first_output;
    int output_step;
    std::size_t seed;

    float down(element type, int r, int k) const {
        return rounded(type, noise(seed + static_cast<std::size_t>(r * inner + k)) / 8);
    }
    float up(element type, int o, int r) const {
        return rounded(type, noise(seed + 500000 + static_cast<std::size_t>(o * rank + r)));
    }
    adapter_matrix packed(element type, device_memory& on) const {
        if (rank == 0) return {};
        const auto put = [&](int outer_, int inner_, auto value) {
            std::vector<std::byte> bytes(matrix_bytes(type, outer_, inner_));
            for (int o = 0; o < outer_; ++o) {
                std::vector<float> row;
                for (int k = 0; k < inner_; ++k) row.push_back(value(o, k));
                pack_row(type, outer_, inner_, o, row.data(), bytes.data());
            }
            return matrix{type, outer_, inner_, on.put(bytes)};
        };
        return {put(rank, inner, [&](int r, int k) { return down(type, r, k); }),
                put(outer, rank, [&](int o, int r) { return up(type, o, r); }), first_output,
                output_step};
    }
};

float input_at(element type, int row, int k) {
    return rounded(type, noise(static_cast<std::size_t>(3000000 + row * inner + k)));
}

void add(element type, const projection& by, int row, std::vector<double>& to) {
    for (int r = 0; r < by.rank; ++r) {
        double low = 0;
        for (int k = 0; k < inner; ++k)
            low += static_cast<double>(by.down(type, r, k)) *
                   static_cast<double>(input_at(type, row, k));
        low = static_cast<double>(rounded(type, static_cast<float>(low)));
        for (int o = 0; o < by.outer; ++o)
            to[static_cast<std::size_t>(by.first_output + o * by.output_step)] +=
                low * static_cast<double>(by.up(type, o, r));
    }
}

using adapter_table = std::vector<std::vector<projection>>;  // [adapter][projection]

std::vector<float> adapted(device_memory& on, element type, const adapter_table& adapters,
                           const std::vector<adapted_rows>& stretches, int at_most) {
    const auto stride = static_cast<std::ptrdiff_t>(input_bytes(type, inner));
    std::vector<std::byte> input(static_cast<std::size_t>(rows * stride));
    for (int row = 0; row < rows; ++row) {
        std::vector<float> x;
        for (int k = 0; k < inner; ++k) x.push_back(input_at(type, row, k));
        pack_input(type, inner, x.data(), input.data() + row * stride);
    }
    adapt a;
    a.counts = on.put(std::vector<step_counts>{{rows, 0, 0, static_cast<int>(stretches.size())}});
    a.stretches = on.put(stretches);
    a.stretches_at_most = at_most;
    a.rows = rows;
    a.projections = static_cast<int>(adapters.front().size());
    a.adapter_stride = a.projections + 1;
    std::vector<adapter_matrix> matrices;
    for (const auto& adapter : adapters) {
        for (const auto& each : adapter) matrices.push_back(each.packed(type, on));
        matrices.emplace_back();
    }
    a.matrices = on.put(matrices);
    a.rank_at_most = 64;
    a.input = {on.put(input), stride, type};
    a.low = on.make<float>(static_cast<std::size_t>(rows * a.projections * a.rank_at_most));
    a.output_stride = wide;
    a.output = on.put(std::vector<float>(rows * wide, 0.5F));
    on.expect(on.table().adapt(a, on.stream()));
    return on.get(a.output, rows * wide);
}

const adapter_table adapters = {
    {{8, 45, 0, 2, 1}, {8, 45, 1, 2, 2}, {0, 0, 0, 1, 0}},
    {{16, 30, 0, 1, 3}, {0, 0, 0, 1, 0}, {16, 50, 40, 1, 4}},
    {{64, 66, 0, 1, 5}, {1, 3, 67, 1, 6}, {40, 17, 70, 1, 7}},
};

TEST(Adapters, AddToTheirRowsAndToNoOthers) {
    const std::vector<adapted_rows> stretches = {{1, 3, 0}, {4, 17, 2}, {25, 1, 1}, {30, 9, 0}};
    for (const element type : {element::f32, element::bf16}) {
        device_memory on;
        const auto y = adapted(on, type, adapters, stretches, 6);
        for (int row = 0; row < rows; ++row) {
            std::vector<double> expected(wide, 0.5);
            for (const auto& stretch : stretches) {
                if (row < stretch.first_row || row >= stretch.first_row + stretch.rows) continue;
                for (const auto& each : adapters[static_cast<std::size_t>(stretch.adapter)])
                    add(type, each, row, expected);
            }
            for (int o = 0; o < wide; ++o) {
                const float got = y[static_cast<std::size_t>(row * wide + o)];
                ASSERT_NEAR(got, expected[static_cast<std::size_t>(o)],
                            type == element::f32 ? 1e-4 : 0.01)
                    << row << ' ' << o;
            }
        }
    }
}

TEST(Adapters, GiveARowTheSameBitsAloneAndAmongOthers) {
    for (const element type : {element::f32, element::bf16}) {
        device_memory on;
        const auto alone = adapted(on, type, adapters, {{9, 1, 2}}, 1);
        const auto among = adapted(on, type, adapters, {{0, 2, 1}, {3, 30, 2}, {35, 2, 0}}, 3);
        // An adapter for each row, and room for more.
        std::vector<adapted_rows> one_each;
        for (int row = 0; row < rows; ++row) one_each.push_back({row, 1, (row + 2) % 3});
        const auto apart = adapted(on, type, adapters, one_each, 64);
        for (int o = 0; o < wide; ++o) {
            const auto at = static_cast<std::size_t>(9 * wide + o);
            ASSERT_EQ(alone[at], among[at]) << o;
            ASSERT_EQ(alone[at], apart[at]) << o;
        }
    }
}

}  // namespace adapters_tests
}  // namespace
}  // namespace tessera::engine::cuda
