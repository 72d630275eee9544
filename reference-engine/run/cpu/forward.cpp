#include "run/cpu/forward.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <utility>
#include "core/bf16.hpp"

namespace tessera::engine {
namespace {

using cpu::lanes;

// Query vectors that one attention task carries, so that keys and values serve many of them.
constexpr int task_vectors = 32;
// A loop over rows is worth the other threads' while from that many.
constexpr int shared_rows = 8;

// As kernels compute it, but for inputs of i8.
cpu::product product_of(const packed_matrix& matrix, const std::byte* input,
                        std::ptrdiff_t input_stride, int rows, float* output,
                        std::ptrdiff_t output_stride, bool accumulate) {
    cpu::product p;
    p.type = matrix.type;
    p.weights = matrix.data.data();
    p.input = input;
    p.input_stride = input_stride;
    p.output = output;
    p.output_stride = output_stride;
    p.bias = matrix.bias.empty() ? nullptr : matrix.bias.data();
    p.rows = rows;
    p.groups = cpu::groups_of(matrix.type, matrix.inner);
    p.accumulate = accumulate;
    return p;
}

// Panels that follow each other, to those of a matrix whose projections take turns.
void add_panels(const float* from, const low_rank::lift& as, float* to) {
    to += as.first_panel * lanes;
    for (int panel = 0; panel < as.up.panels; ++panel) {
        for (int i = 0; i < lanes; ++i) to[i] += from[i];
        from += lanes;
        to += as.panel_step * lanes;
    }
}

}  // namespace

forward_pass::forward_pass(const model& model, kv_cache& cache, thread_pool& pool, int slots,
                           const cpu::kernels& kernels)
    : config_(model.config()),
      weights_(model.weights()),
      cache_(cache),
      pool_(pool),
      kernels_(kernels),
      rotations_(config_.rope, config_.head_dim),
      logits_stride_(weights_.output_head().panels * lanes) {
    const int vectors = std::max(task_vectors, config_.heads / config_.kv_heads);
    for (int worker = 0; worker < pool.size(); ++worker) {
        scratch_.emplace_back(cpu::attention_scratch(vectors, config_.head_dim));
    }
    slots_.reserve(slots, config_.hidden_size);
    slot_adapters_.resize(static_cast<std::size_t>(slots));
}

void forward_pass::activations::reserve(int rows, int width) {
    // A line more than the width: rows at a power of two would share their place in the first
    // cache.
    const auto wanted = (cpu::padded(width) + lanes) * std::ptrdiff_t{4};
    if (rows <= capacity && wanted <= stride) return;
    stride = std::max(stride, wanted);
    if (rows > capacity) capacity = std::max(rows, 2 * capacity);
    data = cpu::buffer<std::byte>(static_cast<std::size_t>(capacity * stride));
    std::memset(data.data(), 0, data.size());
}

cpu::element forward_pass::input_of(const packed_matrix& matrix) const {
    // Blocks of i8 do not begin and end where attention and gates are shared out.
    return matrix.type == cpu::element::i8 ? cpu::element::f32 : kernels_.input_of(matrix.type);
}

template <class F>
void forward_pass::for_rows(int rows, F f) {
    if (rows < shared_rows) {
        for (int row = 0; row < rows; ++row) f(row);
        return;
    }
    constexpr int step = 4;
    pool_.parallel_for((rows + step - 1) / step, [&](int index) {
        const int last = std::min(rows, (index + 1) * step);
        for (int row = index * step; row < last; ++row) f(row);
    });
}

void forward_pass::plan(std::span<const sequence_part> parts,
                        std::span<const adapter_weights* const> adapters) {
    tokens_.clear();
    positions_.clear();
    parts_.clear();
    output_rows_.clear();
    output_slots_.clear();
    tasks_.clear();
    adapted_.clear();
    const int group = config_.heads / config_.kv_heads;
    const int task_rows = std::max(1, task_vectors / group);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        const int start = static_cast<int>(positions_.size());
        const int size = static_cast<int>(part.tokens.size());
        for (int t = 0; t < size; ++t) {
            tokens_.push_back(part.tokens[static_cast<std::size_t>(t)]);
            positions_.push_back(part.position + t);
            parts_.push_back(static_cast<int>(i));
        }
        const int outputs = static_cast<int>(part.slots.size());
        for (int t = size - outputs; t < size; ++t) output_rows_.push_back(start + t);
        output_slots_.insert(output_slots_.end(), part.slots.begin(), part.slots.end());
        const auto* by = adapters.empty() ? nullptr : adapters[i];
        for (const int slot : part.slots) slot_adapters_[static_cast<std::size_t>(slot)] = by;
        if (by && !adapted_.empty() && adapted_.back().by == by &&
            adapted_.back().first + adapted_.back().count == start) {
            adapted_.back().count += size;
        } else if (by) {
            adapted_.push_back({by, start, size});
        }
        for (int t = 0; t < size; t += task_rows) {
            for (int head = 0; head < config_.kv_heads; ++head) {
                tasks_.push_back(
                    {static_cast<int>(i), start + t, std::min(task_rows, size - t), head});
            }
        }
    }
    rows_ = static_cast<int>(positions_.size());
    outputs_ = static_cast<int>(output_rows_.size());
    const int queries = config_.heads * config_.head_dim;
    rotations_.reserve(positions_.empty() ? 0 : *std::ranges::max_element(positions_) + 1);
    state_.reserve(rows_, config_.hidden_size);
    normal_.reserve(rows_, config_.hidden_size);
    heads_.reserve(rows_, queries + 2 * config_.kv_heads * config_.head_dim);
    attended_.reserve(rows_, queries);
    gate_up_.reserve(rows_, 2 * cpu::padded(config_.intermediate_size));
    gated_.reserve(rows_, config_.intermediate_size);
}

void forward_pass::embed() {
    for_rows(rows_, [&](int row) {
        weights_.embedding.read_row(tokens_[static_cast<std::size_t>(row)], state_.floats(row));
    });
}

void forward_pass::normalise(activations& from, int rows, const std::vector<float>& weight,
                             const packed_matrix& next) {
    const auto type = input_of(next);
    for_rows(rows, [&](int row) {
        kernels_.rms_norm(from.floats(row), weight.data(), config_.hidden_size, config_.rms_eps,
                          {normal_.row(row), type});
    });
}

// Shares out the panels; after(first, last) follows each share on the same thread.
template <class After>
void forward_pass::multiply(const packed_matrix& matrix, const std::byte* input,
                            std::ptrdiff_t input_stride, int rows, float* output,
                            std::ptrdiff_t output_stride, bool accumulate, After after) {
    if (rows == 0) return;
    auto p = product_of(matrix, input, input_stride, rows, output, output_stride, accumulate);
    if (matrix.type == cpu::element::i8) {
        p.quads = cpu::quads_of(matrix.inner);
        narrow_.reserve(rows, std::max({config_.hidden_size, config_.heads * config_.head_dim,
                                        config_.intermediate_size}));
        for_rows(rows, [&](int row) {
            kernels_.convert(reinterpret_cast<const float*>(input + row * input_stride),
                             matrix.inner, {narrow_.row(row), matrix.type});
        });
        p.input = narrow_.row(0);
        p.input_stride = narrow_.stride;
    }
    // Time goes with bytes of weights for few rows, with sums for many. Small products are one
    // share a thread; large ones more, so that a thread that starts late or is held up takes fewer
    // of them.
    constexpr std::size_t share_cost = std::size_t{1} << 18;
    const std::size_t cost = matrix.data.size() * static_cast<std::size_t>(1 + rows / 8);
    const int align = matrix.panels >= 16 * pool_.size() ? 4 : 2;
    const int most = std::max(1, matrix.panels / align);
    int shares = pool_.size();
    if (cost < share_cost / 16) shares = 1;
    while (shares < 8 * pool_.size() && cost / static_cast<std::size_t>(2 * shares) > share_cost) {
        shares *= 2;
    }
    shares = std::min(shares, most);
    pool_.parallel_for(shares, [&](int share) {
        const auto border = [&](int i) {
            return i == shares ? matrix.panels : most * i / shares * align;
        };
        const int first = border(share);
        const int last = border(share + 1);
        kernels_.multiply(p, first, last);
        after(first, last);
    });
}

void forward_pass::multiply(const packed_matrix& matrix, activations& input, int rows,
                            activations& output, bool accumulate) {
    multiply(matrix, input.row(0), input.stride, rows, output.floats(0), output.stride / 4,
             accumulate, [](int, int) {});
}

// Each row by its adapter alone, so that it has the same bits in every batch. The products of many
// adapters are small: each is one thread's.
template <class Matrix>
void forward_pass::adapt(int layer, Matrix matrix, activations& input, int rows,
                         activations& output) {
    const auto weights_of = [&](const adapted_rows& run) -> const low_rank& {
        return run.by->layers[static_cast<std::size_t>(layer)].*matrix;
    };
    int widest = 0;
    for (const auto& run : adapted_) widest = std::max(widest, weights_of(run).down.panels);
    if (widest == 0) return;
    low_.reserve(rows, widest * lanes);
    low_narrow_.reserve(rows, widest * lanes);
    lifted_.reserve(rows, config_.intermediate_size);
    const auto add = [&](const adapted_rows& run, auto product) {
        const int count = std::min(run.count, rows - run.first);
        const low_rank& by = weights_of(run);
        if (count <= 0 || by.down.panels == 0) return;
        product(by.down, input.row(run.first), input.stride, count, low_.floats(run.first),
                low_.stride / 4, false);
        const auto type = input_of(by.down);
        auto& ranks = type == cpu::element::f32 ? low_ : low_narrow_;
        for (int row = run.first; type != cpu::element::f32 && row < run.first + count; ++row) {
            kernels_.convert(low_.floats(row), by.down.panels * lanes,
                             {low_narrow_.row(row), type});
        }
        for (const auto& lift : by.ups) {
            const auto* from =
                ranks.row(run.first) + static_cast<std::size_t>(lift.column) * cpu::size_of(type);
            if (lift.panel_step == 1) {
                product(lift.up, from, ranks.stride, count,
                        output.floats(run.first) + lift.first_panel * lanes, output.stride / 4,
                        true);
                continue;
            }
            product(lift.up, from, ranks.stride, count, lifted_.floats(run.first),
                    lifted_.stride / 4, false);
            for (int row = run.first; row < run.first + count; ++row) {
                add_panels(lifted_.floats(row), lift, output.floats(row));
            }
        }
    };
    if (static_cast<int>(adapted_.size()) < pool_.size()) {
        for (const auto& run : adapted_) {
            add(run, [&](const auto&... of) { multiply(of..., [](int, int) {}); });
        }
        return;
    }
    pool_.parallel_for(static_cast<int>(adapted_.size()), [&](int i) {
        add(adapted_[static_cast<std::size_t>(i)], [&](const packed_matrix& m, const auto&... of) {
            kernels_.multiply(product_of(m, of...), 0, m.panels);
        });
    });
}

void forward_pass::rotate_and_store(std::span<const sequence_part> parts, int layer) {
    const int half = config_.head_dim / 2;
    const int width = cpu::padded(config_.head_dim);
    for_rows(rows_, [&](int row) {
        const int position = positions_[static_cast<std::size_t>(row)];
        float* head = heads_.floats(row);
        kernels_.rotate(config_.heads + config_.kv_heads, half, rotations_.cosines(position),
                        rotations_.sines(position), 1, head);
        const auto& part = parts[static_cast<std::size_t>(parts_[static_cast<std::size_t>(row)])];
        const int block = part.blocks[static_cast<std::size_t>(position / cpu::block_positions)];
        const int slot = position % cpu::block_positions;
        const float* keys = head + config_.heads * config_.head_dim;
        const float* values = keys + config_.kv_heads * config_.head_dim;
        const auto store = [&](auto to_cached) {
            using cached = decltype(to_cached(0.0F));
            for (int h = 0; h < config_.kv_heads; ++h) {
                auto* place = reinterpret_cast<cached*>(cache_.head(layer, h)) +
                              block * cache_.block_stride();
                const float* key = keys + h * config_.head_dim;
                for (int d = 0; d < config_.head_dim; ++d)
                    place[d * cpu::block_positions + slot] = to_cached(key[d]);
                cached* value = place + cache_.value_offset() + slot * width;
                std::transform(values + h * config_.head_dim, values + (h + 1) * config_.head_dim,
                               value, to_cached);
                std::fill(value + config_.head_dim, value + width, to_cached(0.0F));
            }
        };
        if (cache_.type() == cpu::element::bf16) return store(to_bf16);
        store([](float x) { return x; });
    });
}

void forward_pass::attend(std::span<const sequence_part> parts, int layer) {
    const int group = config_.heads / config_.kv_heads;
    const auto& next = weights_.layers[static_cast<std::size_t>(layer)].attention_output;
    const auto type = input_of(next);
    const auto run = [&](int index, int worker) {
        const auto& task = tasks_[static_cast<std::size_t>(index)];
        const int column = task.kv_head * group * config_.head_dim;
        cpu::attention a;
        a.query = heads_.floats(task.row) + column;
        a.query_stride = heads_.stride / 4;
        a.rows = task.rows;
        a.heads = group;
        a.head_dim = config_.head_dim;
        a.first_position = positions_[static_cast<std::size_t>(task.row)];
        a.cached = cache_.type();
        a.cache = cache_.head(layer, task.kv_head);
        a.block_stride = cache_.block_stride();
        a.value_offset = cache_.value_offset();
        a.blocks = parts[static_cast<std::size_t>(task.part)].blocks.data();
        a.scale = 1 / std::sqrt(static_cast<float>(config_.head_dim));
        a.output = {attended_.row(task.row) + static_cast<std::size_t>(column) * cpu::size_of(type),
                    type};
        a.output_stride = attended_.stride;
        a.scratch = scratch_[static_cast<std::size_t>(worker)].data();
        kernels_.attend(a);
    };
    pool_.parallel_for(static_cast<int>(tasks_.size()), run);
}

// After the last layer's attention only the rows whose states are wanted matter.
void forward_pass::gather_outputs() {
    for (int i = 0; i < outputs_; ++i) {
        const int row = output_rows_[static_cast<std::size_t>(i)];
        if (row == i) continue;
        std::memcpy(state_.row(i), state_.row(row), static_cast<std::size_t>(state_.stride));
        std::memcpy(attended_.row(i), attended_.row(row),
                    static_cast<std::size_t>(attended_.stride));
    }
    std::vector<adapted_rows> left;
    for (const auto& run : adapted_) {
        const auto begin = std::ranges::lower_bound(output_rows_, run.first);
        const auto end = std::ranges::lower_bound(output_rows_, run.first + run.count);
        if (begin == end) continue;
        left.push_back({run.by, static_cast<int>(begin - output_rows_.begin()),
                        static_cast<int>(end - begin)});
    }
    adapted_ = std::move(left);
}

void forward_pass::keep_outputs() {
    const auto size = static_cast<std::size_t>(config_.hidden_size) * sizeof(float);
    for (int i = 0; i < outputs_; ++i) {
        const int slot = output_slots_[static_cast<std::size_t>(i)];
        std::memcpy(slots_.row(slot), state_.row(i), size);
    }
}

bool forward_pass::compute(std::span<const sequence_part> parts, const interrupt& stop,
                           std::span<const adapter_weights* const> adapters) {
    plan(parts, adapters);
    embed();
    int rows = rows_;
    for (int i = 0; i < config_.layers; ++i) {
        if (stop && stop(1 - static_cast<double>(i) / config_.layers)) return false;
        const auto& layer = weights_.layers[static_cast<std::size_t>(i)];
        normalise(state_, rows, layer.attention_norm, layer.query_key_value);
        multiply(layer.query_key_value, normal_, rows, heads_, false);
        adapt(i, &layer_adapter::query_key_value, normal_, rows, heads_);
        rotate_and_store(parts, i);
        if (i + 1 == config_.layers && outputs_ == 0) return true;
        attend(parts, i);
        if (i + 1 == config_.layers) {
            gather_outputs();
            rows = outputs_;
        }
        multiply(layer.attention_output, attended_, rows, state_, true);
        adapt(i, &layer_adapter::attention_output, attended_, rows, state_);
        normalise(state_, rows, layer.mlp_norm, layer.gate_up);
        const auto type = input_of(layer.down);
        const auto activate = [&](int row, int first, int last) {
            const auto column = static_cast<std::size_t>(first / 2 * lanes);
            kernels_.swiglu(gate_up_.floats(row) + first * lanes, (last - first) / 2,
                            {gated_.row(row) + column * cpu::size_of(type), type});
        };
        if (adapted_.empty()) {
            multiply(layer.gate_up, normal_.row(0), normal_.stride, rows, gate_up_.floats(0),
                     gate_up_.stride / 4, false, [&](int first, int last) {
                         for (int row = 0; row < rows; ++row) activate(row, first, last);
                     });
        } else {
            multiply(layer.gate_up, normal_, rows, gate_up_, false);
            adapt(i, &layer_adapter::gate_up, normal_, rows, gate_up_);
            for_rows(rows, [&](int row) { activate(row, 0, layer.gate_up.panels); });
        }
        multiply(layer.down, gated_, rows, state_, true);
        adapt(i, &layer_adapter::down, gated_, rows, state_);
    }
    keep_outputs();
    return true;
}

const float* forward_pass::head(const packed_matrix& matrix, std::span<const int> slots) {
    const int count = static_cast<int>(slots.size());
    const auto stride = std::ptrdiff_t{matrix.panels} * lanes;
    const auto size = static_cast<std::size_t>(count * stride);
    if (logits_.size() < size) logits_ = cpu::buffer<float>(size);
    normal_.reserve(count, config_.hidden_size);
    const auto type = input_of(matrix);
    for_rows(count, [&](int row) {
        kernels_.rms_norm(slots_.floats(slots[static_cast<std::size_t>(row)]), weights_.norm.data(),
                          config_.hidden_size, config_.rms_eps, {normal_.row(row), type});
    });
    multiply(matrix, normal_.row(0), normal_.stride, count, logits_.data(), stride, false,
             [](int, int) {});
    return logits_.data();
}

const float* forward_pass::logits(std::span<const int> slots) {
    return head(weights_.output_head(), slots);
}

void forward_pass::outputs(int slot, std::span<float> to) {
    const auto* by = slot_adapters_[static_cast<std::size_t>(slot)];
    const auto& matrix = by && by->score.panels > 0 ? by->score : weights_.score;
    std::copy_n(head(matrix, {&slot, 1}), to.size(), to.begin());
}

void forward_pass::state(int slot, float* to) {
    kernels_.rms_norm(slots_.floats(slot), weights_.norm.data(), config_.hidden_size,
                      config_.rms_eps, {reinterpret_cast<std::byte*>(to), cpu::element::f32});
}

}  // namespace tessera::engine
