#pragma once

#include <cstddef>
#include <vector>

#include "backend/cuda/layout.hpp"
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
inline double copied_bytes(cuda::device& on) {
    const auto in = on.enter();
    const auto with = cuda::make_stream(on);
    constexpr std::size_t size = std::size_t{2} << 30;
    const cuda::device_array<std::byte> from(on, size, "copying");
    const cuda::device_array<std::byte> to(on, size, "copying");
    return 2.0 * size / seconds_of(on, with, 10, [&] {
               on.check(on.table().copy(to.data(), from.data(), size, with), "copying");
           });
}

/// A second, by cuBLASLt's product of bf16: a square matrix, and rows from 256 on. Two operations
/// each counted.
inline double library_sums(cuda::device& on, int side = 8192, int rows = 4096) {
    const auto in = on.enter();
    const auto& table = on.table();
    const auto with = cuda::make_stream(on);
    const auto type = cuda::element::bf16;
    const auto width = static_cast<std::size_t>(side);
    const auto height = static_cast<std::size_t>(rows);
    // Zeros would cost less power than numbers do.
    std::vector<bf16> numbers(width * width);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = to_bf16(static_cast<float>(i * 2654435761U % 65'521) / 32'768 - 1);
    const cuda::device_array<std::byte> weights(on, 2 * numbers.size(), "a product");
    const cuda::device_array<std::byte> input(on, height * cuda::input_bytes(type, side),
                                              "a product");
    const cuda::device_array<float> output(on, height * width, "a product");
    const cuda::device_array<float> scratch(
        on, cuda::product_scratch(type, side, side, rows, false), "a product");
    on.check(table.to_device(weights.data(), numbers.data(), weights.bytes(), with), "sending");
    on.check(table.to_device(input.data(), numbers.data(), input.bytes(), with), "sending");
    on.check(table.clear(scratch.data(), scratch.bytes(), with), "clearing");
    cuda::product p{.weights = {type, side, side, weights.data()}, .rows = rows};
    p.weights.plain = weights.data();
    p.input = {input.data(), static_cast<std::ptrdiff_t>(cuda::input_bytes(type, side)), type};
    p.output = output.data();
    p.output_stride = side;
    p.invariant = false;
    p.scratch = scratch.data();
    return 2.0 * side * side * rows /
           seconds_of(on, with, 10, [&] { on.check(table.multiply(p, with), "multiplying"); });
}

}  // namespace tessera::engine::gpu
