#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cuda/packing.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

std::string name_of(element type) {
    return type == element::f32 ? "f32" : type == element::bf16 ? "bf16" : "i8";
}

std::vector<float> noise_row(std::size_t seed, int size) {
    std::vector<float> values;
    for (int i = 0; i < size; ++i) values.push_back(noise(seed + static_cast<std::size_t>(i)));
    return values;
}

// A row as a product reads it, in the numbers that it stands for.
std::vector<float> rounded(element type, const std::vector<float>& values) {
    // A matrix of one row holds them.
    const int size = static_cast<int>(values.size());
    std::vector<std::byte> matrix(matrix_bytes(type, 1, size));
    pack_row(type, 1, size, 0, values.data(), matrix.data());
    std::vector<float> back(values.size());
    unpack_row(type, 1, size, 0, matrix.data(), back.data());
    return back;
}

struct problem {
    element type;
    int outer;
    int inner;
    std::vector<std::byte> weights;
    std::vector<float> bias;
    std::vector<std::byte> input;  // [row][stride]
    std::ptrdiff_t stride;
    std::vector<double> exact;  // [row][outer], without bias
    std::vector<double> size;   // of what it is a sum of

    problem(element of, int outer_, int inner_, int rows) : type(of), outer(outer_), inner(inner_) {
        weights.resize(matrix_bytes(type, outer, inner));
        std::vector<std::vector<float>> wide;
        for (int o = 0; o < outer; ++o) {
            const auto row = noise_row(static_cast<std::size_t>(o * inner), inner);
            pack_row(type, outer, inner, o, row.data(), weights.data());
            wide.push_back(rounded(type, row));
            bias.push_back(noise(static_cast<std::size_t>(77 + o)));
        }
        stride = static_cast<std::ptrdiff_t>(input_bytes(type, inner)) + 16;
        input.resize(static_cast<std::size_t>(rows * stride));
        for (int r = 0; r < rows; ++r) {
            const auto row = noise_row(static_cast<std::size_t>(9999999 + r * inner), inner);
            pack_input(type, inner, row.data(), input.data() + r * stride);
            const auto x = rounded(type, row);
            for (int o = 0; o < outer; ++o) {
                double sum = 0;
                double magnitude = 0;
                for (std::size_t k = 0; k < x.size(); ++k) {
                    const double one = static_cast<double>(x[k]) *
                                       static_cast<double>(wide[static_cast<std::size_t>(o)][k]);
                    sum += one;
                    magnitude += std::abs(one);
                }
                exact.push_back(sum);
                size.push_back(magnitude);
            }
        }
    }
};

struct run_options {
    int first_row = 0;
    int at_most = 0;
    int count = -1;      // on the device; -1: none there
    bool plain = false;  // neither bias nor what accumulates
    bool invariant = true;
    int times = 1;
    int multiprocessors = 132;
};

// Of which all tiles are as large as they may be.
constexpr int one_multiprocessor = 1;

// The race checker takes ten times as long, and fewer sizes show it all.
std::vector<std::pair<int, int>> rows_of_products() {
    constexpr int usual = run_options{}.multiprocessors;
    if (cuda_on_cpu::watching == nullptr)
        return {{1, usual},
                {7, usual},
                {8, usual},
                {9, usual},
                {17, usual},
                {33, usual},
                {65, usual},
                {140, usual},
                {100, one_multiprocessor},
                {200, one_multiprocessor}};
    return {{9, usual}, {20, usual}, {33, usual}, {140, usual}, {200, one_multiprocessor}};
}

constexpr float stands = 0.25F;

// Output [at_most][outer + 3], of which products may write [row < count][outer].
std::vector<float> multiply(device_memory& on, const problem& p, const run_options& how) {
    const std::ptrdiff_t stride = p.outer + 3;
    product q;
    q.weights = {p.type, p.outer, p.inner, on.put(p.weights), how.plain ? nullptr : on.put(p.bias)};
    if (how.count >= 0) q.count = on.put(std::vector<int>{how.count});
    q.rows = how.at_most;
    q.input = {on.put(p.input) + how.first_row * p.stride, p.stride, p.type};
    const std::vector<float> before(static_cast<std::size_t>(how.at_most * stride), stands);
    q.output = on.put(before);
    q.output_stride = stride;
    q.accumulate = !how.plain;
    q.invariant = how.invariant;
    if (!how.invariant) {
        const auto bytes =
            static_cast<std::size_t>(p.outer * steps_of(p.type, p.inner)) * step_bytes;
        auto* plain = on.make<std::byte>(bytes);
        on.expect(on.table().unpack({q.weights, plain}, on.stream()));
        q.weights.plain = plain;
    }
    q.multiprocessors = how.multiprocessors;
    q.scratch = on.make<float>(product_scratch(q));
    on.set(q.scratch, std::vector<float>(tile_counters));
    q.prefetch = q.weights.weights;
    q.prefetch_bytes = p.weights.size();
    for (int time = 0; time < how.times; ++time) {
        on.set(q.output, before);
        on.expect(on.table().multiply(q, on.stream()));
        on.finish();
    }
    return on.get(q.output, before.size());
}

struct shape {
    element type;
    int outer;
    int inner;
};
const shape shapes[] = {
    {element::f32, 1, 1},      {element::f32, 70, 100},    {element::f32, 33, 288},
    {element::bf16, 1, 3},     {element::bf16, 40, 100},   {element::bf16, 150, 288},
    {element::bf16, 17, 1000}, {element::i8, 5, 3},        {element::i8, 40, 288},
    {element::i8, 150, 256},   {element::i8, 21, 128 * 9},
};

TEST(Products, AreSumsOfProductsForAnyNumberOfRows) {
    for (const auto& [type, outer, inner] : shapes) {
        const problem p(type, outer, inner, 200);
        for (const auto& [rows, multiprocessors] : rows_of_products()) {
            SCOPED_TRACE(name_of(type) + " " + std::to_string(outer) + " " + std::to_string(inner) +
                         " rows " + std::to_string(rows));
            device_memory on;
            // Twice: counters are as they were.
            const auto y =
                multiply(on, p, {.at_most = rows, .times = 2, .multiprocessors = multiprocessors});
            for (int row = 0; row < rows; ++row) {
                for (int o = 0; o < outer; ++o) {
                    const auto at = static_cast<std::size_t>(row * outer + o);
                    const double expected =
                        p.exact[at] + static_cast<double>(p.bias[static_cast<std::size_t>(o)]) +
                        static_cast<double>(stands);
                    ASSERT_NEAR(y[static_cast<std::size_t>(row * (outer + 3) + o)], expected,
                                1e-6 * (p.size[at] + 4))
                        << row << ' ' << o;
                }
                for (int o = outer; o < outer + 3; ++o)
                    ASSERT_EQ(y[static_cast<std::size_t>(row * (outer + 3) + o)], stands);
            }
        }
    }
}

TEST(Products, GiveARowTheSameBitsInEveryBatch) {
    if (cuda_on_cpu::watching != nullptr) GTEST_SKIP() << "these have been looked at";
    for (const auto& [type, outer, inner] : shapes) {
        const problem p(type, outer, inner, 210);
        device_memory on;
        const auto alone = multiply(on, p, {.first_row = 5, .at_most = 1});
        for (const auto& [rows, multiprocessors] : rows_of_products()) {
            for (const bool first : {true, false}) {
                SCOPED_TRACE(name_of(type) + " " + std::to_string(outer) + " " +
                             std::to_string(inner) + " rows " + std::to_string(rows));
                const int begin = first ? 5 : 5 + 1 - std::min(rows, 6);
                device_memory with;
                const auto y = multiply(
                    with, p,
                    {.first_row = begin, .at_most = rows, .multiprocessors = multiprocessors});
                for (int o = 0; o < outer; ++o) {
                    const auto at = static_cast<std::size_t>((5 - begin) * (outer + 3) + o);
                    ASSERT_EQ(std::bit_cast<std::uint32_t>(y[at]),
                              std::bit_cast<std::uint32_t>(alone[static_cast<std::size_t>(o)]))
                        << o;
                }
            }
        }
    }
}

TEST(Products, ReadAndWriteOnlyAsManyRowsAsThereAre) {
    if (cuda_on_cpu::watching != nullptr) GTEST_SKIP() << "these have been looked at";
    for (const auto& [type, outer, inner] : {shapes[1], shapes[4], shapes[9]}) {
        problem p(type, outer, inner, 140);
        for (const int at_most : {8, 16, 48, 80, 140}) {
            for (const int count : {0, 3, at_most - 1}) {
                SCOPED_TRACE(name_of(type) + " " + std::to_string(at_most) + " " +
                             std::to_string(count));
                device_memory on;
                problem cut = p;
                cut.input.resize(static_cast<std::size_t>(count * p.stride));
                const auto y = multiply(on, cut, {.at_most = at_most, .count = count});
                for (int row = 0; row < at_most; ++row) {
                    const float one = y[static_cast<std::size_t>(row * (outer + 3))];
                    if (row >= count) {
                        ASSERT_EQ(one, stands) << row;
                    } else {
                        ASSERT_NEAR(one,
                                    p.exact[static_cast<std::size_t>(row * outer)] +
                                        static_cast<double>(p.bias[0] + stands),
                                    1e-4);
                    }
                }
            }
        }
    }
}

// Integers are summed exactly; blocks of a segment are scaled and added in their order, segments in
// theirs.
TEST(Products, OfI8AreThoseOfTheIntegersToTheBit) {
    for (const auto& [outer, inner] : {std::pair{21, 128 * 9}, {40, 288}, {150, 256}}) {
        const problem p(element::i8, outer, inner, 40);
        const int blocks = blocks_of(inner);
        const int numbers = block_numbers(inner);
        const int segments = segments_of(element::i8, outer, inner);
        const auto quantised = [&](std::size_t seed) {
            std::vector<std::byte> row(input_bytes(element::i8, inner));
            pack_input(element::i8, inner, noise_row(seed, inner).data(), row.data());
            return row;
        };
        device_memory on;
        const auto y = multiply(on, p, {.at_most = 40, .plain = true});
        for (const int row : {0, 1, 39}) {
            const auto x = quantised(static_cast<std::size_t>(9999999 + row * inner));
            for (int o = 0; o < outer; ++o) {
                const auto w = quantised(static_cast<std::size_t>(o * inner));
                const auto scale = [&](const std::vector<std::byte>& of, int block) {
                    float s;
                    std::memcpy(
                        &s, of.data() + steps_of(element::i8, inner) * step_bytes + 4 * block, 4);
                    return s;
                };
                float total = 0;
                for (int segment = 0; segment < segments; ++segment) {
                    float sum = 0;
                    for (int block = segment_begin(blocks, segments, segment);
                         block < segment_begin(blocks, segments, segment + 1); ++block) {
                        int exact = 0;
                        for (int i = 0; i < numbers; ++i) {
                            const auto at = static_cast<std::size_t>(
                                block * block_steps(inner) * step_bytes + i);
                            exact += std::to_integer<std::int8_t>(x[at]) *
                                     std::to_integer<std::int8_t>(w[at]);
                        }
                        const float factor = scale(x, block) * scale(w, block);
                        sum = sum + static_cast<float>(exact) * factor;
                    }
                    total = segment == 0 ? sum : total + sum;
                }
                const float got = y[static_cast<std::size_t>(row * (outer + 3) + o)];
                ASSERT_EQ(got, total) << row << ' ' << o;
            }
        }
    }
}

TEST(Products, OfGateAndUpGoOnAsInputs) {
    for (const element type : {element::f32, element::bf16, element::i8}) {
        const int size = 45;
        const problem p(type, 2 * size, 96, 70);
        for (const element to : {element::f32, element::bf16}) {
            for (const int rows : {3, 70}) {
                SCOPED_TRACE(name_of(type) + " " + name_of(to) + " " + std::to_string(rows));
                device_memory on;
                const auto stride = static_cast<std::ptrdiff_t>(input_bytes(to, size));
                product q;
                q.weights = {type, p.outer, p.inner, on.put(p.weights), on.put(p.bias)};
                q.rows = rows;
                q.input = {on.put(p.input), p.stride, type};
                q.gated = true;
                q.gate = {on.zeros<std::byte>(static_cast<std::size_t>(rows * stride)), stride, to};
                q.scratch = on.make<float>(product_scratch(q));
                on.set(q.scratch, std::vector<float>(tile_counters));
                on.expect(on.table().multiply(q, on.stream()));
                const auto y = on.get(q.gate.data, static_cast<std::size_t>(rows * stride));
                for (int row = 0; row < rows; ++row) {
                    const auto value = [&](int o) {
                        return p.exact[static_cast<std::size_t>(row * p.outer + o)] +
                               static_cast<double>(p.bias[static_cast<std::size_t>(o)]);
                    };
                    for (int i = 0; i < static_cast<int>(stride) / size_of(to); ++i) {
                        const auto* at = y.data() + row * stride + i * size_of(to);
                        float got;
                        bf16 narrow;
                        if (to == element::f32) {
                            std::memcpy(&got, at, 4);
                        } else {
                            std::memcpy(&narrow, at, 2);
                            got = to_float(narrow);
                        }
                        if (i >= size) {
                            ASSERT_EQ(got, 0);
                            continue;
                        }
                        const double gate = value(2 * i);
                        const double expected = gate / (1 + std::exp(-gate)) * value(2 * i + 1);
                        ASSERT_NEAR(got, expected,
                                    (to == element::f32 ? 1e-5 : 0.005) * (std::abs(expected) + 1))
                            << row << ' ' << i;
                    }
                }
            }
        }
    }
}

TEST(Products, MayBeALibrarysWhereTheyNeedNotBeInvariant) {
    for (const auto& [outer, inner] : {std::pair{45, 100}, {150, 288}}) {
        const int rows = 256;
        const problem p(element::bf16, outer, inner, rows);
        device_memory on;
        const auto ours = multiply(on, p, {.at_most = rows, .count = 200});
        const auto y = multiply(on, p, {.at_most = rows, .count = 200, .invariant = false});
        for (std::size_t at = 0; at < y.size(); ++at) ASSERT_NEAR(y[at], ours[at], 1e-4) << at;
    }
}

TEST(Products, HoldForOtherOrdersOfThreads) {
    const problem p(element::bf16, 150, 288, 40);
    std::vector<float> first;
    for (const std::uint64_t seed : {1, 2, 3}) {
        for (const bool reversed : {false, true}) {
            cuda_on_cpu::use_order({.seed = seed, .reversed = reversed});
            device_memory on;
            auto y = multiply(on, p, {.at_most = 40});
            const auto few = multiply(on, p, {.at_most = 9});
            y.insert(y.end(), few.begin(), few.end());
            if (first.empty()) first = y;
            EXPECT_EQ(y, first);
        }
    }
    cuda_on_cpu::use_order({});
}

}  // namespace
}  // namespace tessera::engine::cuda
