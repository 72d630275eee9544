#include "model/adapter.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::array projections = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                    "gate_proj", "up_proj", "down_proj"};

// A projection's pair, if the adapter has it.
struct pair_of_tensors {
    const tensor_view* down = nullptr;  // [rank][inner]
    const tensor_view* up = nullptr;    // [outer][rank]
    int outer = 0;
};

class adapter_packer {
  public:
    adapter_packer(const model_config& model, const model_weights& weights,
                   const adapter_config& config, const tensor_source& from, thread_pool& pool)
        : model_(model), weights_(weights), config_(config), from_(from), pool_(pool) {}

    adapter_weights pack() {
        check_targets();
        adapter_weights result;
        for (int i = 0; i < model_.layers; ++i) result.layers.push_back(layer(i));
        const std::string score = std::string(adapter_root) + "score.weight";
        if (const auto* head = from_.find(score)) {
            const int labels = labels_of(*head);
            const auto& tensor = known(score, {labels, model_.hidden_size});
            result.labels = labels;
            result.score = pack_rows(cpu::element::f32, cpu::padded(labels), model_.hidden_size,
                                     pool_, [&](int row, float* to) {
                                         if (row < labels)
                                             read_row(tensor, row, model_.hidden_size, to);
                                     });
        }
        for (const auto& name : from_.names()) {
            if (used_.contains(name)) continue;
            throw engine_error(error_code::unsupported,
                               from_.origin() + ": adapts " + in_quotes(name) +
                                   "; what can be adapted are the projections of the model's "
                                   "layers and the head of a classifier");
        }
        return result;
    }

  private:
    void check_targets() const {
        for (const auto& target : config_.targets) {
            const auto name = target.substr(target.rfind('.') + 1);
            if (std::ranges::find(projections, name) != projections.end()) continue;
            throw engine_error(error_code::unsupported,
                               "adapter_config.json: target_modules names " + in_quotes(target) +
                                   ", which is no projection of a layer");
        }
    }

    // As many as the model has that classifies; beside one that generates as many as there are.
    int labels_of(const tensor_view& head) const {
        if (model_.classifier) return static_cast<int>(model_.classifier->labels.size());
        constexpr std::int64_t most = 1 << 16;
        return static_cast<int>(
            head.shape.empty() ? 1 : std::clamp<std::int64_t>(head.shape[0], 1, most));
    }

    const tensor_view& known(const std::string& name, std::initializer_list<std::int64_t> shape) {
        used_.insert(name);
        return checked_tensor(from_, name, shape);
    }

    pair_of_tensors pair(int layer, const std::string& projection, int outer, int inner) {
        const auto name =
            std::string(adapter_root) + "model.layers." + std::to_string(layer) + "." + projection;
        const auto down = name + ".lora_A.weight";
        const auto up = name + ".lora_B.weight";
        if (!from_.find(down) && !from_.find(up)) return {.outer = outer};
        return {&known(down, {config_.rank, inner}), &known(up, {outer, config_.rank}), outer};
    }

    // Projections that are one matrix: one below the other, or with panels in turns.
    low_rank join(const packed_matrix& matrix, const std::vector<pair_of_tensors>& pairs,
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
        const auto fill = [&](const pair_of_tensors& of, int row, float* to) {
            read_row(*of.up, row, rank, to);
            for (int k = 0; k < rank; ++k) to[k] = static_cast<float>(to[k] * config_.scale);
        };
        // Inputs of narrow numbers are read in pairs.
        const bool apart = (type == cpu::element::f32 || rank % 2 == 0) &&
                           std::ranges::all_of(pairs, [](const pair_of_tensors& each) {
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

    layer_adapter layer(int i) {
        const auto& matrices = weights_.layers[static_cast<std::size_t>(i)];
        const int hidden = model_.hidden_size;
        const int queries = model_.heads * model_.head_dim;
        const int keys = model_.kv_heads * model_.head_dim;
        const int wide = model_.intermediate_size;
        layer_adapter result;
        result.query_key_value =
            join(matrices.query_key_value, {pair(i, "self_attn.q_proj", queries, hidden),
                                            pair(i, "self_attn.k_proj", keys, hidden),
                                            pair(i, "self_attn.v_proj", keys, hidden)});
        result.attention_output =
            join(matrices.attention_output, {pair(i, "self_attn.o_proj", hidden, queries)});
        result.gate_up = join(
            matrices.gate_up,
            {pair(i, "mlp.gate_proj", wide, hidden), pair(i, "mlp.up_proj", wide, hidden)}, true);
        result.down = join(matrices.down, {pair(i, "mlp.down_proj", hidden, wide)});
        return result;
    }

    const model_config& model_;
    const model_weights& weights_;
    const adapter_config& config_;
    const tensor_source& from_;
    thread_pool& pool_;
    std::unordered_set<std::string> used_;
};

}  // namespace

adapter_weights pack_adapter(const model_config& model, const model_weights& weights,
                             const adapter_config& config, const tensor_source& from,
                             thread_pool& pool) {
    return adapter_packer(model, weights, config, from, pool).pack();
}

}  // namespace tessera::engine
