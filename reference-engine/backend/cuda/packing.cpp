#include "backend/cuda/packing.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int words_of_step = step_bytes / 4;

// As the CPU quantises, each block filled up to whole steps.
void quantise(int inner, const float* values, std::byte* row) {
    static_assert(longest_block == cpu::longest_block);
    const auto type = cpu::element::i8;
    std::vector<float> padded(static_cast<std::size_t>(cpu::padded(inner)));
    std::copy_n(values, inner, padded.data());
    std::vector<std::byte> narrow(cpu::input_bytes(type, inner));
    cpu::best_kernels().convert(padded.data(), inner, {narrow.data(), type});
    const auto numbers = static_cast<std::size_t>(block_numbers(inner));
    const auto block_bytes = static_cast<std::size_t>(block_steps(inner) * step_bytes);
    const std::byte* from = narrow.data();
    std::byte* scales = row + static_cast<std::size_t>(steps_of(element::i8, inner)) * step_bytes;
    for (int block = 0; block < blocks_of(inner); ++block) {
        std::memcpy(scales, from, sizeof(float));
        scales += sizeof(float);
        from += sizeof(cpu::block_head);
        std::memcpy(row, from, numbers);
        from += numbers;
        row += block_bytes;
    }
}

}  // namespace

void pack_input(element type, int inner, const float* values, std::byte* row) {
    std::memset(row, 0, input_bytes(type, inner));
    if (type == element::i8) return quantise(inner, values, row);
    for (int k = 0; k < inner; ++k) {
        if (type == element::f32) {
            std::memcpy(row + static_cast<std::ptrdiff_t>(k) * 4, values + k, 4);
        } else {
            const bf16 narrow = to_bf16(values[k]);
            std::memcpy(row + static_cast<std::ptrdiff_t>(k) * 2, &narrow, 2);
        }
    }
}

void pack_row(element type, int outer, int inner, int row, const float* values, std::byte* matrix) {
    const int steps = steps_of(type, inner);
    std::vector<std::byte> line(input_bytes(type, inner));
    pack_input(type, inner, values, line.data());
    for (int word = 0; word < steps * words_of_step; ++word) {
        std::memcpy(matrix + word_place(type, inner, row, word),
                    line.data() + static_cast<std::ptrdiff_t>(word) * 4, 4);
    }
    const std::byte* scales = line.data() + static_cast<std::ptrdiff_t>(steps) * step_bytes;
    for (int block = 0; type == element::i8 && block < blocks_of(inner); ++block) {
        std::memcpy(matrix + scale_place(outer, inner, row, block),
                    scales + static_cast<std::ptrdiff_t>(block) * 4, 4);
    }
}

void unpack_row(element type, int outer, int inner, int row, const std::byte* matrix,
                float* values) {
    const int numbers = 4 / size_of(type);  // of a word
    const int block_length = type == element::i8 ? block_numbers(inner) : inner;
    const int block_words = type == element::i8 ? block_steps(inner) * words_of_step : 0;
    for (int k = 0; k < inner; ++k) {
        const int block = k / block_length;
        const int in_block = k % block_length;
        const std::byte* word =
            matrix + word_place(type, inner, row, block * block_words + in_block / numbers);
        if (type == element::f32) {
            std::memcpy(values + k, word, 4);
        } else if (type == element::bf16) {
            bf16 narrow;
            std::memcpy(&narrow, word + in_block % 2 * 2, 2);
            values[k] = to_float(narrow);
        } else {
            float scale;
            std::memcpy(&scale, matrix + scale_place(outer, inner, row, block), 4);
            const auto number = std::to_integer<std::int8_t>(word[in_block % 4]);
            values[k] = scale * static_cast<float>(number);
        }
    }
}

}  // namespace tessera::engine::cuda
