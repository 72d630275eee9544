#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "backend/cuda/packing.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

const element types[] = {element::f32, element::bf16, element::i8};
const int sizes[] = {1, 3, 64, 100, 128, 130, 288, 500};

std::vector<float> values_of(int size, std::size_t seed) {
    std::vector<float> values;
    for (int i = 0; i < size; ++i) values.push_back(noise(seed + static_cast<std::size_t>(i)));
    return values;
}

TEST(Packing, KeepsEveryNumberAndFillsUpWithZeros) {
    for (const element type : types) {
        for (const int inner : sizes) {
            const int outer = 37;
            SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " + std::to_string(inner));
            std::vector<std::byte> matrix(matrix_bytes(type, outer, inner));
            for (int row = 0; row < outer; ++row) {
                const auto seed = static_cast<std::size_t>(row * inner);
                pack_row(type, outer, inner, row, values_of(inner, seed).data(), matrix.data());
            }
            for (int row = 0; row < outer; ++row) {
                const auto x = values_of(inner, static_cast<std::size_t>(row * inner));
                std::vector<float> back(x.size());
                unpack_row(type, outer, inner, row, matrix.data(), back.data());
                const int numbers = block_numbers(inner);
                for (int k = 0; k < inner; ++k) {
                    const auto at = static_cast<std::size_t>(k);
                    float largest = 0;
                    for (int i = k / numbers * numbers;
                         i < std::min(inner, (k / numbers + 1) * numbers); ++i)
                        largest = std::max(largest, std::abs(x[static_cast<std::size_t>(i)]));
                    const float near = type == element::f32    ? 0
                                       : type == element::bf16 ? std::abs(x[at]) / 256
                                                               : largest / 254 * 1.001F;
                    ASSERT_NEAR(back[at], x[at], near) << row << ' ' << k;
                }
            }
            // Rows and numbers beyond: as many bytes are not zero as there are numbers that are not.
            std::size_t words = 0;
            for (std::size_t at = 0; at < fragments_bytes(type, outer, inner); at += 4) {
                std::uint32_t word;
                std::memcpy(&word, &matrix[at], 4);
                words += word != 0 ? 1 : 0;
            }
            EXPECT_LE(words, static_cast<std::size_t>(outer * (inner + blocks_of(inner) * 4)));
        }
    }
}

TEST(Embedding, GivesTheRowsOfTokens) {
    for (const element type : types) {
        for (const int inner : {3, 100, 288}) {
            const int outer = 50;
            device_memory on;
            std::vector<std::byte> matrix(matrix_bytes(type, outer, inner));
            for (int row = 0; row < outer; ++row) {
                const auto x = values_of(inner, static_cast<std::size_t>(row * inner));
                pack_row(type, outer, inner, row, x.data(), matrix.data());
            }
            embed e;
            const std::vector<int> tokens = {49, 0, 17, 17, 5};
            e.plan.tokens = on.put(tokens);
            e.plan.counts = on.put(std::vector<step_counts>{{4, 0, 0, 0}});
            e.rows = 5;
            e.embedding = {type, outer, inner, on.put(matrix)};
            e.state_stride = inner + 1;
            e.state = on.put(std::vector<float>(static_cast<std::size_t>(5 * (inner + 1)), 7));
            on.expect(on.table().embed(e, on.stream()));
            const auto state = on.get(e.state, static_cast<std::size_t>(5 * (inner + 1)));
            for (int row = 0; row < 5; ++row) {
                std::vector<float> expected(static_cast<std::size_t>(inner), 7);
                if (row < 4)
                    unpack_row(type, outer, inner, tokens[static_cast<std::size_t>(row)],
                               matrix.data(), expected.data());
                expected.push_back(7);
                const auto* begin = state.data() + row * (inner + 1);
                ASSERT_EQ(std::vector<float>(begin, begin + inner + 1), expected) << row;
            }
        }
    }
}

// As the host does, which quantises as the CPU does.
TEST(Convert, GivesTheBytesOfTheHost) {
    for (const element type : types) {
        for (const int size : sizes) {
            SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " + std::to_string(size));
            device_memory on;
            const int rows = 7;
            const auto stride = static_cast<std::ptrdiff_t>(input_bytes(type, size));
            std::vector<float> x = values_of(rows * size, 1);
            const auto at = [&](int row, int k) -> float& {
                return x[static_cast<std::size_t>(row * size + k)];
            };
            for (int k = 0; k < size; ++k) {
                at(1, k) = 0;
                at(2, k) *= 1e-33F;
                at(3, k) *= 1e30F;
            }
            at(4, size / 2) = std::numeric_limits<float>::quiet_NaN();
            at(5, size - 1) = -std::numeric_limits<float>::infinity();
            convert c;
            c.rows = rows;
            c.x = on.put(x);
            c.x_stride = size;
            c.size = size;
            const auto bytes = static_cast<std::size_t>(rows * stride);
            c.output = {
                type == element::i8 ? on.make<std::byte>(bytes) : on.zeros<std::byte>(bytes),
                stride, type};
            on.expect(on.table().convert(c, on.stream()));
            const auto y = on.get(c.output.data, bytes);
            for (int row = 0; row < rows; ++row) {
                std::vector<std::byte> expected(static_cast<std::size_t>(stride));
                pack_input(type, size, &at(row, 0), expected.data());
                const auto* got = y.data() + row * stride;
                if (type != element::i8) {
                    ASSERT_EQ(std::vector<std::byte>(got, got + stride), expected) << row;
                    continue;
                }
                const std::ptrdiff_t numbers = steps_of(type, size) * step_bytes;
                ASSERT_EQ(std::vector<std::byte>(got, got + numbers),
                          std::vector<std::byte>(expected.data(), expected.data() + numbers))
                    << row;
                for (int block = 0; block < blocks_of(size); ++block) {
                    float mine = 0;
                    float hosts = 0;
                    std::memcpy(&mine, got + numbers + 4 * block, 4);
                    std::memcpy(&hosts, expected.data() + numbers + 4 * block, 4);
                    ASSERT_TRUE(mine == hosts || (std::isnan(mine) && std::isnan(hosts)))
                        << row << ' ' << block << ' ' << mine << ' ' << hosts;
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cuda
