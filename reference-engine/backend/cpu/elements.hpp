// What products multiply, for kernels_body.hpp, where lanes are of `real`; included inside an unnamed namespace.

struct whole_element {
    using operand = vec;
    static constexpr int numbers = 1;  // of a lane in a group
    static constexpr int parts = 1;
    static constexpr std::ptrdiff_t group_bytes = sizeof(real) * lanes;
    static constexpr std::ptrdiff_t input_bytes = sizeof(real);
    static operand load(const std::byte* p, int) {
        return cpu::load(reinterpret_cast<const real*>(p));
    }
    static operand broadcast(const std::byte* p, int) {
        return set(*reinterpret_cast<const real*>(p));
    }
    static vec dot(operand w, operand x, vec sum) { return multiply_add(w, x, sum); }
};

// Of weights of bf16, for inputs that are whole.
struct widening_element {
    using operand = vec;
    static constexpr element input = element::f32;
    static constexpr int parts = 2;
    static constexpr std::ptrdiff_t group_bytes = 4 * lanes;
    static constexpr std::ptrdiff_t input_bytes = 2 * sizeof(real);
    static operand load(const std::byte* p, int part) { return widened(p, part); }
    static operand broadcast(const std::byte* p, int part) {
        return set(reinterpret_cast<const real*>(p)[part]);
    }
    static vec dot(operand w, operand x, vec sum) { return multiply_add(w, x, sum); }
};
