#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cpu {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

float noise(std::size_t index) {
    auto x = static_cast<std::uint32_t>(index * 2654435761U + 977U);
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    return static_cast<float>(x >> 8) / 8388608.0F - 1.0F;
}

// The last `rows` positions of a context, and its cache in blocks of descending numbers. Whatever
// is of no position is NaN.
struct problem {
    int head_dim, heads, context, rows;
    std::ptrdiff_t query_stride, value_offset, block_stride;
    std::vector<float> query, cache;
    std::vector<bf16> narrow;  // goes before the cache, if there is one
    std::vector<int> blocks;

    problem(int dim, int group, int length, int last, float loudness = 4)
        : head_dim(dim),
          heads(group),
          context(length),
          rows(std::min(last, length)),
          query_stride(group * dim + 5),
          value_offset(dim * block_positions + 3),
          block_stride(value_offset + block_positions * padded(dim) + 7) {
        const int count = (context + block_positions - 1) / block_positions;
        for (int i = 0; i < count; ++i) blocks.push_back(count - i);
        query.assign(static_cast<std::size_t>(rows * query_stride), nan);
        cache.assign(static_cast<std::size_t>((count + 1) * block_stride), nan);
        std::size_t drawn = 0;
        for (int row = 0; row < rows; ++row)
            for (int i = 0; i < heads * head_dim; ++i)
                query[static_cast<std::size_t>(row * query_stride + i)] = loudness * noise(++drawn);
        for (int t = 0; t < context; ++t) {
            for (int d = 0; d < padded(dim); ++d) value(t)[d] = 0;
            for (int d = 0; d < dim; ++d) {
                key(t, d) = noise(++drawn);
                value(t)[d] = noise(++drawn);
            }
        }
    }

    float* block(int t) {
        return cache.data() + blocks[static_cast<std::size_t>(t / block_positions)] * block_stride;
    }
    float& key(int t, int d) { return block(t)[d * block_positions + t % block_positions]; }
    float* value(int t) { return block(t) + value_offset + t % block_positions * padded(head_dim); }
    float scale() const { return 1 / std::sqrt(static_cast<float>(head_dim)); }
    int first() const { return context - rows; }

    // [row][head][head_dim]
    std::vector<double> exact() {
        std::vector<double> result;
        std::vector<double> weights(static_cast<std::size_t>(context));
        std::vector<double> sums(static_cast<std::size_t>(head_dim));
        for (int row = 0; row < rows; ++row) {
            const int count = first() + row + 1;
            for (int head = 0; head < heads; ++head) {
                const float* q = query.data() + row * query_stride + head * head_dim;
                double top = -std::numeric_limits<double>::infinity();
                for (int t = 0; t < count; ++t) {
                    const float* keys = &key(t, 0);
                    double score = 0;
                    for (int d = 0; d < head_dim; ++d)
                        score += double{q[d]} * double{keys[d * block_positions]};
                    weights[static_cast<std::size_t>(t)] = score *= double{scale()};
                    top = std::max(top, score);
                }
                double total = 0;
                std::fill(sums.begin(), sums.end(), 0.0);
                for (int t = 0; t < count; ++t) {
                    const double weight = std::exp(weights[static_cast<std::size_t>(t)] - top);
                    const float* v = value(t);
                    total += weight;
                    for (int d = 0; d < head_dim; ++d)
                        sums[static_cast<std::size_t>(d)] += weight * double{v[d]};
                }
                for (const double sum : sums) result.push_back(sum / total);
            }
        }
        return result;
    }

    // The given rows, each followed by bytes of 0x5a that must stay.
    std::vector<std::byte> run(const kernels& k, element type, int from, int count) const {
        constexpr std::size_t fence = 24;
        constexpr std::byte untouched{0x5a};
        const std::size_t width = static_cast<std::size_t>(heads * head_dim) * size_of(type);
        std::vector<std::byte> output(static_cast<std::size_t>(count) * (width + fence), untouched);
        std::vector<float> scratch(attention_scratch(count * heads, head_dim), nan);
        attention a;
        a.query = query.data() + from * query_stride;
        a.query_stride = query_stride;
        a.rows = count;
        a.heads = heads;
        a.head_dim = head_dim;
        a.first_position = first() + from;
        a.cached = narrow.empty() ? element::f32 : element::bf16;
        a.cache = reinterpret_cast<const std::byte*>(cache.data());
        if (!narrow.empty()) a.cache = reinterpret_cast<const std::byte*>(narrow.data());
        a.block_stride = block_stride;
        a.value_offset = value_offset;
        a.blocks = blocks.data();
        a.scale = scale();
        a.output = {output.data(), type};
        a.output_stride = static_cast<std::ptrdiff_t>(width + fence);
        a.scratch = scratch.data();
        k.attend(a);
        std::vector<std::byte> result;
        for (auto row = output.begin(); row != output.end(); row += a.output_stride) {
            const auto end = row + static_cast<std::ptrdiff_t>(width);
            result.insert(result.end(), row, end);
            EXPECT_EQ(std::count(end, row + a.output_stride, untouched), fence) << k.name;
        }
        return result;
    }
    std::vector<float> floats(const kernels& k, int from, int count) const {
        const auto bytes = run(k, element::f32, from, count);
        std::vector<float> result(bytes.size() / sizeof(float));
        std::memcpy(result.data(), bytes.data(), bytes.size());
        return result;
    }
    std::vector<float> floats(const kernels& k) const { return floats(k, 0, rows); }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void expect_near(problem& p, double tolerance) {
    const auto exact = p.exact();
    for (const auto* k : available_kernels()) {
        const auto got = p.floats(*k);
        ASSERT_EQ(got.size(), exact.size());
        double worst = 0;
        bool finite = true;
        for (std::size_t i = 0; i < got.size(); ++i) {
            finite = finite && std::isfinite(got[i]);
            worst = std::max(worst, std::abs(double{got[i]} - exact[i]));
        }
        EXPECT_TRUE(finite && worst < tolerance)
            << k->name << ": head size " << p.head_dim << ", group " << p.heads << ", context "
            << p.context << ", rows " << p.rows << ", off by " << worst;
        if (k->bf16_input != element::bf16) continue;
        const auto narrow = p.run(*k, element::bf16, 0, p.rows);
        for (std::size_t i = 0; i < got.size(); ++i) {
            bf16 x;
            std::memcpy(&x, &narrow[2 * i], 2);
            ASSERT_EQ(x.bits, to_bf16(got[i]).bits) << k->name;
        }
    }
}

class Attention : public ::testing::TestWithParam<int> {};

TEST_P(Attention, AgreesWithADoublePrecisionLoop) {
    for (const int heads : {1, 3, 4, 8}) {
        for (const int context : {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 257, 1000}) {
            problem p(GetParam(), heads, context, 5);
            expect_near(p, 2e-6);
        }
    }
    for (const int heads : {1, 4, 8}) {
        problem whole(GetParam(), heads, 4096, 1);
        expect_near(whole, 2e-6);
        problem less(GetParam(), heads, 4095, 2);
        expect_near(less, 2e-6);
    }
}

// Scores far apart: the running maximum changes, and nearly all weight is on few positions.
TEST_P(Attention, AgreesWhereScoresAreFarApart) {
    for (const int context : {17, 64, 200, 1500}) {
        problem p(GetParam(), 4, context, 3, 400);
        expect_near(p, 1e-4);
    }
}

TEST_P(Attention, GivesARowTheSameBitsInAnyCompany) {
    for (const auto* k : available_kernels()) {
        for (const int heads : {1, 3, 8}) {
            const problem p(GetParam(), heads, 70, 12);
            const auto all = p.floats(*k);
            for (const int step : {1, 5}) {
                std::vector<float> parts;
                for (int row = 0; row < p.rows; row += step) {
                    const auto part = p.floats(*k, row, std::min(step, p.rows - row));
                    parts.insert(parts.end(), part.begin(), part.end());
                }
                EXPECT_TRUE(same_bits(all, parts)) << k->name << ", group " << heads;
            }
        }
    }
}

TEST_P(Attention, ANumberThatIsNoneReachesThoseWhoSeeIt) {
    for (const auto* k : available_kernels()) {
        for (const int heads : {1, 3, 4}) {
            const problem sound(GetParam(), heads, 70, 12);
            const auto expected = sound.floats(*k);
            for (const bool in_key : {true, false}) {
                for (const int position : {63, 64, 66}) {
                    problem p = sound;
                    for (int d = 0; d < p.head_dim; ++d)
                        (in_key ? p.key(position, d) : p.value(position)[d]) = nan;
                    const auto got = p.floats(*k);
                    const auto seen =
                        static_cast<std::size_t>((position - p.first()) * heads * p.head_dim);
                    EXPECT_TRUE(
                        same_bits({got.begin(), got.begin() + std::ptrdiff_t(seen)},
                                  {expected.begin(), expected.begin() + std::ptrdiff_t(seen)}))
                        << k->name << ", group " << heads << ", position " << position;
                    EXPECT_TRUE(std::all_of(got.begin() + std::ptrdiff_t(seen), got.end(),
                                            [](float x) { return std::isnan(x); }))
                        << k->name << ", group " << heads << ", position " << position;
                }
            }
        }
    }
}

TEST_P(Attention, ReadsACacheOfBf16AsItsNumbers) {
    problem p(GetParam(), 3, 131, 21);
    for (float& x : p.cache) x = to_float(to_bf16(x));
    problem narrow = p;
    for (const float x : p.cache) narrow.narrow.push_back(to_bf16(x));
    for (const auto* k : available_kernels()) {
        EXPECT_EQ(narrow.run(*k, element::f32, 0, p.rows), p.run(*k, element::f32, 0, p.rows))
            << k->name;
    }
}

INSTANTIATE_TEST_SUITE_P(HeadSizes, Attention, ::testing::Values(2, 20, 32, 64, 80, 96, 128),
                         [](const auto& test) { return std::to_string(test.param); });

}  // namespace
}  // namespace tessera::engine::cpu
