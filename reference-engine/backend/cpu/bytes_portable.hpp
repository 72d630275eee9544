// Blocks of i8 for kernels_body.hpp, where no instruction multiplies bytes.

struct byte_element {
    using words = std::int32_t __attribute__((vector_size(16)));
    using halves = std::int16_t __attribute__((vector_size(16)));
    struct sums {
        words part[4];
    };
    // The first and third numbers of quads, and the others; products of two of them fit 16 bits.
    struct operand {
        halves even[4];
        halves odd[4];
    };
    static sums begin(int) { return {}; }
    static operand load(const std::byte* p, int) {
        operand result;
        for (int i = 0; i < 4; ++i) {
            halves pairs;
            __builtin_memcpy(&pairs, p + 16 * i, sizeof pairs);
            result.even[i] = (pairs & 0xff) - 128;
            result.odd[i] = ((pairs >> 8) & 0xff) - 128;
        }
        return result;
    }
    static operand broadcast(const std::byte* p, int) {
        std::int8_t x[4];
        __builtin_memcpy(x, p, sizeof x);
        const halves even = {x[0], x[2], x[0], x[2], x[0], x[2], x[0], x[2]};
        const halves odd = {x[1], x[3], x[1], x[3], x[1], x[3], x[1], x[3]};
        return {{even, even, even, even}, {odd, odd, odd, odd}};
    }
    static sums dot(const operand& w, const operand& x, sums sum) {
        for (int i = 0; i < 4; ++i) {
            const halves products = w.even[i] * x.even[i] + w.odd[i] * x.odd[i];
            words pairs;
            __builtin_memcpy(&pairs, &products, sizeof pairs);
            sum.part[i] += (pairs << 16 >> 16) + (pairs >> 16);
        }
        return sum;
    }
    static vec widened(const sums& sum) {
        real wide[lanes];
        for (int i = 0; i < lanes; ++i) wide[i] = static_cast<real>(sum.part[i / 4][i % 4]);
        return cpu::load(wide);
    }
};
