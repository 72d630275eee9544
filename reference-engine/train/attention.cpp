#include <algorithm>
#include <cmath>

#include "train/network.hpp"

namespace tessera::engine::train {
namespace {

constexpr int block = 48;  // queries at a time; keys after the block's last query are left out

int round_up(int n) { return (n + panel - 1) / panel * panel; }

template <class T>
void grow(std::vector<T>& v, std::size_t size) {
    if (v.size() < size) v.resize(size);
}

}  // namespace

template <class T>
void network<T>::attend(const micro_batch& part, layer_activations<T>& at,
                        workspace<T>& space) const {
    const int hd = config_.head_dim;
    const int w = qkv_width_;
    const int group = config_.heads / config_.kv_heads;
    const std::ptrdiff_t out_row = std::ptrdiff_t(config_.heads) * hd;
    const int tokens = static_cast<int>(part.tokens.size());
    const T scale = T(1 / std::sqrt(double(hd)));
    for (const document& doc : part.documents) {
        const int length = doc.length;
        const int row = round_up(length);
        grow(space.keys_turned, packed_size(hd, length));
        grow(space.values, packed_size(length, hd));
        grow(space.scores, std::size_t(block) * row);
        const T* start = at.qkv.data() + std::size_t(doc.start) * w;
        for (int g = 0; g < config_.kv_heads; ++g) {
            const T* k = start + (config_.heads + g) * hd;
            const T* v = k + config_.kv_heads * hd;
            kernels_.pack(hd, length, k, 1, w, space.keys_turned.data());
            kernels_.pack(length, hd, v, w, 1, space.values.data());
            for (int h = g * group; h < (g + 1) * group; ++h)
                for (int first = 0; first < length; first += block) {
                    const int rows = std::min(block, length - first);
                    const int keys = first + rows;
                    T* scores = space.scores.data();
                    kernels_.multiply({.m = rows,
                                       .n = round_up(keys),
                                       .k = hd,
                                       .a = start + std::ptrdiff_t(first) * w + h * hd,
                                       .a_row = w,
                                       .a_column = 1,
                                       .b = space.keys_turned.data(),
                                       .b_row = 0,
                                       .c = scores,
                                       .c_row = row,
                                       .accumulate = false},
                                      space.scratch.data());
                    kernels_.attend(
                        rows, first, keys, scale, scores, row,
                        at.log_sum.data() + std::ptrdiff_t(h) * tokens + doc.start + first);
                    kernels_.multiply(
                        {.m = rows,
                         .n = hd,
                         .k = keys,
                         .a = scores,
                         .a_row = row,
                         .a_column = 1,
                         .b = space.values.data(),
                         .b_row = 0,
                         .c = at.attended.data() + (doc.start + first) * out_row + h * hd,
                         .c_row = out_row,
                         .accumulate = false,
                         .b_panel = std::ptrdiff_t(length) * panel},
                        space.scratch.data());
                }
        }
    }
}

// space.dattended -> space.dqkv. Probabilities are computed again from the kept log sums (Dao et
// al., FlashAttention, 2022, section 3).
template <class T>
void network<T>::attend_backward(const micro_batch& part, layer_activations<T>& at,
                                 workspace<T>& space) const {
    const int hd = config_.head_dim;
    const int w = qkv_width_;
    const int group = config_.heads / config_.kv_heads;
    const std::ptrdiff_t out_row = std::ptrdiff_t(config_.heads) * hd;
    const int tokens = static_cast<int>(part.tokens.size());
    const T scale = T(1 / std::sqrt(double(hd)));
    T delta[block];
    for (const document& doc : part.documents) {
        const int length = doc.length;
        const int row = round_up(length);
        grow(space.keys, packed_size(length, hd));
        grow(space.keys_turned, packed_size(hd, length));
        grow(space.values_turned, packed_size(hd, length));
        grow(space.scores, std::size_t(block) * row);
        grow(space.dscores, std::size_t(block) * row);
        const T* start = at.qkv.data() + std::size_t(doc.start) * w;
        T* dstart = space.dqkv.data() + std::size_t(doc.start) * w;
        for (int i = 0; i < length; ++i)
            std::fill_n(dstart + std::ptrdiff_t(i) * w + config_.heads * hd,
                        2 * config_.kv_heads * hd, T(0));
        for (int g = 0; g < config_.kv_heads; ++g) {
            const int k_at = (config_.heads + g) * hd;
            const int v_at = k_at + config_.kv_heads * hd;
            kernels_.pack(length, hd, start + k_at, w, 1, space.keys.data());
            kernels_.pack(hd, length, start + k_at, 1, w, space.keys_turned.data());
            kernels_.pack(hd, length, start + v_at, 1, w, space.values_turned.data());
            for (int h = g * group; h < (g + 1) * group; ++h)
                for (int first = 0; first < length; first += block) {
                    const int rows = std::min(block, length - first);
                    const int keys = first + rows;
                    const T* q = start + std::ptrdiff_t(first) * w + h * hd;
                    const std::ptrdiff_t out_at = (doc.start + first) * out_row + h * hd;
                    const T* out = at.attended.data() + out_at;
                    const T* dout = space.dattended.data() + out_at;
                    T* scores = space.scores.data();
                    T* dscores = space.dscores.data();
                    for (int r = 0; r < rows; ++r)
                        delta[r] = kernels_.dot(hd, out + r * out_row, dout + r * out_row);
                    const auto against_keys = [&](const T* a, std::ptrdiff_t a_row, const T* b,
                                                  T* c) {
                        kernels_.multiply({.m = rows,
                                           .n = round_up(keys),
                                           .k = hd,
                                           .a = a,
                                           .a_row = a_row,
                                           .a_column = 1,
                                           .b = b,
                                           .b_row = 0,
                                           .c = c,
                                           .c_row = row,
                                           .accumulate = false},
                                          space.scratch.data());
                    };
                    against_keys(q, w, space.keys_turned.data(), scores);
                    against_keys(dout, out_row, space.values_turned.data(), dscores);
                    kernels_.attend_backward(
                        rows, first, keys, scale,
                        at.log_sum.data() + std::ptrdiff_t(h) * tokens + doc.start + first, delta,
                        scores, dscores, row);
                    kernels_.multiply({.m = rows,
                                       .n = hd,
                                       .k = keys,
                                       .a = dscores,
                                       .a_row = row,
                                       .a_column = 1,
                                       .b = space.keys.data(),
                                       .b_row = 0,
                                       .c = dstart + std::ptrdiff_t(first) * w + h * hd,
                                       .c_row = w,
                                       .accumulate = false,
                                       .b_panel = std::ptrdiff_t(length) * panel},
                                      space.scratch.data());
                    const auto to_keys = [&](const T* a, const T* b, std::ptrdiff_t b_row, T* c) {
                        kernels_.multiply({.m = keys,
                                           .n = hd,
                                           .k = rows,
                                           .a = a,
                                           .a_row = 1,
                                           .a_column = row,
                                           .b = b,
                                           .b_row = b_row,
                                           .c = c,
                                           .c_row = w,
                                           .accumulate = true},
                                          space.scratch.data());
                    };
                    to_keys(dscores, q, w, dstart + k_at);
                    to_keys(scores, dout, out_row, dstart + v_at);
                }
        }
    }
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
