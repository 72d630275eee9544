#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cuda/packing.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

std::vector<float> values_of(std::size_t size, std::size_t seed) {
    std::vector<float> values;
    for (std::size_t i = 0; i < size; ++i) values.push_back(noise(seed + i));
    return values;
}

std::vector<std::byte> packed(element type, int outer, int inner, std::size_t seed) {
    std::vector<std::byte> matrix(matrix_bytes(type, outer, inner));
    for (int row = 0; row < outer; ++row) {
        const auto x = values_of(static_cast<std::size_t>(inner),
                                 seed + static_cast<std::size_t>(row * inner));
        pack_row(type, outer, inner, row, x.data(), matrix.data());
    }
    return matrix;
}

// The race checker takes ten times as long.
std::vector<int> rows_of_norms(std::vector<int> rows) {
    if (cuda_on_cpu::watching != nullptr) rows.resize(3);
    return rows;
}

constexpr float norm_eps = 1e-5F;

// What is left of a norm for whoever reads the rows.
struct weighed {
    std::vector<std::byte> rows;
    std::vector<float> squares;
    bool operator==(const weighed&) const = default;
};

class norms {
  public:
    norms(element type, int size, int rows) : type_(type), size_(size), rows_(rows) {
        after_.weight = on.put(values_of(static_cast<std::size_t>(size), 5));
        after_.rows = {on.zeros<std::byte>(bytes()), stride(), type};
        after_.squares = on.make<float>(squares());
    }

    const norm_after& after() const { return after_; }
    weighed result() {
        return {on.get(after_.rows.data, bytes()), on.get(after_.squares, squares())};
    }
    weighed of(const float* state) {
        on.expect(on.table().weigh(
            {.rows = rows_, .state = state, .state_stride = size_, .size = size_, .after = after_},
            on.stream()));
        return result();
    }

    device_memory on;

  private:
    std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(input_bytes(type_, size_)); }
    std::size_t bytes() const { return static_cast<std::size_t>(rows_ * stride()); }
    std::size_t squares() const { return static_cast<std::size_t>(rows_ * norm_parts(size_)); }

    element type_;
    int size_;
    int rows_;
    norm_after after_;
};

TEST(Norms, LeaveRowsTimesTheWeightAndSumsOfSquares) {
    for (const element type : {element::f32, element::bf16}) {
        for (const int size : {1, 45, 288, 600}) {
            const int rows = 3;
            norms n(type, size, rows);
            const auto area = static_cast<std::size_t>(rows * size);
            const auto state = values_of(area, 999);
            const auto got = n.of(n.on.put(state));
            const auto weight = values_of(static_cast<std::size_t>(size), 5);
            const auto stride = input_bytes(type, size);
            for (int row = 0; row < rows; ++row) {
                const float* x = state.data() + row * size;
                std::vector<float> expected;
                double squares = 0;
                for (int k = 0; k < size; ++k) {
                    expected.push_back(x[k] * weight[static_cast<std::size_t>(k)]);
                    squares += static_cast<double>(x[k]) * static_cast<double>(x[k]);
                }
                std::vector<std::byte> line(stride);
                pack_input(type, size, expected.data(), line.data());
                const auto* at = got.rows.data() + static_cast<std::size_t>(row) * stride;
                EXPECT_EQ(std::vector<std::byte>(at, at + stride), line) << row;
                double sum = 0;
                for (int i = 0; i < norm_parts(size); ++i)
                    sum += static_cast<double>(
                        got.squares[static_cast<std::size_t>(row * norm_parts(size) + i)]);
                EXPECT_NEAR(sum, squares, 1e-5 * squares);
            }
        }
    }
}

// Products of few rows and of many, and the embedding, leave what the kernel for it leaves.
TEST(Norms, AreTheSameBitsWhoeverWritesTheState) {
    for (const element type : {element::f32, element::bf16}) {
        for (const auto& [outer, inner] : {std::pair{45, 100}, {160, 288}, {17, 1000}}) {
            const auto weights = packed(type, outer, inner, 1);
            for (const int rows : rows_of_norms({3, 16, 40, 70, 130})) {
                SCOPED_TRACE(std::to_string(outer) + " rows " + std::to_string(rows));
                norms n(type, outer, rows);
                product p;
                p.weights = {type, outer, inner, n.on.put(weights), nullptr};
                p.rows = rows;
                const auto stride = static_cast<std::ptrdiff_t>(input_bytes(type, inner));
                std::vector<std::byte> input(static_cast<std::size_t>(rows * stride));
                for (int row = 0; row < rows; ++row)
                    pack_input(type, inner,
                               values_of(static_cast<std::size_t>(inner),
                                         static_cast<std::size_t>(row * 7777))
                                   .data(),
                               input.data() + row * stride);
                p.input = {n.on.put(input), stride, type};
                p.output = n.on.put(values_of(static_cast<std::size_t>(rows * outer), 424242));
                p.output_stride = outer;
                p.accumulate = true;
                p.after = n.after();
                p.scratch = n.on.zeros<float>(product_scratch(p));
                n.on.expect(n.on.table().multiply(p, n.on.stream()));
                const auto got = n.result();
                EXPECT_EQ(got, n.of(p.output));
            }
        }
        const int hidden = 288;
        norms n(type, hidden, 2);
        embed e;
        e.plan.tokens = n.on.put(std::vector<int>{3, 1});
        e.plan.counts = n.on.put(std::vector<step_counts>{{2, 0, 0, 0}});
        e.rows = 2;
        e.embedding = {type, 5, hidden, n.on.put(packed(type, 5, hidden, 31)), nullptr};
        e.state = n.on.make<float>(2 * hidden);
        e.state_stride = hidden;
        e.after = n.after();
        n.on.expect(n.on.table().embed(e, n.on.stream()));
        const auto got = n.result();
        EXPECT_EQ(got, n.of(e.state));
    }
}

TEST(Norms, AreEndedByTheProductThatReadsTheRows) {
    for (const element type : {element::f32, element::bf16}) {
        const int outer = 40;
        const int inner = 288;
        const auto weights = packed(type, outer, inner, 1);
        std::vector<float> first;
        for (const int rows : {3, 16, 40, 130}) {
            SCOPED_TRACE(std::to_string(static_cast<int>(type)) + " " + std::to_string(rows));
            norms n(type, inner, rows);
            std::vector<float> state;
            for (int row = 0; row < rows; ++row) {
                const auto x = values_of(static_cast<std::size_t>(inner),
                                         static_cast<std::size_t>(row * 5555));
                for (const float each : x) state.push_back(each * static_cast<float>(1 + row));
            }
            n.of(n.on.put(state));
            product p;
            p.weights = {type, outer, inner, n.on.put(weights),
                         n.on.put(values_of(static_cast<std::size_t>(outer), 8))};
            p.rows = rows;
            p.input = n.after().rows;
            p.before = {n.after().squares, norm_eps};
            p.output = n.on.make<float>(static_cast<std::size_t>(rows * outer));
            p.output_stride = outer;
            p.scratch = n.on.zeros<float>(product_scratch(p));
            n.on.expect(n.on.table().multiply(p, n.on.stream()));
            const auto y = n.on.get(p.output, static_cast<std::size_t>(rows * outer));
            const auto norm = values_of(static_cast<std::size_t>(inner), 5);
            for (int row = 0; row < rows; ++row) {
                const float* x = state.data() + row * inner;
                double squares = 0;
                for (int k = 0; k < inner; ++k)
                    squares += static_cast<double>(x[k]) * static_cast<double>(x[k]);
                const double factor =
                    1 / std::sqrt(squares / inner + static_cast<double>(norm_eps));
                for (int o = 0; o < outer; ++o) {
                    std::vector<float> w(static_cast<std::size_t>(inner));
                    unpack_row(type, outer, inner, o, weights.data(), w.data());
                    double sum = 0;
                    for (int k = 0; k < inner; ++k)
                        sum += static_cast<double>(x[k]) * factor *
                               static_cast<double>(norm[static_cast<std::size_t>(k)]) *
                               static_cast<double>(w[static_cast<std::size_t>(k)]);
                    sum += static_cast<double>(noise(static_cast<std::size_t>(8 + o)));
                    ASSERT_NEAR(y[static_cast<std::size_t>(row * outer + o)], sum,
                                type == element::f32 ? 1e-4 : 0.1)
                        << row << ' ' << o;
                }
            }
            const std::vector<float> begin(y.begin(), y.begin() + 3 * outer);
            if (first.empty()) first = begin;
            EXPECT_EQ(begin, first);
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cuda
