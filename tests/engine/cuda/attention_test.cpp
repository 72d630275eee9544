#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "backend/cuda/attention_plan.hpp"
#include "core/bf16.hpp"
#include "engine/cuda/device_memory.hpp"

namespace tessera::engine::cuda {
namespace {

// A sequence that has `length` positions in the cache and in heads_data, for one layer.
struct sequence {
    int length;
    std::vector<std::vector<float>> rows;  // [position][query, key, value]
    std::vector<int> blocks;
};

// Sequences in one cache whose blocks lie in no order, and everything that is not theirs is none.
class world {
  public:
    world(attention_shape shape, element cached, const std::vector<int>& lengths, unsigned seed)
        : shape_(shape), cached_(cached), random_(seed) {
        int blocks = 0;
        for (const int length : lengths) blocks += (length + 15) / 16;
        std::vector<int> numbers(static_cast<std::size_t>(blocks) + 2);
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
        std::shuffle(numbers.begin(), numbers.end(), random_);
        std::normal_distribution<float> normal;
        for (const int length : lengths) {
            sequence one{length, {}, {}};
            for (int i = 0; i < length; ++i) {
                auto& row = one.rows.emplace_back(static_cast<std::size_t>(row_size()));
                for (float& x : row) x = normal(random_);
            }
            for (int i = 0; i < length; i += 16) {
                one.blocks.push_back(numbers.back());
                numbers.pop_back();
            }
            most_blocks_ = std::max(most_blocks_, static_cast<int>(one.blocks.size()));
            sequences_.push_back(std::move(one));
        }
        const int half = shape.head_dim / 2;
        for (int p = 0; p < most_blocks_ * 16; ++p) {
            for (int i = 0; i < half; ++i)
                angles_.push_back(std::cos(static_cast<float>(p) / static_cast<float>(i + 1)));
            for (int i = 0; i < half; ++i)
                angles_.push_back(std::sin(static_cast<float>(p) / static_cast<float>(i + 1)));
        }
        const std::ptrdiff_t matrix = 16 * cache_width(shape.head_dim);
        view_.type = cached;
        view_.value_offset = matrix;
        view_.block_stride = 2 * matrix;
        view_.head_stride = view_.block_stride * (blocks + 2);
        view_.layer_stride = view_.head_stride * shape.kv_heads;
        const auto numbers_of_cache = static_cast<std::size_t>(2 * view_.layer_stride);
        view_.data = device_.make<std::byte>(numbers_of_cache * size());
        EXPECT_EQ(device_.table().clear(view_.data, numbers_of_cache * size(), device_.stream()),
                  0);
        std::vector<int> table(lengths.size() * static_cast<std::size_t>(most_blocks_), 1 << 28);
        for (std::size_t s = 0; s < sequences_.size(); ++s)
            std::ranges::copy(sequences_[s].blocks,
                              table.begin() + static_cast<std::ptrdiff_t>(s) * most_blocks_);
        table_ = device_.put(table);
        device_angles_ = device_.put(angles_);
    }

    // Only what a step of these rows leaves in the cache.
    void store(const std::vector<attention_part>& parts) {
        const auto s = make_step(parts);
        rotate(s);
        device_.finish();
    }

    // Attention of these rows, computed in one step, with contexts shared as for so many
    // multiprocessors; [row][head][head_dim]. Earlier positions must have been stored.
    std::vector<float> attend(const std::vector<attention_part>& parts, int multiprocessors,
                              bool stores, int places = 64) {
        auto s = make_step(parts);
        std::vector<attention_task> tasks;
        const auto planned = plan_attention(shape_, parts, multiprocessors, places, tasks);
        EXPECT_LE(static_cast<int>(tasks.size()), attention_tasks(shape_, s.rows, multiprocessors));
        const int task_count = static_cast<int>(tasks.size());
        shared_ = std::ranges::any_of(tasks, [](const auto& task) { return task.parts > 1; });
        s.plan.counts = device_.put_one(step_counts{s.rows, task_count, 0, 0});
        s.plan.tasks = device_.put(tasks);
        attention a;
        a.plan = s.plan;
        a.tasks = task_count + 1;
        a.vectors = planned.vectors;
        a.layer = 1;
        a.heads = shape_.heads;
        a.kv_heads = shape_.kv_heads;
        a.head_dim = shape_.head_dim;
        a.scale = 1 / std::sqrt(static_cast<float>(shape_.head_dim));
        a.heads_data = s.heads_data;
        a.heads_stride = row_size();
        a.cache = view_;
        a.scratch = device_.make<float>(attention_scratch_bytes(shape_, places) / sizeof(float));
        const auto counters = attention_counter_bytes(shape_, places) / sizeof(unsigned);
        a.counters = device_.zeros<unsigned>(counters);
        a.output.type = element::f32;
        a.output.stride = width() * 4;
        const auto outputs = static_cast<std::size_t>(s.rows * width());
        float* output = device_.make<float>(outputs);
        a.output.data = reinterpret_cast<std::byte*>(output);
        if (stores) {
            EXPECT_TRUE(planned.stores);
            a.angles = device_angles_;
        } else {
            rotate(s);
        }
        EXPECT_EQ(device_.table().attend(a, device_.stream()), 0);
        const auto result = device_.get(output, outputs);
        for (const unsigned counter : device_.get(a.counters, counters)) EXPECT_EQ(counter, 0U);
        return result;
    }

    // The same of one row, in doubles; queries, keys and values are rounded as the kernels do it.
    std::vector<double> expected(const sequence& s, int position) const {
        std::vector<double> result;
        for (int head = 0; head < shape_.heads; ++head) {
            const int kv_head = head / (shape_.heads / shape_.kv_heads);
            const auto query = turned(s, position, head);
            std::vector<double> weights;
            double largest = -INFINITY;
            for (int p = 0; p <= position; ++p) {
                const auto key = turned(s, p, shape_.heads + kv_head);
                double score = 0;
                for (int d = 0; d < shape_.head_dim; ++d)
                    score += static_cast<double>(query[static_cast<std::size_t>(d)]) *
                             key[static_cast<std::size_t>(d)];
                weights.push_back(score / std::sqrt(shape_.head_dim));
                largest = std::max(largest, weights.back());
            }
            double sum = 0;
            for (double& weight : weights) sum += weight = std::exp(weight - largest);
            for (int d = 0; d < shape_.head_dim; ++d) {
                double value = 0;
                for (int p = 0; p <= position; ++p) {
                    const auto at =
                        (shape_.heads + shape_.kv_heads + kv_head) * shape_.head_dim + d;
                    value +=
                        weights[static_cast<std::size_t>(p)] *
                        rounded(cached_,
                                s.rows[static_cast<std::size_t>(p)][static_cast<std::size_t>(at)]);
                }
                result.push_back(value / sum);
            }
        }
        return result;
    }

    // Of the first sequence, in all heads: number d of a value.
    void set_value(int position, int d, float x) {
        for (int head = shape_.heads + shape_.kv_heads; head < shape_.heads + 2 * shape_.kv_heads;
             ++head)
            sequences_[0].rows[static_cast<std::size_t>(position)]
                              [static_cast<std::size_t>(head * shape_.head_dim + d)] = x;
    }

    const std::vector<sequence>& sequences() const { return sequences_; }
    int width() const { return shape_.heads * shape_.head_dim; }
    bool shared() const { return shared_; }  // of the last step

  private:
    struct step {
        int rows;
        step_plan plan;
        float* heads_data;
    };

    step make_step(const std::vector<attention_part>& parts) {
        std::vector<float> data;
        std::vector<int> positions, sequences;
        for (const auto& part : parts) {
            for (int r = 0; r < part.rows; ++r) {
                const auto& row = sequences_[static_cast<std::size_t>(part.sequence)]
                                      .rows[static_cast<std::size_t>(part.position + r)];
                data.insert(data.end(), row.begin(), row.end());
                positions.push_back(part.position + r);
                sequences.push_back(part.sequence);
            }
        }
        step s{static_cast<int>(positions.size()), {}, device_.put(data)};
        s.plan.counts = device_.put_one(step_counts{s.rows, 0, 0, 0});
        s.plan.positions = device_.put(positions);
        s.plan.sequences = device_.put(sequences);
        s.plan.block_tables = table_;
        s.plan.block_table_stride = most_blocks_;
        return s;
    }

    void rotate(const step& s) {
        rotate_and_store r;
        r.plan = s.plan;
        r.rows = s.rows + 1;
        r.layer = 1;
        r.heads = shape_.heads;
        r.kv_heads = shape_.kv_heads;
        r.head_dim = shape_.head_dim;
        r.angles = device_angles_;
        r.heads_data = s.heads_data;
        r.heads_stride = row_size();
        r.cache = view_;
        EXPECT_EQ(device_.table().rotate_and_store(r, device_.stream()), 0);
    }

    int row_size() const { return (shape_.heads + 2 * shape_.kv_heads) * shape_.head_dim; }
    std::size_t size() const { return cached_ == element::bf16 ? 2 : 4; }

    std::vector<float> turned(const sequence& s, int position, int head) const {
        const auto& row = s.rows[static_cast<std::size_t>(position)];
        const float* x = row.data() + head * shape_.head_dim;
        const float* angle = angles_.data() + position * shape_.head_dim;
        const int half = shape_.head_dim / 2;
        std::vector<float> result(static_cast<std::size_t>(shape_.head_dim));
        for (int i = 0; i < half; ++i) {
            const float low = std::fma(x[i], angle[i], -(x[i + half] * angle[half + i]));
            const float high = std::fma(x[i + half], angle[i], x[i] * angle[half + i]);
            result[static_cast<std::size_t>(i)] = rounded(cached_, low);
            result[static_cast<std::size_t>(i + half)] = rounded(cached_, high);
        }
        return result;
    }

    attention_shape shape_;
    element cached_;
    std::mt19937 random_;
    std::vector<sequence> sequences_;
    std::vector<float> angles_;
    int most_blocks_ = 0;
    device_memory device_;
    cache_view view_;
    const int* table_ = nullptr;
    const float* device_angles_ = nullptr;
    bool shared_ = false;
};

std::vector<float> row_of(const std::vector<float>& all, int row, int width) {
    return {all.begin() + row * width, all.begin() + (row + 1) * width};
}

void expect_near(const std::vector<float>& got, const std::vector<double>& wanted, double error) {
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], error) << i;
}

struct attention_case {
    attention_shape shape;
    element cached;
};

// Few heads where many are not the point.
const std::vector<attention_case> attention_cases = {
    {{4, 4, 2}, element::f32},     {{5, 1, 32}, element::f32},   {{7, 1, 80}, element::f32},
    {{6, 1, 256}, element::f32},   {{5, 1, 48}, element::bf16},  {{4, 2, 80}, element::bf16},
    {{17, 1, 128}, element::bf16}, {{9, 1, 256}, element::bf16}, {{66, 1, 10}, element::bf16},
};

// Every third where each access is looked at.
std::vector<attention_case> tested_cases() {
    if (cuda_on_cpu::watching == nullptr) return attention_cases;
    std::vector<attention_case> some;
    for (std::size_t i = 1; i < attention_cases.size(); i += 3) some.push_back(attention_cases[i]);
    return some;
}

std::string name_of(const attention_case& each) {
    return std::to_string(each.shape.heads) + " heads of " + std::to_string(each.shape.head_dim) +
           ", " + std::to_string(each.shape.kv_heads) + " of keys, " +
           (each.cached == element::bf16 ? "bf16" : "f32");
}

TEST(CudaAttention, IsThatOfTheDefinitionForEveryShape) {
    for (const auto& each : tested_cases()) {
        SCOPED_TRACE(name_of(each));
        world w(each.shape, each.cached, {19, 67, 1}, 3);
        const auto got = w.attend({{0, 19, 0, 0}, {19, 67, 0, 1}, {86, 1, 0, 2}}, 1, false);
        const double error = each.cached == element::bf16 ? 0.02 : 1e-5;
        int row = 0;
        for (const auto& s : w.sequences()) {
            for (int p = 0; p < s.length; ++p, ++row)
                if (p % 23 < 2 || p + 1 == s.length)
                    expect_near(row_of(got, row, w.width()), w.expected(s, p), error);
        }
    }
}

TEST(CudaAttention, HasTheSameBitsHoweverItIsCutAndShared) {
    std::uint64_t seed = 0;
    for (const auto& each : attention_cases) {
        SCOPED_TRACE(name_of(each));
        cuda_on_cpu::use_order({.seed = ++seed, .reversed = seed % 2 == 0});
        // Across the border of two splits.
        const int length = cuda_on_cpu::watching == nullptr ? 530 : 264;
        const int rows = cuda_on_cpu::watching == nullptr ? 24 : 12;
        world w(each.shape, each.cached, {length, 20}, 5);
        w.store({{0, length - rows, 0, 0}});
        // Together, by few blocks that go through whole contexts.
        const auto whole = w.attend({{0, rows, length - rows, 0}}, 1, false);
        EXPECT_FALSE(w.shared());
        expect_near(row_of(whole, rows - 1, w.width()), w.expected(w.sequences()[0], length - 1),
                    each.cached == element::bf16 ? 0.02 : 1e-5);
        // The last rows again: beside another sequence, their contexts shared by many blocks.
        constexpr int again = 3;
        const auto tail = w.attend({{0, 20, 0, 1}, {20, again, length - again, 0}}, 600, false);
        EXPECT_TRUE(w.shared());
        for (int r = 0; r < again; ++r)
            ASSERT_EQ(row_of(tail, 20 + r, w.width()), row_of(whole, rows - again + r, w.width()));
        // One at a time, as decoding does it, which may store what it adds; where there are no
        // places contexts are not shared.
        for (const int places : {1, 64}) {
            const bool stores = each.shape.heads <= 64;
            world other(each.shape, each.cached, {length, 20}, 5);
            other.store({{0, stores ? length - 1 : length, 0, 0}});
            const auto last = other.attend({{0, 1, length - 1, 0}}, 600, stores, places);
            EXPECT_EQ(other.shared(), places > 1);
            ASSERT_EQ(last, row_of(whole, rows - 1, w.width()));
        }
    }
    cuda_on_cpu::use_order({});
}

TEST(CudaAttention, ValuesThatAreNotFiniteReachNoEarlierRow) {
    constexpr int length = 160;
    constexpr int rows = 75;  // of which some see two tiles in part
    constexpr int stained = 120;
    for (const auto& each : tested_cases()) {
        for (const int multiprocessors : {1, 600}) {
            SCOPED_TRACE(name_of(each));
            const int some = multiprocessors == 1 ? rows : 2;
            const int first = stained - some / 2;
            const auto attend = [&](bool stains) {
                world w(each.shape, each.cached, {length}, 7);
                if (stains) {
                    w.set_value(stained, 0, INFINITY);
                    w.set_value(stained, each.shape.head_dim - 1, NAN);
                    w.set_value(stained + 1, each.shape.head_dim / 2, -INFINITY);
                }
                w.store({{0, first, 0, 0}});
                const bool stores = some <= shared_rows(each.shape);
                auto made = w.attend({{0, some, first, 0}}, multiprocessors, stores);
                return std::pair(std::move(made), w.width());
            };
            const auto [clean, width] = attend(false);
            const auto [stainy, same] = attend(true);
            for (int r = 0; r < some; ++r) {
                const auto row = row_of(stainy, r, width);
                if (first + r < stained) {
                    ASSERT_EQ(row, row_of(clean, r, width)) << r;
                    continue;
                }
                for (int head = 0; head < each.shape.heads; ++head) {
                    const auto* from = row.data() + head * each.shape.head_dim;
                    EXPECT_FALSE(std::all_of(from, from + each.shape.head_dim,
                                             [](float x) { return std::isfinite(x); }))
                        << r << ' ' << head;
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cuda
