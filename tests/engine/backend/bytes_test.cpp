#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "backend/cpu/kernels.hpp"

namespace tessera::engine::cpu {
namespace {

// What a matrix or a batch is in blocks of i8, and how it lies.
struct byte_rows {
    int inner;
    std::vector<std::int8_t> numbers{};  // [row][block][number], zeros after the last
    std::vector<float> scales{};         // [row][block]

    int blocks() const { return groups_of(element::i8, inner); }
    int length() const { return 4 * quads_of(inner); }
    std::size_t place(int row, int block, int i) const {
        return static_cast<std::size_t>((row * blocks() + block) * length() + i);
    }
    float scale(int row, int block) const {
        return scales[static_cast<std::size_t>(row * blocks() + block)];
    }
};

std::uint32_t noise(std::uint32_t x) {
    x = x * 2654435761U + 12345U;
    x ^= x >> 15;
    x *= 2246822519U;
    return x ^ x >> 13;
}

// Numbers of all magnitudes, the largest among them in every block: sums reach their bounds.
byte_rows drawn(int rows, int inner, std::uint32_t seed) {
    byte_rows made{inner};
    made.numbers.resize(made.place(rows, 0, 0));
    for (int row = 0; row < rows; ++row) {
        const bool extreme = noise(seed + static_cast<std::uint32_t>(row)) % 4 == 0;
        for (int k = 0; k < inner; ++k) {
            const auto x = noise(seed + static_cast<std::uint32_t>(1000 + row * inner + k));
            made.numbers[static_cast<std::size_t>(row * made.blocks() * made.length() + k)] =
                static_cast<std::int8_t>(extreme ? (row % 8 < 4 ? 127 : -127)
                                                 : static_cast<int>(x % 255) - 127);
        }
        for (int block = 0; block < made.blocks(); ++block) {
            made.scales.push_back(
                static_cast<float>(1 +
                                   noise(seed ^ static_cast<std::uint32_t>(row + block)) % 999) /
                4096.0F);
        }
    }
    return made;
}

std::vector<std::byte> as_panels(const byte_rows& w, int features) {
    const int panels = panels_of(features);
    std::vector<std::byte> data(panel_bytes(element::i8, w.inner) *
                                static_cast<std::size_t>(panels));
    auto* to = data.data();
    for (int panel = 0; panel < panels; ++panel) {
        for (int block = 0; block < w.blocks(); ++block) {
            for (int lane = 0; lane < lanes; ++lane, to += 4) {
                const int row = panel * lanes + lane;
                const float scale = row < features ? w.scale(row, block) : 0;
                std::memcpy(to, &scale, 4);
            }
            for (int k = 0; k < w.length(); k += 4) {
                for (int i = 0; i < 4 * lanes; ++i, ++to) {
                    const int row = panel * lanes + i / 4;
                    const int number =
                        row < features ? w.numbers[w.place(row, block, k + i % 4)] : 0;
                    *to = static_cast<std::byte>(number + 128);
                }
            }
        }
    }
    return data;
}

std::vector<std::byte> as_input(const byte_rows& x, int rows) {
    std::vector<std::byte> data(static_cast<std::size_t>(rows) * input_bytes(element::i8, x.inner));
    auto* to = data.data();
    for (int row = 0; row < rows; ++row) {
        for (int block = 0; block < x.blocks(); ++block) {
            block_head head{x.scale(row, block), 0};
            for (int i = 0; i < x.length(); ++i)
                head.correction -= 128 * x.numbers[x.place(row, block, i)];
            std::memcpy(to, &head, sizeof head);
            to += sizeof head;
            std::memcpy(to, &x.numbers[x.place(row, block, 0)],
                        static_cast<std::size_t>(x.length()));
            to += x.length();
        }
    }
    return data;
}

// By the definition: integers are summed exactly, and each block's sum is scaled and added.
float exact(const byte_rows& w, const byte_rows& x, int feature, int row, float bias, float sum) {
    float total = 0;
    for (int block = 0; block < w.blocks(); ++block) {
        std::int64_t products = 0;
        for (int i = 0; i < w.length(); ++i)
            products += w.numbers[w.place(feature, block, i)] * x.numbers[x.place(row, block, i)];
        const float scale = x.scale(row, block) * w.scale(feature, block);
        const float scaled = static_cast<float>(products) * scale;
        total = total + scaled;
    }
    return total + bias + sum;
}

TEST(Bytes, ProductsAreThoseOfTheIntegersToTheBit) {
    for (const auto& [inner, features] : {std::pair{1, 5},
                                          {16, 16},
                                          {64, 16 * 13},
                                          {130, 16 * 9 + 3},
                                          {304, 40},
                                          {1153, 70},
                                          {2600, 33}}) {
        const byte_rows w = drawn(features, inner, 1);
        const byte_rows x = drawn(29, inner, 2);
        const auto weights = as_panels(w, features);
        const auto input = as_input(x, 29);
        const int width = padded(features);
        const std::vector<float> bias(static_cast<std::size_t>(width), 0.375F);
        for (const auto* k : available_kernels()) {
            for (const int rows : {1, 2, 3, 4, 5, 6, 7, 29}) {
                std::vector<float> output(static_cast<std::size_t>(rows * width), 0.5F);
                product p;
                p.type = element::i8;
                p.weights = weights.data();
                p.input = input.data();
                p.input_stride = static_cast<std::ptrdiff_t>(input_bytes(element::i8, inner));
                p.output = output.data();
                p.output_stride = width;
                p.bias = bias.data();
                p.rows = rows;
                p.groups = groups_of(element::i8, inner);
                p.quads = quads_of(inner);
                p.accumulate = true;
                const int panels = panels_of(features);
                k->multiply(p, 0, panels / 3);
                k->multiply(p, panels / 3, panels);
                for (int row = 0; row < rows; ++row) {
                    for (int f = 0; f < features; ++f) {
                        ASSERT_EQ(output[static_cast<std::size_t>(row * width + f)],
                                  exact(w, x, f, row, 0.375F, 0.5F))
                            << k->name << ' ' << rows << 'x' << inner << 'x' << features << ", row "
                            << row << ", feature " << f;
                    }
                }
            }
        }
    }
}

TEST(Bytes, RowsAreRoundedToTheNearestOfTheirBlocks) {
    for (const int inner : {1, 15, 16, 64, 130, 304, 1000}) {
        std::vector<float> x(static_cast<std::size_t>(padded(inner)));
        for (int i = 0; i < inner; ++i) {
            const auto drawn = noise(static_cast<std::uint32_t>(i));
            x[static_cast<std::size_t>(i)] =
                std::ldexp(static_cast<float>(drawn % 20001) - 10000.0F, i % 7 - 12);
        }
        const int length = 4 * quads_of(inner);
        std::vector<std::byte> first;
        for (const auto* k : available_kernels()) {
            // Every byte is written.
            std::vector<std::byte> to(input_bytes(element::i8, inner), std::byte{0x55});
            k->convert(x.data(), inner, {to.data(), element::i8});
            if (first.empty()) first = to;
            ASSERT_EQ(to, first) << k->name;
        }
        const auto* at = first.data();
        for (int start = 0; start < inner; start += length) {
            block_head head;
            std::memcpy(&head, at, sizeof head);
            at += sizeof head;
            float largest = 0;
            int sum = 0;
            for (int i = start; i < std::min(start + length, inner); ++i)
                largest = std::max(largest, std::abs(x[static_cast<std::size_t>(i)]));
            EXPECT_EQ(head.scale, largest / 127);
            for (int i = start; i < start + length; ++i, ++at) {
                const auto number = static_cast<std::int8_t>(*at);
                const float value = i < inner ? x[static_cast<std::size_t>(i)] : 0.0F;
                EXPECT_NEAR(static_cast<float>(number) * head.scale, value, 0.5001F * head.scale);
                sum += number;
            }
            EXPECT_EQ(head.correction, -128 * sum);
        }
    }
}

TEST(Bytes, ConvertedAndUnpackedAreTheSameNumbers) {
    for (const int inner : {5, 128, 330}) {
        const byte_rows w = drawn(lanes, inner, 3);
        const auto panel = as_panels(w, lanes);
        const auto check = [&](const auto& k, auto one) {
            std::vector<decltype(one)> rows(static_cast<std::size_t>(lanes * inner));
            k.unpack(element::i8, inner, panel.data(), rows.data(), inner);
            for (int row = 0; row < lanes; ++row) {
                for (int i = 0; i < inner; ++i) {
                    const auto number = static_cast<decltype(one)>(
                        w.numbers[w.place(row, i / w.length(), i % w.length())]);
                    ASSERT_EQ(rows[static_cast<std::size_t>(row * inner + i)],
                              number * static_cast<decltype(one)>(w.scale(row, i / w.length())));
                }
            }
        };
        for (const auto* k : available_kernels()) check(*k, 1.0F);
        check(double_kernels, 1.0);
    }
}

// Else damaged weights would go unnoticed; and nothing is divided by zero.
TEST(Bytes, NumbersThatAreNoneStayInTheirBlock) {
    constexpr int inner = 3 * longest_block;
    for (const float damaged :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          -std::numeric_limits<float>::infinity(), 0.0F,
          std::numeric_limits<float>::denorm_min()}) {
        std::vector<float> x(inner, 0.0F);
        std::fill_n(x.begin(), longest_block, 2.0F);
        x[longest_block + 77] = damaged;
        for (const auto* k : available_kernels()) {
            std::vector<std::byte> to(input_bytes(element::i8, inner));
            k->convert(x.data(), inner, {to.data(), element::i8});
            for (int block = 0; block < 3; ++block) {
                block_head head;
                std::memcpy(&head, &to[static_cast<std::size_t>(block) * to.size() / 3],
                            sizeof head);
                if (block == 1 && !std::isfinite(damaged)) {
                    EXPECT_TRUE(std::isnan(head.scale)) << k->name << ' ' << damaged;
                } else {
                    EXPECT_EQ(head.scale, block == 0 ? 2.0F / 127 : 0.0F) << k->name;
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cpu
