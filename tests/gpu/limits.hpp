#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "backend/cuda/training.hpp"
#include "core/bf16.hpp"
#include "run/cuda/device.hpp"

// What a device can do at best, for shares of it.
namespace tessera::engine::gpu {

/// Of one call, on average, after one that is not timed. While the device is in use.
template <class F>
double seconds_of(cuda::device& on, cuda::stream with, int times, F once) {
    const auto& table = on.table();
    const auto begin = cuda::make_event(on);
    const auto end = cuda::make_event(on);
    once();
    on.check(table.record(begin, with), "timing");
    for (int i = 0; i < times; ++i) once();
    on.check(table.record(end, with), "timing");
    on.check(table.finish(with), "timing");
    float seconds = 0;
    on.check(table.seconds_between(begin, end, &seconds), "timing");
    return static_cast<double>(seconds) / times;
}

/// A second, read and written by a copy.
inline double copied_bytes(cuda::device& on, std::size_t size = std::size_t{2} << 30) {
    const auto in = on.enter();
    const auto with = cuda::make_stream(on);
    const cuda::device_array<std::byte> from(on, size, "copying");
    const cuda::device_array<std::byte> to(on, size, "copying");
    return 2.0 * static_cast<double>(size) / seconds_of(on, with, 10, [&] {
               on.check(on.table().copy(to.data(), from.data(), size, with), "copying");
           });
}

struct product_shape {
    int rows, columns, inner;
    bool a_turned = false, b_turned = false;
};

/// Operations a second of a product of bf16, by cuBLASLt where it is there, or by this library's own
/// kernels. Two operations each counted.
inline double product_rate(cuda::device& on, const product_shape& of, bool library = true) {
    const auto in = on.enter();
    const auto& table = on.table();
    const auto with = cuda::make_stream(on);
    const auto area = [](int a, int b) {
        return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
    };
    // Zeros would cost less power than numbers do.
    std::vector<bf16> numbers(std::max(area(of.rows, of.inner), area(of.columns, of.inner)));
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = to_bf16(static_cast<float>(i * 2654435761U % 65'521) / 32'768 - 1);
    const cuda::device_array<bf16> a(on, area(of.rows, of.inner), "a product");
    const cuda::device_array<bf16> b(on, area(of.columns, of.inner), "a product");
    const cuda::device_array<float> output(on, area(of.rows, of.columns), "a product");
    on.check(table.to_device(a.data(), numbers.data(), a.bytes(), with), "sending");
    on.check(table.to_device(b.data(), numbers.data(), b.bytes(), with), "sending");
    cuda::training_product p{.factors = cuda::element::bf16,
                             .rows = of.rows,
                             .columns = of.columns,
                             .inner = of.inner,
                             .a = a.data(),
                             .a_stride = of.a_turned ? of.rows : of.inner,
                             .a_turned = of.a_turned,
                             .b = b.data(),
                             .b_stride = of.b_turned ? of.columns : of.inner,
                             .b_turned = of.b_turned,
                             .output = {.exact = output.data()},
                             .output_stride = of.columns,
                             .may_ask_library = library};
    const cuda::device_array<float> scratch(on, cuda::product_scratch(p), "a product");
    p.scratch = scratch.data();
    const double seconds = seconds_of(
        on, with, 10, [&] { on.check(table.training->multiply(p, with), "multiplying"); });
    return 2.0 * of.rows * of.columns * of.inner / seconds;
}
inline double library_rate(cuda::device& on) { return product_rate(on, {4096, 8192, 8192}); }

}  // namespace tessera::engine::gpu
