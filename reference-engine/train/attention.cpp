#include <algorithm>
#include <cmath>

#include "train/network.hpp"

namespace tessera::engine::train {
namespace {

constexpr int block = 48;  // queries at a time; keys after the block's last query are left out

std::size_t packed_size(int inner, int features) {
    return static_cast<std::size_t>(inner) * static_cast<std::size_t>(cpu::padded(features));
}

template <class T>
const std::byte* bytes(const T* p) {
    return reinterpret_cast<const std::byte*>(p);
}

// c [rows][panels * lanes] = a [rows][inner] times packed panels.
template <class T>
cpu::basic_product<T> against(int rows, int inner, const T* a, std::ptrdiff_t a_row,
                              const T* panels, T* c, std::ptrdiff_t c_row) {
    cpu::basic_product<T> p;
    p.weights = bytes(panels);
    p.input = bytes(a);
    p.input_stride = a_row * std::ptrdiff_t{sizeof(T)};
    p.output = c;
    p.output_stride = c_row;
    p.rows = rows;
    p.groups = inner;
    return p;
}

}  // namespace

// Calls f(document, group of heads, space) for all of them; they touch nothing in common.
template <class T>
template <class F>
void network<T>::for_heads(const micro_batch& part, workspace<T>& space, F f) const {
    const int groups = config_.kv_heads;
    const int count = static_cast<int>(part.documents.size()) * groups;
    const auto run = [&](int index, int worker) {
        f(part.documents[index / groups], index % groups, space.attention[worker]);
    };
    if (space.pool) {
        space.pool->parallel_for(count, run);
    } else {
        for (int i = 0; i < count; ++i) run(i, 0);
    }
}

template <class T>
void network<T>::attend(const micro_batch& part, layer_activations<T>& at,
                        workspace<T>& space) const {
    const int hd = config_.head_dim;
    const int w = qkv_width_;
    const int group = config_.heads / config_.kv_heads;
    const std::ptrdiff_t out_row = heads_width_;
    const int tokens = static_cast<int>(part.tokens.size());
    const T scale = T(1 / std::sqrt(double(hd)));
    for_heads(part, space, [&](const document& doc, int g, attention_space<T>& own) {
        const int length = doc.length;
        const int row = cpu::padded(length);
        grow(own.keys_turned, packed_size(hd, length));
        grow(own.values, packed_size(length, hd));
        grow(own.scores, std::size_t(block) * row);
        grow(own.scratch, cpu::product_scratch<T>);
        const T* start = at.qkv.data() + std::size_t(doc.start) * w;
        const T* k = start + (config_.heads + g) * hd;
        const T* v = k + config_.kv_heads * hd;
        kernels_.pack(hd, length, k, 1, w, own.keys_turned.data());
        kernels_.pack(length, hd, v, w, 1, own.values.data());
        for (int h = g * group; h < (g + 1) * group; ++h)
            for (int first = 0; first < length; first += block) {
                const int rows = std::min(block, length - first);
                const int keys = first + rows;
                T* scores = own.scores.data();
                kernels_.multiply(against(rows, hd, start + std::ptrdiff_t(first) * w + h * hd, w,
                                          own.keys_turned.data(), scores, row),
                                  0, cpu::panels_of(keys));
                kernels_.softmax(
                    rows, first, keys, scale, scores, row,
                    at.log_sum.data() + std::ptrdiff_t(h) * tokens + doc.start + first);
                auto values =
                    against(rows, keys, scores, row, own.values.data(),
                            at.attended.data() + (doc.start + first) * out_row + h * hd, out_row);
                values.panel_stride = std::ptrdiff_t(length) * cpu::lanes * sizeof(T);
                values.columns = hd;
                values.scratch = own.scratch.data();
                kernels_.multiply(values, 0, cpu::panels_of(hd));
            }
    });
}

// space.dattended -> space.dqkv. Probabilities are computed again from the kept log sums (Dao et
// al., FlashAttention, 2022, section 3).
template <class T>
void network<T>::attend_backward(const micro_batch& part, layer_activations<T>& at,
                                 workspace<T>& space) const {
    const int hd = config_.head_dim;
    const int w = qkv_width_;
    const int group = config_.heads / config_.kv_heads;
    const std::ptrdiff_t out_row = heads_width_;
    const int tokens = static_cast<int>(part.tokens.size());
    const T scale = T(1 / std::sqrt(double(hd)));
    for_heads(part, space, [&](const document& doc, int g, attention_space<T>& own) {
        const int length = doc.length;
        const int row = cpu::padded(length);
        T delta[block];
        grow(own.keys, packed_size(length, hd));
        grow(own.keys_turned, packed_size(hd, length));
        grow(own.values_turned, packed_size(hd, length));
        grow(own.scores, std::size_t(block) * row);
        grow(own.dscores, std::size_t(block) * row);
        grow(own.scratch, cpu::product_scratch<T>);
        const T* start = at.qkv.data() + std::size_t(doc.start) * w;
        T* dstart = space.dqkv.data() + std::size_t(doc.start) * w;
        const int k_at = (config_.heads + g) * hd;
        const int v_at = k_at + config_.kv_heads * hd;
        for (int i = 0; i < length; ++i) {
            std::fill_n(dstart + std::ptrdiff_t(i) * w + k_at, hd, T(0));
            std::fill_n(dstart + std::ptrdiff_t(i) * w + v_at, hd, T(0));
        }
        kernels_.pack(length, hd, start + k_at, w, 1, own.keys.data());
        kernels_.pack(hd, length, start + k_at, 1, w, own.keys_turned.data());
        kernels_.pack(hd, length, start + v_at, 1, w, own.values_turned.data());
        for (int h = g * group; h < (g + 1) * group; ++h)
            for (int first = 0; first < length; first += block) {
                const int rows = std::min(block, length - first);
                const int keys = first + rows;
                const T* q = start + std::ptrdiff_t(first) * w + h * hd;
                const std::ptrdiff_t out_at = (doc.start + first) * out_row + h * hd;
                const T* out = at.attended.data() + out_at;
                const T* dout = space.dattended.data() + out_at;
                T* scores = own.scores.data();
                T* dscores = own.dscores.data();
                for (int r = 0; r < rows; ++r)
                    delta[r] = kernels_.dot(hd, out + r * out_row, dout + r * out_row);
                kernels_.multiply(against(rows, hd, q, w, own.keys_turned.data(), scores, row), 0,
                                  cpu::panels_of(keys));
                kernels_.multiply(
                    against(rows, hd, dout, out_row, own.values_turned.data(), dscores, row), 0,
                    cpu::panels_of(keys));
                kernels_.softmax_backward(
                    rows, first, keys, scale,
                    at.log_sum.data() + std::ptrdiff_t(h) * tokens + doc.start + first, delta,
                    scores, dscores, row);
                auto queries = against(rows, keys, dscores, row, own.keys.data(),
                                       dstart + std::ptrdiff_t(first) * w + h * hd, w);
                queries.panel_stride = std::ptrdiff_t(length) * cpu::lanes * sizeof(T);
                queries.columns = hd;
                queries.scratch = own.scratch.data();
                kernels_.multiply(queries, 0, cpu::panels_of(hd));
                const auto to_keys = [&](const T* a, const T* b, std::ptrdiff_t b_row, T* c) {
                    auto p = against(keys, rows, a, row, b, c, w);
                    p.weight_stride = b_row * std::ptrdiff_t{sizeof(T)};
                    p.input_turned = true;
                    p.columns = hd;
                    p.continued = true;
                    p.scratch = own.scratch.data();
                    kernels_.multiply(p, 0, cpu::panels_of(hd));
                };
                to_keys(dscores, q, w, dstart + k_at);
                to_keys(scores, dout, out_row, dstart + v_at);
            }
    });
}

template void network<float>::attend(const micro_batch&, layer_activations<float>&,
                                     workspace<float>&) const;
template void network<double>::attend(const micro_batch&, layer_activations<double>&,
                                      workspace<double>&) const;
template void network<float>::attend_backward(const micro_batch&, layer_activations<float>&,
                                              workspace<float>&) const;
template void network<double>::attend_backward(const micro_batch&, layer_activations<double>&,
                                               workspace<double>&) const;

}  // namespace tessera::engine::train
