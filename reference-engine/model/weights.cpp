#include "model/weights.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "backend/cpu/panels.hpp"
#include "core/bf16.hpp"

namespace tessera::engine {
namespace {

using cpu::lanes;

// A row of i8 into its lane of a panel.
void spread(const std::byte* from, int inner, std::byte* to) {
    const int quads = cpu::quads_of(inner);
    for (int block = 0; block < cpu::groups_of(cpu::element::i8, inner); ++block) {
        std::memcpy(to, from, sizeof(float));
        from += sizeof(cpu::block_head);
        to += 4 * lanes;
        for (int quad = 0; quad < quads; ++quad, from += 4, to += 4 * lanes) {
            for (int i = 0; i < 4; ++i) to[i] = from[i] ^ std::byte{0x80};
        }
    }
}

cpu::element element_of(weight_precision precision) {
    switch (precision) {
        case weight_precision::bf16:
            return cpu::element::bf16;
        case weight_precision::int8:
            return cpu::element::i8;
        default:
            return cpu::element::f32;
    }
}

class packer {
  public:
    packer(const tensor_source& files, weight_precision precision, thread_pool& pool)
        : files_(files), precision_(precision), pool_(pool) {}

    std::vector<float> vector(const std::string& name, int size) const {
        const auto& tensor = checked_tensor(files_, name, {size});
        std::vector<float> result(static_cast<std::size_t>(cpu::padded(size)));
        read_row(tensor, 0, size, result.data());
        return result;
    }

    // Projections fill whole panels where they take turns, and only there.
    packed_matrix matrix(const matrix_parts& parts) const {
        std::vector<std::vector<source>> rows;
        for (const auto& each : parts.projections) rows.push_back(rows_of(each, parts));
        std::vector<source> all;
        if (parts.in_turns) {
            for (auto& each : rows) pad(each);
            for (std::size_t start = 0; start < rows.front().size(); start += lanes) {
                for (const auto& each : rows)
                    all.insert(all.end(), &each[start], &each[start] + lanes);
            }
        } else {
            for (const auto& each : rows) all.insert(all.end(), each.begin(), each.end());
            pad(all);
        }
        return pack(all, parts);
    }

  private:
    struct source {
        const tensor_view* weight = nullptr;  // null: zeros
        const tensor_view* bias = nullptr;
        std::int64_t row = 0;
    };

    static void pad(std::vector<source>& rows) {
        rows.resize(static_cast<std::size_t>(cpu::padded(static_cast<int>(rows.size()))));
    }

    std::vector<source> rows_of(const projection& of, const matrix_parts& parts) const {
        const auto& weight = checked_tensor(files_, of.name + ".weight", {of.outer, parts.inner});
        const auto* offset =
            parts.bias ? &checked_tensor(files_, of.name + ".bias", {of.outer}) : nullptr;
        std::vector<source> rows;
        for (int row = 0; row < of.outer; ++row) rows.push_back({&weight, offset, row});
        return rows;
    }

    packed_matrix pack(std::span<const source> rows, const matrix_parts& parts) const {
        const auto type = element_of(kept_as(precision_, parts, files_));
        auto result = pack_rows(type, static_cast<int>(rows.size()), parts.inner, pool_,
                                [&](int i, float* to) {
                                    const auto& row = rows[static_cast<std::size_t>(i)];
                                    if (row.weight) read_row(*row.weight, row.row, parts.inner, to);
                                });
        if (!parts.bias) return result;
        result.bias.resize(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].bias) read_row(*rows[i].bias, rows[i].row, 1, &result.bias[i]);
        }
        return result;
    }

    const tensor_source& files_;
    weight_precision precision_;
    thread_pool& pool_;
};

}  // namespace

packed_matrix pack_rows(cpu::element type, int rows, int inner, thread_pool& pool,
                        const std::function<void(int row, float* to)>& fill) {
    packed_matrix result;
    result.type = type;
    result.inner = inner;
    result.panels = rows / lanes;
    const auto size = result.panel_size();
    result.data = cpu::buffer<std::byte>(size * static_cast<std::size_t>(result.panels));
    const int groups = cpu::groups_of(type, inner);
    pool.parallel_for(result.panels, [&](int panel) {
        std::vector<float> values(static_cast<std::size_t>(cpu::padded(inner)));
        std::vector<std::byte> narrow(cpu::input_bytes(cpu::element::i8, inner));
        auto* to = result.data.data() + static_cast<std::size_t>(panel) * size;
        for (int lane = 0; lane < lanes; ++lane) {
            std::fill(values.begin(), values.end(), 0.0F);
            fill(panel * lanes + lane, values.data());
            if (type == cpu::element::i8) {
                cpu::best_kernels().convert(values.data(), inner, {narrow.data(), type});
                spread(narrow.data(), inner, to + static_cast<std::ptrdiff_t>(lane) * 4);
                continue;
            }
            for (int group = 0; group < groups; ++group) {
                auto* place = to + static_cast<std::ptrdiff_t>(group * lanes + lane) * 4;
                if (type == cpu::element::f32) {
                    std::memcpy(place, &values[static_cast<std::size_t>(group)], 4);
                } else {
                    const auto k = static_cast<std::size_t>(2 * group);
                    const bf16 pair[2] = {to_bf16(values[k]), to_bf16(values[k + 1])};
                    std::memcpy(place, pair, 4);
                }
            }
        }
    });
    return result;
}

void packed_matrix::read_row(int row, float* to) const {
    cpu::read_row(type, inner, data.data(), row, to);
}

model_weights pack_weights(const model_config& config, const tensor_source& tensors,
                           weight_precision precision, thread_pool& pool) {
    const packer from(tensors, precision, pool);
    const int hidden = config.hidden_size;
    const model_parts parts(config);
    model_weights result;
    result.embedding = from.matrix(parts.embedding);
    result.norm = from.vector(parts.norm, hidden);
    // The last step is worth the whole precision, and costs nothing.
    if (parts.score)
        result.score = packer(tensors, weight_precision::f32, pool).matrix(*parts.score);
    if (parts.head) result.head = from.matrix(*parts.head);
    for (const auto& layer : parts.layers) {
        result.layers.push_back(
            {from.vector(layer.attention_norm, hidden), from.matrix(layer.query_key_value),
             from.matrix(layer.attention_output), from.vector(layer.mlp_norm, hidden),
             from.matrix(layer.gate_up), from.matrix(layer.down)});
    }
    return result;
}

std::size_t bytes_of(const model_weights& weights) {
    std::size_t bytes =
        weights.embedding.data.size() + weights.head.data.size() + weights.score.data.size();
    for (const auto& layer : weights.layers) {
        bytes += layer.query_key_value.data.size() + layer.attention_output.data.size() +
                 layer.gate_up.data.size() + layer.down.data.size();
    }
    return bytes;
}

}  // namespace tessera::engine
