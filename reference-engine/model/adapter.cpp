#include "model/adapter.hpp"

#include <algorithm>
#include <utility>

#include "model/tensors.hpp"

namespace tessera::engine {
namespace {

class adapter_packer {
  public:
    adapter_packer(const model_config& model, const model_weights& weights,
                   const adapter_config& config, const tensor_source& from, thread_pool& pool)
        : model_(model), weights_(weights), config_(config), from_(from), pool_(pool) {}

    adapter_weights pack() {
        const auto found = find_pairs(model_, config_, from_);
        adapter_weights result;
        for (std::size_t i = 0; i < found.layers.size(); ++i) {
            const auto& matrices = weights_.layers[i];
            const auto& pairs = found.layers[i];
            result.layers.push_back({join(matrices.query_key_value, pairs.query_key_value),
                                     join(matrices.attention_output, pairs.attention_output),
                                     join(matrices.gate_up, pairs.gate_up, true),
                                     join(matrices.down, pairs.down)});
        }
        if (found.score) {
            result.labels = found.labels;
            result.score = pack_rows(cpu::element::f32, cpu::padded(found.labels),
                                     model_.hidden_size, pool_, [&](int row, float* to) {
                                         if (row < found.labels)
                                             read_row(*found.score, row, model_.hidden_size, to);
                                     });
        }
        return result;
    }

  private:
    // Projections that are one matrix: one below the other, or with panels in turns.
    low_rank join(const packed_matrix& matrix, const std::vector<adapter_pair>& pairs,
                  bool in_turns = false) {
        const int rank = config_.rank;
        std::vector<const tensor_view*> downs;
        std::vector<int> columns;  // where the ranks of a projection begin
        for (const auto& each : pairs) {
            columns.push_back(static_cast<int>(downs.size()) * rank);
            if (each.down) downs.push_back(each.down);
        }
        low_rank result;
        if (downs.empty()) return result;
        const int all = static_cast<int>(downs.size()) * rank;
        // What reads an input of i8 reads its f32 as well.
        const auto type = matrix.type == cpu::element::i8 ? cpu::element::f32 : matrix.type;
        result.down =
            pack_rows(type, cpu::padded(all), matrix.inner, pool_, [&](int row, float* to) {
                if (row >= all) return;
                read_row(*downs[static_cast<std::size_t>(row / rank)], row % rank, matrix.inner,
                         to);
            });
        const auto fill = [&](const adapter_pair& of, int row, float* to) {
            read_row(*of.up, row, rank, to);
            for (int k = 0; k < rank; ++k) to[k] = static_cast<float>(to[k] * config_.scale);
        };
        // Inputs of narrow numbers are read in pairs.
        const bool apart = (type == cpu::element::f32 || rank % 2 == 0) &&
                           std::ranges::all_of(pairs, [](const adapter_pair& each) {
                               return each.outer % cpu::lanes == 0;
                           });
        const int turns = static_cast<int>(pairs.size());
        if (apart) {
            int panel = 0;
            for (std::size_t i = 0; i < pairs.size(); ++i) {
                const auto& each = pairs[i];
                if (each.up) {
                    result.ups.push_back(
                        {.up = pack_rows(type, each.outer, rank, pool_,
                                         [&](int row, float* to) { fill(each, row, to); }),
                         .column = columns[i],
                         .first_panel = panel,
                         .panel_step = in_turns ? turns : 1});
                }
                panel += in_turns ? 1 : each.outer / cpu::lanes;
            }
            return result;
        }
        const auto place = [&](int row) -> std::pair<std::size_t, int> {
            if (in_turns) {
                const int panel = row / cpu::lanes;
                return {static_cast<std::size_t>(panel % turns),
                        panel / turns * cpu::lanes + row % cpu::lanes};
            }
            std::size_t which = 0;
            while (which + 1 < pairs.size() && row >= pairs[which].outer)
                row -= pairs[which++].outer;
            return {which, row};
        };
        result.ups.push_back(
            {.up = pack_rows(type, matrix.panels * cpu::lanes, all, pool_, [&](int row, float* to) {
                 const auto [which, own] = place(row);
                 const auto& of = pairs[which];
                 if (!of.up || own >= of.outer) return;
                 fill(of, own, to + columns[which]);
             })});
        return result;
    }

    const model_config& model_;
    const model_weights& weights_;
    const adapter_config& config_;
    const tensor_source& from_;
    thread_pool& pool_;
};

}  // namespace

adapter_weights pack_adapter(const model_config& model, const model_weights& weights,
                             const adapter_config& config, const tensor_source& from,
                             thread_pool& pool) {
    return adapter_packer(model, weights, config, from, pool).pack();
}

}  // namespace tessera::engine
