// Compiled once a processor level: the including file defines TESSERA_LEVEL, the name of the level,
// and TESSERA_VECTOR_BYTES and TESSERA_TILE_ROWS after its registers. Everything here has internal
// linkage and no library function with a body is used, so that the linker cannot pick a copy that
// needs a newer processor than the one at hand.
#include <math.h>
#include <string.h>

#include <utility>

#include "train/kernels.hpp"

namespace tessera::engine::train {
namespace {

template <class T>
struct level {
    typedef T vec __attribute__((vector_size(TESSERA_VECTOR_BYTES)));
    static constexpr int lanes = TESSERA_VECTOR_BYTES / sizeof(T);
    static constexpr int tile_rows = TESSERA_TILE_ROWS;
    static constexpr int depth = 256;          // of a block over k: one panel stays in L1
    static constexpr int block_rows = 240;     // of a transposed A: a block stays in L2
    static constexpr int block_columns = 512;  // of B packed on the way

    static vec load(const T* p) {
        vec v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    static void store(T* p, vec v) { memcpy(p, &v, sizeof v); }
    // The first `count` lanes.
    static vec load(const T* p, int count) {
        if (count == lanes) return load(p);
        vec v{};
        for (int i = 0; i < count; ++i) v[i] = p[i];
        return v;
    }
    static void store(T* p, vec v, int count) {
        if (count == lanes) return store(p, v);
        for (int i = 0; i < count; ++i) p[i] = v[i];
    }
    static T sum(vec v) {
        T total = 0;
        for (int i = 0; i < lanes; ++i) total += v[i];
        return total;
    }
    static float root(float x) { return __builtin_sqrtf(x); }
    static double root(double x) { return __builtin_sqrt(x); }
    static int least(int a, int b) { return a < b ? a : b; }

    // The tile C[Rows x Vectors * lanes].
    template <int Rows, int Vectors>
    static void tile(int k, const T* __restrict a, std::ptrdiff_t a_row, std::ptrdiff_t a_column,
                     const T* __restrict b, std::ptrdiff_t b_row, T* __restrict c,
                     std::ptrdiff_t c_row, bool accumulate) {
        vec sums[Rows][Vectors];
        if (accumulate) {
#pragma GCC unroll 16
            for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
                for (int v = 0; v < Vectors; ++v) sums[r][v] = load(c + r * c_row + v * lanes);
        } else {
#pragma GCC unroll 16
            for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
                for (int v = 0; v < Vectors; ++v) sums[r][v] = vec{};
        }
        for (int i = 0; i < k; ++i) {
            vec column[Vectors];
#pragma GCC unroll 16
            for (int v = 0; v < Vectors; ++v) column[v] = load(b + v * lanes);
#pragma GCC unroll 16
            for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
                for (int v = 0; v < Vectors; ++v) sums[r][v] += a[r * a_row] * column[v];
            a += a_column;
            b += b_row;
        }
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
            for (int v = 0; v < Vectors; ++v) store(c + r * c_row + v * lanes, sums[r][v]);
    }

    using tile_function = void (*)(int, const T*, std::ptrdiff_t, std::ptrdiff_t, const T*,
                                   std::ptrdiff_t, T*, std::ptrdiff_t, bool);
    template <int Vectors, int Rows = 1>
    static tile_function tile_of(int rows) {
        if constexpr (Rows < tile_rows) {
            if (rows != Rows) return tile_of<Vectors, Rows + 1>(rows);
        }
        return tile<Rows, Vectors>;
    }

    // All rows of a panel of at most `panel` columns; wide tiles first, the rest through a copy.
    static void panel_rows(int m, int n, int k, const T* a, std::ptrdiff_t a_row,
                           std::ptrdiff_t a_column, const T* b, std::ptrdiff_t b_row, T* c,
                           std::ptrdiff_t c_row, bool accumulate) {
        constexpr int wide = 2 * lanes;
        int column = 0;
        for (; column + wide <= n; column += wide)
            strip<2>(m, k, a, a_row, a_column, b + column, b_row, c + column, c_row, accumulate);
        for (; column + lanes <= n; column += lanes)
            strip<1>(m, k, a, a_row, a_column, b + column, b_row, c + column, c_row, accumulate);
        const int rest = n - column;
        if (rest == 0) return;
        T columns[depth * lanes];
        for (int i = 0; i < k; ++i)
            for (int j = 0; j < lanes; ++j)
                columns[i * lanes + j] = j < rest ? b[i * b_row + column + j] : T(0);
        T sums[tile_rows * lanes];
        for (int row = 0; row < m; row += tile_rows) {
            const int rows = least(tile_rows, m - row);
            tile_of<1>(rows)(k, a + row * a_row, a_row, a_column, columns, lanes, sums, lanes,
                             false);
            for (int r = 0; r < rows; ++r)
                for (int j = 0; j < rest; ++j) {
                    T& out = c[(row + r) * c_row + column + j];
                    out = accumulate ? out + sums[r * lanes + j] : sums[r * lanes + j];
                }
        }
    }

    template <int Vectors>
    static void strip(int m, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_column,
                      const T* b, std::ptrdiff_t b_row, T* c, std::ptrdiff_t c_row,
                      bool accumulate) {
        int row = 0;
        for (; row + tile_rows <= m; row += tile_rows)
            tile<tile_rows, Vectors>(k, a + row * a_row, a_row, a_column, b, b_row, c + row * c_row,
                                     c_row, accumulate);
        if (row < m)
            tile_of<Vectors>(m - row)(k, a + row * a_row, a_row, a_column, b, b_row,
                                      c + row * c_row, c_row, accumulate);
    }

    static void multiply(const product<T>& p, T* scratch) {
        const int blocks = p.k > depth ? (p.k + depth - 1) / depth : 1;
        const bool pack_a = p.a_row == 1 && p.a_column != 1 && p.n > lanes;
        const bool pack_b = p.b_row != 0 && p.m > 3 * tile_rows;
        const int rows = pack_a ? block_rows : p.m;
        const int columns = pack_b ? block_columns : p.n;
        T* const packed_a = scratch;
        T* const packed_b = scratch + block_rows * depth;
        for (int block = 0; block < blocks; ++block) {
            const int from = static_cast<int>(static_cast<long long>(p.k) * block / blocks);
            const int k =
                static_cast<int>(static_cast<long long>(p.k) * (block + 1) / blocks) - from;
            const bool accumulate = p.accumulate || block > 0;
            for (int group = 0; group < p.n; group += columns) {
                const int width = least(columns, p.n - group);
                std::ptrdiff_t b_row = p.b_row ? p.b_row : panel;
                std::ptrdiff_t distance = p.b_row     ? panel
                                          : p.b_panel ? p.b_panel
                                                      : std::ptrdiff_t(p.k) * panel;
                const T* b = p.b + group / panel * distance + from * b_row;
                if (pack_b) {
                    distance = std::ptrdiff_t(k + 1) * panel;
                    copy_panels(k, width, b, b_row, packed_b, distance);
                    b = packed_b;
                    b_row = panel;
                }
                for (int row = 0; row < p.m; row += rows) {
                    const int m = least(rows, p.m - row);
                    const T* a = p.a + row * p.a_row + from * p.a_column;
                    if (pack_a) pack_rows(m, k, a, p.a_column, packed_a);
                    for (int column = 0; column < width; column += panel) {
                        const int n = least(panel, width - column);
                        const T* b_panel = b + column / panel * distance;
                        T* c = p.c + row * p.c_row + group + column;
                        if (!pack_a) {
                            panel_rows(m, n, k, a, p.a_row, p.a_column, b_panel, b_row, c, p.c_row,
                                       accumulate);
                            continue;
                        }
                        for (int r = 0; r < m; r += tile_rows)
                            panel_rows(least(tile_rows, m - r), n, k, packed_a + r * k, 1,
                                       tile_rows, b_panel, b_row, c + r * p.c_row, p.c_row,
                                       accumulate);
                    }
                }
            }
        }
    }

    // B of contiguous rows, as [panels][k][panel]. Reads each row once, from end to end, and writes
    // to all panels at a time; `distance` should not be a multiple of a large power of two, lest
    // they share one set of the cache.
    static void copy_panels(int k, int n, const T* b, std::ptrdiff_t b_row, T* packed,
                            std::ptrdiff_t distance) {
        const int whole = n / panel;
        for (int i = 0; i < k; ++i, b += b_row, packed += panel) {
            for (int j = 0; j < whole; ++j)
                memcpy(packed + j * distance, b + j * panel, sizeof(T) * panel);
            for (int j = whole * panel; j < n; ++j)
                packed[whole * distance + j - whole * panel] = b[j];
        }
    }

    // A of contiguous columns, as [tiles][k][tile_rows].
    static void pack_rows(int m, int k, const T* a, std::ptrdiff_t a_column, T* packed) {
        for (int row = 0; row < m; row += tile_rows) {
            const int rows = least(tile_rows, m - row);
            const T* from = a + row;
            for (int i = 0; i < k; ++i, from += a_column, packed += tile_rows) {
                if (rows == tile_rows) {
                    memcpy(packed, from, sizeof(T) * tile_rows);
                } else {
                    for (int r = 0; r < rows; ++r) packed[r] = from[r];
                }
            }
        }
    }

    // One round of turn_square: trades off-diagonal quarters of squares of 2 * Size.
    template <int Size, std::size_t... Lane>
    static void trade(vec* rows, std::index_sequence<Lane...> lane) {
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i) {
            if (i & Size) continue;
            const vec a = rows[i];
            const vec b = rows[i + Size];
            rows[i] = __builtin_shufflevector(a, b, (Lane & Size ? lanes + Lane - Size : Lane)...);
            rows[i + Size] =
                __builtin_shufflevector(a, b, (Lane & Size ? lanes + Lane : Lane + Size)...);
        }
        if constexpr (Size > 1) trade<Size / 2>(rows, lane);
    }
    // out[i][j] = in[j][i] of a square of `lanes`.
    static void turn_square(const T* in, std::ptrdiff_t in_row, T* out, std::ptrdiff_t out_row) {
        vec rows[lanes];
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i) rows[i] = load(in + i * in_row);
        trade<lanes / 2>(rows, std::make_index_sequence<lanes>{});
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i) store(out + i * out_row, rows[i]);
    }

    static void pack(int k, int n, const T* b, std::ptrdiff_t row, std::ptrdiff_t column,
                     T* packed) {
        if (column == 1 && n % panel == 0)
            return copy_panels(k, n, b, row, packed, std::ptrdiff_t(k) * panel);
        for (int first = 0; first < n; first += panel, packed += std::ptrdiff_t(k) * panel) {
            const int width = least(panel, n - first);
            const T* from = b + first * column;
            const int squares = row == 1 ? width / lanes * lanes : 0;
            if (width < panel) memset(packed, 0, sizeof(T) * k * panel);
            for (int i = 0; i < k; i += lanes) {
                const int here = least(lanes, k - i);
                int j = 0;
                if (here == lanes)
                    for (; j < squares; j += lanes)
                        turn_square(from + j * column + i, column, packed + i * panel + j, panel);
                for (; j < width; ++j)
                    for (int d = 0; d < here; ++d)
                        packed[(i + d) * panel + j] = from[j * column + (i + d) * row];
            }
        }
    }

    static T dot(int n, const T* a, const T* b) {
        vec total{};
        int i = 0;
        for (; i + lanes <= n; i += lanes) total += load(a + i) * load(b + i);
        T rest = 0;
        for (; i < n; ++i) rest += a[i] * b[i];
        return sum(total) + rest;
    }
    static void add(int n, const T* __restrict a, T* __restrict total) {
        for (int i = 0; i < n; ++i) total[i] += a[i];
    }

    static void norm(int rows, int d, const T* x, const T* __restrict weight, T epsilon, T* y,
                     T* inverse) {
        for (int r = 0; r < rows; ++r) {
            const T* __restrict in = x + std::ptrdiff_t(r) * d;
            T* __restrict out = y + std::ptrdiff_t(r) * d;
            const T scale = T(1) / root(dot(d, in, in) / T(d) + epsilon);
            inverse[r] = scale;
            for (int i = 0; i < d; ++i) out[i] = in[i] * scale * weight[i];
        }
    }

    static void norm_backward(int rows, int d, const T* x, const T* __restrict weight,
                              const T* inverse, const T* dy, T* dx, T* __restrict dweight) {
        for (int r = 0; r < rows; ++r) {
            const T* __restrict in = x + std::ptrdiff_t(r) * d;
            const T* __restrict dout = dy + std::ptrdiff_t(r) * d;
            T* __restrict din = dx + std::ptrdiff_t(r) * d;
            vec total{};
            int i = 0;
            for (; i + lanes <= d; i += lanes)
                total += load(in + i) * load(dout + i) * load(weight + i);
            T projection = 0;
            for (; i < d; ++i) projection += in[i] * dout[i] * weight[i];
            const T scale = inverse[r];
            const T along = (sum(total) + projection) * scale * scale * scale / T(d);
            for (i = 0; i < d; ++i) {
                din[i] += dout[i] * weight[i] * scale - in[i] * along;
                dweight[i] += dout[i] * in[i] * scale;
            }
        }
    }

    // exp by 2^n times a polynomial of degree 6 on [-ln 2 / 2, ln 2 / 2] (Taylor; error 2e-7).
    static vec exponential(vec x) {
        if constexpr (sizeof(T) == sizeof(double)) {
            for (int i = 0; i < lanes; ++i) x[i] = ::exp(x[i]);
            return x;
        } else {
            typedef int integers __attribute__((vector_size(TESSERA_VECTOR_BYTES)));
            const vec zero{};
            x = x < T(-87) ? zero - T(87) : x;  // NaN stays
            x = x > T(88) ? zero + T(88) : x;
            const vec shifted = x * T(1.44269504) + T(12582912);  // 1.5 * 2^23 rounds to an integer
            const vec n = shifted - T(12582912);
            const vec r = x - n * T(0.693145752) - n * T(1.42860677e-6);
            vec p = r * T(1.0 / 720) + T(1.0 / 120);
            p = p * r + T(1.0 / 24);
            p = p * r + T(1.0 / 6);
            p = p * r + T(0.5);
            p = p * r + T(1);
            p = p * r + T(1);
            return p * (vec)(((integers)shifted + 127) << 23);
        }
    }

    static void swiglu(int rows, int f, const T* gate_up, T* act) {
        for (int r = 0; r < rows; ++r, gate_up += 2 * f, act += f)
            for (int i = 0; i < f; i += lanes) {
                const int count = least(lanes, f - i);
                const vec gate = load(gate_up + i, count);
                const vec up = load(gate_up + f + i, count);
                store(act + i, gate * up / (T(1) + exponential(-gate)), count);
            }
    }

    static void swiglu_backward(int rows, int f, const T* dact, T* gate_up) {
        for (int r = 0; r < rows; ++r, gate_up += 2 * f, dact += f)
            for (int i = 0; i < f; i += lanes) {
                const int count = least(lanes, f - i);
                const vec gate = load(gate_up + i, count);
                const vec up = load(gate_up + f + i, count);
                const vec dout = load(dact + i, count);
                const vec sigmoid = T(1) / (T(1) + exponential(-gate));
                const vec silu = gate * sigmoid;
                store(gate_up + i, dout * up * (sigmoid + silu * (T(1) - sigmoid)), count);
                store(gate_up + f + i, dout * silu, count);
            }
    }

    static void rotate(int rows, int heads, int half, const int* positions, const T* cosine,
                       const T* sine, T direction, T* x, std::ptrdiff_t row) {
        for (int r = 0; r < rows; ++r) {
            const T* __restrict c = cosine + std::ptrdiff_t(positions[r]) * half;
            const T* __restrict s = sine + std::ptrdiff_t(positions[r]) * half;
            for (int h = 0; h < heads; ++h) {
                T* __restrict low = x + r * row + std::ptrdiff_t(h) * 2 * half;
                T* __restrict high = low + half;
                for (int i = 0; i < half; ++i) {
                    const T a = low[i];
                    const T b = high[i];
                    low[i] = a * c[i] - direction * b * s[i];
                    high[i] = b * c[i] + direction * a * s[i];
                }
            }
        }
    }

    static T greatest(int n, const T* x) {
        int i = 0;
        T top = x[0];
        if (n >= lanes) {
            vec tops = load(x);
            for (i = lanes; i + lanes <= n; i += lanes) {
                const vec next = load(x + i);
                tops = next > tops ? next : tops;
            }
            for (int j = 0; j < lanes; ++j) top = tops[j] > top ? tops[j] : top;
        }
        for (; i < n; ++i) top = x[i] > top ? x[i] : top;
        return top;
    }

    // x -> exp(scale * (x - top)); returns the sum.
    static T exponentials(int n, T scale, T top, T* x) {
        vec total{};
        int i = 0;
        for (; i + lanes <= n; i += lanes) {
            const vec e = exponential(scale * (load(x + i) - top));
            store(x + i, e);
            total += e;
        }
        T rest = 0;
        if (i < n) {
            const vec e = exponential(scale * (load(x + i, n - i) - top));
            store(x + i, e, n - i);
            for (int j = 0; j < n - i; ++j) rest += e[j];
        }
        return sum(total) + rest;
    }

    static void attend(int rows, int first, int n, T scale, T* scores, std::ptrdiff_t row,
                       T* log_sum) {
        for (int r = 0; r < rows; ++r) {
            T* __restrict x = scores + r * row;
            const int count = first + r + 1;
            const T top = greatest(count, x);
            const T total = exponentials(count, scale, top, x);
            const T inverse = T(1) / total;
            for (int i = 0; i < count; ++i) x[i] *= inverse;
            for (int i = count; i < n; ++i) x[i] = 0;
            log_sum[r] = scale * top + T(::log(double(total)));
        }
    }

    static void attend_backward(int rows, int first, int n, T scale, const T* log_sum,
                                const T* delta, T* scores, T* dscores, std::ptrdiff_t row) {
        for (int r = 0; r < rows; ++r) {
            T* __restrict x = scores + r * row;
            T* __restrict dx = dscores + r * row;
            const int count = first + r + 1;
            const T log_total = log_sum[r];
            const T mean = delta[r];
            for (int i = 0; i < count; i += lanes) {
                const int here = least(lanes, count - i);
                const vec p = exponential(scale * load(x + i, here) - log_total);
                store(x + i, p, here);
                store(dx + i, p * (load(dx + i, here) - mean) * scale, here);
            }
            for (int i = count; i < n; ++i) x[i] = dx[i] = 0;
        }
    }

    static double cross_entropy(int rows, int n, const int* targets, T scale, T* logits) {
        double loss = 0;
        for (int r = 0; r < rows; ++r) {
            T* __restrict x = logits + std::ptrdiff_t(r) * n;
            const T top = greatest(n, x);
            const double wanted = double(x[targets[r]]) - double(top);
            const T total = exponentials(n, T(1), top, x);
            loss += ::log(double(total)) - wanted;
            const T factor = scale / total;
            for (int i = 0; i < n; ++i) x[i] *= factor;
            x[targets[r]] -= scale;
        }
        return loss;
    }

    static double reduce(int n, int copies, std::size_t stride, T* __restrict gradient) {
        for (int copy = 1; copy < copies; ++copy) {
            const T* __restrict other = gradient + copy * stride;
            for (int i = 0; i < n; ++i) gradient[i] += other[i];
        }
        return double(dot(n, gradient, gradient));
    }

    static void adamw(int n, T clip, T rate, T decay, T beta1, T beta2, T epsilon,
                      const T* __restrict gradient, T* __restrict m, T* __restrict v,
                      T* __restrict weight) {
        for (int i = 0; i < n; ++i) {
            const T g = gradient[i] * clip;
            m[i] = beta1 * m[i] + (T(1) - beta1) * g;
            v[i] = beta2 * v[i] + (T(1) - beta2) * g * g;
            weight[i] -= weight[i] * decay + rate * m[i] / (root(v[i]) + epsilon);
        }
    }

    static constexpr kernels<T> table{TESSERA_LEVEL,
                                      multiply,
                                      pack,
                                      norm,
                                      norm_backward,
                                      swiglu,
                                      swiglu_backward,
                                      rotate,
                                      attend,
                                      attend_backward,
                                      cross_entropy,
                                      dot,
                                      add,
                                      reduce,
                                      adamw};
};

}  // namespace
}  // namespace tessera::engine::train
