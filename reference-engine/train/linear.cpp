#include "train/linear.hpp"

#include <algorithm>

#include "backend/cpu/panels.hpp"

namespace tessera::engine::train {
namespace {

// Outputs of a frozen matrix that are unpacked at a time.
constexpr int unpacked_panels = 12;

template <class T>
const std::byte* bytes(const T* p) {
    return reinterpret_cast<const std::byte*>(p);
}

template <class T>
constexpr std::ptrdiff_t size = sizeof(T);

}  // namespace

template <class T>
void read_row(const packed_view<T>& matrix, int inner, int row, T* to) {
    cpu::read_row(matrix.type, inner, matrix.data, row, to);
}

template <class T>
void linear_products<T>::share(const cpu::basic_product<T>& p, int panels) {
    const int workers = pool ? pool->size() : 1;
    if (static_cast<int>(space.scratch.size()) < workers) {
        space.scratch.resize(static_cast<std::size_t>(workers));
        for (auto& one : space.scratch) one.resize(cpu::product_scratch<T>);
    }
    const int pieces = std::min(panels, workers);
    const auto run = [&](int piece, int worker) {
        cpu::basic_product<T> own = p;
        own.scratch = space.scratch[static_cast<std::size_t>(worker)].data();
        kernels.multiply(own, panels * piece / pieces, panels * (piece + 1) / pieces);
    };
    if (pieces == 1) return run(0, 0);
    pool->parallel_for(pieces, run);
}

template <class T>
void linear_products<T>::forward(const linear<T>& map, int rows, const T* x,
                                 std::ptrdiff_t x_stride, T* y, std::ptrdiff_t y_stride,
                                 bool accumulate) {
    cpu::basic_product<T> p;
    p.type = map.packed.type;
    p.weights = map.packed.data;
    p.input = bytes(x);
    p.input_stride = x_stride * size<T>;
    p.output = y;
    p.output_stride = y_stride;
    p.bias = map.packed.bias;
    p.rows = rows;
    p.groups = cpu::groups_of(p.type, map.inner);
    p.accumulate = accumulate;
    p.quads = cpu::quads_of(map.inner);
    if (const auto input = kernels.input_of(p.type); input != cpu::element::f32) {
        const bool in_blocks = input == cpu::element::i8;
        p.input_stride = in_blocks ? static_cast<std::ptrdiff_t>(cpu::input_bytes(input, map.inner))
                                   : 2 * std::ptrdiff_t{cpu::padded(map.inner)};
        space.rounded.resize(static_cast<std::size_t>(rows * p.input_stride));
        const auto convert = [&](int row) {
            kernels.convert(x + row * x_stride, in_blocks ? map.inner : cpu::padded(map.inner),
                            {space.rounded.data() + row * p.input_stride, input});
        };
        if (pool) {
            pool->parallel_for(rows, convert);
        } else {
            for (int row = 0; row < rows; ++row) convert(row);
        }
        p.input = space.rounded.data();
    }
    share(p, map.packed.panels);
}

template <class T>
void linear_products<T>::backward_input(const linear<T>& map, const T* weights, int rows,
                                        const T* dy, std::ptrdiff_t dy_stride, T* dx,
                                        std::ptrdiff_t dx_stride, bool continued) {
    cpu::basic_product<T> p;
    p.input_stride = dy_stride * size<T>;
    p.output = dx;
    p.output_stride = dx_stride;
    p.rows = rows;
    p.columns = map.inner;
    const int panels = cpu::panels_of(map.inner);
    for (const linear_part& part : map.parts) {
        p.input = bytes(dy + part.column);
        if (map.trained) {
            p.type = map.packed.type;
            p.weights = bytes(weights + part.weights);
            p.weight_stride = map.inner * size<T>;
            p.groups = part.outputs;
            p.continued = continued;
            share(p, panels);
            continued = true;
            continue;
        }
        const int width = cpu::padded(map.inner);
        grow(space.rows, static_cast<std::size_t>(unpacked_panels * cpu::lanes * width));
        const auto panel_size =
            cpu::panel_bytes(map.packed.type, map.inner) *
            (map.packed.type == cpu::element::f32 ? sizeof(T) / sizeof(float) : 1);
        for (int first = 0; first < cpu::panels_of(part.outputs); first += unpacked_panels) {
            const int count = std::min(unpacked_panels, cpu::panels_of(part.outputs) - first);
            const auto unpack = [&](int i) {
                const int panel = part.panel + (first + i) * part.panel_step;
                kernels.unpack(map.packed.type, map.inner,
                               map.packed.data + static_cast<std::size_t>(panel) * panel_size,
                               space.rows.data() + std::ptrdiff_t{i} * cpu::lanes * width, width);
            };
            if (pool) {
                pool->parallel_for(count, unpack);
            } else {
                for (int i = 0; i < count; ++i) unpack(i);
            }
            p.input = bytes(dy + part.column + first * cpu::lanes);
            p.weights = bytes(space.rows.data());
            p.weight_stride = width * size<T>;
            p.groups = std::min(count * cpu::lanes, part.outputs - first * cpu::lanes);
            p.continued = continued;
            share(p, panels);
            continued = true;
        }
    }
}

template <class T>
void linear_products<T>::backward_weights(const linear<T>& map, int rows, const T* x,
                                          std::ptrdiff_t x_stride, const T* dy,
                                          std::ptrdiff_t dy_stride, T* gradients, bool fresh) {
    for (const linear_part& part : map.parts) {
        cpu::basic_product<T> p;
        p.type = map.packed.type;
        p.weights = bytes(x);
        p.weight_stride = x_stride * size<T>;
        p.input = bytes(dy + part.column);
        p.input_stride = dy_stride * size<T>;
        p.input_turned = true;
        p.output = gradients + part.weights;
        p.output_stride = map.inner;
        p.rows = part.outputs;
        p.groups = rows;
        p.columns = map.inner;
        p.continued = !fresh;
        share(p, cpu::panels_of(map.inner));
    }
}

template void read_row(const packed_view<float>&, int, int, float*);
template void read_row(const packed_view<double>&, int, int, double*);
template struct linear_products<float>;
template struct linear_products<double>;

}  // namespace tessera::engine::train
