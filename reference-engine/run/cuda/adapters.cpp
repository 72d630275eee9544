#include "run/cuda/adapters.hpp"

#include <algorithm>
#include <utility>

#include "backend/cuda/layout.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int first_capacity = 16;

// What reads an input of i8 reads its f32 as well.
element adapter_type(const matrix& of) { return of.type == element::i8 ? element::f32 : of.type; }

}  // namespace

struct adapter_table::attached {
    attached(adapter_config c, const tensor_source& from) : config(std::move(c)), tensors(from) {}

    adapter_config config;
    tensor_copies tensors;
    int place = 0;
    int labels = 0;
    matrix score;
    std::vector<device_array<std::byte>> memory;
};

adapter_table::adapter_table(std::shared_ptr<const model_on_device> model)
    : model_(std::move(model)),
      device_(model_->on()),
      stride_(std::ptrdiff_t{model_->config().layers} * adapted_projections),
      generation_(device_.generation()) {}

adapter_table::~adapter_table() {
    const auto in = device_.hold();
    adapters_.clear();
    tables_.clear();
}

int adapter_table::attach(const adapter_config& config, const tensor_source& tensors) {
    auto made = std::make_unique<attached>(config, tensors);
    const auto in = device_.enter();
    const std::lock_guard lock(mutex_);
    send_lost();
    made->place = places_.empty() ? static_cast<int>(adapters_.size()) : places_.back();
    make_room(made->place);
    send(*made);
    if (!places_.empty()) places_.pop_back();
    adapters_.emplace(++last_, std::move(made));
    return last_;
}

void adapter_table::detach(int number) {
    const auto in = device_.hold();
    const std::lock_guard lock(mutex_);
    const auto found = adapters_.find(number);
    if (found == adapters_.end()) return;
    places_.push_back(found->second->place);
    adapters_.erase(found);
}

int adapter_table::labels(int number) const {
    const std::lock_guard lock(mutex_);
    return adapters_.at(number)->labels;
}

int adapter_table::place_of(int number) const {
    const std::lock_guard lock(mutex_);
    return adapters_.at(number)->place;
}

matrix adapter_table::score_of(int number) const {
    const std::lock_guard lock(mutex_);
    return adapters_.at(number)->score;
}

adapter_matrices adapter_table::matrices() const {
    const std::lock_guard lock(mutex_);
    int most = 0;
    for (const auto& [number, each] : adapters_) most = std::max(most, each->config.rank);
    constexpr int step = 16;
    return {.data = tables_.empty() ? nullptr : tables_.back().data(),
            .stride = stride_,
            .rank_at_most = ceil_div(most, step) * step};
}

void adapter_table::restore() {
    const std::lock_guard lock(mutex_);
    send_lost();
}

void adapter_table::send_lost() {
    if (generation_ == device_.generation()) return;
    tables_.clear();
    capacity_ = 0;
    for (auto& [number, each] : adapters_) {
        make_room(each->place);
        send(*each);
    }
    generation_ = device_.generation();
}

// A larger table with the same content.
void adapter_table::make_room(int place) {
    if (place < capacity_) return;
    const int capacity = std::max({first_capacity, 2 * capacity_, place + 1});
    const auto& table = device_.table();
    const auto upload = make_stream(device_);
    device_array<adapter_matrix> wider(
        device_, static_cast<std::size_t>(capacity) * static_cast<std::size_t>(stride_),
        "making room for adapters");
    device_.check(table.clear(wider.data(), wider.bytes(), upload), "clearing memory");
    if (capacity_ > 0) {
        const auto& narrow = tables_.back();
        device_.check(table.copy(wider.data(), narrow.data(), narrow.bytes(), upload),
                      "copying adapters");
    }
    device_.check(table.finish(upload), "copying adapters");
    tables_.push_back(std::move(wider));
    capacity_ = capacity;
}

void adapter_table::send(attached& to) {
    const auto& tensors = to.tensors;
    const auto pairs = find_pairs(model_->config(), to.config, tensors);
    const auto weights = model_->weights();
    const int rank = to.config.rank;
    uploader upload(device_, 1);
    std::vector<adapter_matrix> matrices(static_cast<std::size_t>(stride_));
    auto* next = matrices.data();
    const auto add = [&](const matrix& of, std::span<const adapter_pair> projections,
                         bool in_turns) {
        const auto type = adapter_type(of);
        const int count = static_cast<int>(projections.size());
        int first = 0;
        for (int p = 0; p < count; ++p) {
            const auto& pair = projections[static_cast<std::size_t>(p)];
            auto& made = *next++;
            made.first_output = in_turns ? p : first;
            made.output_step = in_turns ? count : 1;
            first += pair.outer;
            if (!pair.up) continue;
            made.down = upload.add_matrix(
                type, rank, of.inner,
                [&](int row, float* values) { read_row(*pair.down, row, of.inner, values); },
                "an adapter");
            made.up = upload.add_matrix(
                type, pair.outer, rank,
                [&](int row, float* values) {
                    read_row(*pair.up, row, rank, values);
                    for (int k = 0; k < rank; ++k)
                        values[k] = static_cast<float>(values[k] * to.config.scale);
                },
                "an adapter");
        }
    };
    for (std::size_t i = 0; i < pairs.layers.size(); ++i) {
        const auto& layer = weights->layers[i];
        const auto& own = pairs.layers[i];
        add(layer.query_key_value, own.query_key_value, false);
        add(layer.attention_output, own.attention_output, false);
        add(layer.gate_up, own.gate_up, true);
        add(layer.down, own.down, false);
    }
    to.labels = pairs.labels;
    to.score = {};
    if (pairs.score) {
        const int hidden = model_->config().hidden_size;
        to.score = upload.add_matrix(
            element::f32, pairs.labels, hidden,
            [&](int row, float* values) { read_row(*pairs.score, row, hidden, values); },
            "an adapter's head");
    }
    to.memory = upload.finish();
    const auto& table = device_.table();
    const auto last = make_stream(device_);
    device_.check(table.to_device(tables_.back().data() + to.place * stride_, matrices.data(),
                                  matrices.size() * sizeof(adapter_matrix), last),
                  "sending an adapter");
    device_.check(table.finish(last), "sending an adapter");
}

}  // namespace tessera::engine::cuda
