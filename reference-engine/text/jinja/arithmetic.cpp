#include <cmath>

#include "text/jinja/machine.hpp"
#include "text/jinja/numbers.hpp"

namespace tessera::engine::jinja {
namespace {

wide_magnitude magnitude(wide_integer x) {
    const auto bits = static_cast<wide_magnitude>(x);
    return x < 0 ? 0 - bits : bits;
}

[[noreturn]] void too_large(machine& m) { m.limit("an integer needs more than 128 bits"); }

wide_integer product(machine& m, wide_integer a, wide_integer b) {
    constexpr wide_magnitude most = ~wide_magnitude{0} >> 1;
    const wide_magnitude x = magnitude(a);
    const wide_magnitude y = magnitude(b);
    if (x != 0 && y > most / x) too_large(m);
    const auto out = static_cast<wide_integer>(x * y);
    return (a < 0) != (b < 0) ? -out : out;
}

wide_integer power(machine& m, wide_integer base, wide_integer exponent) {
    wide_integer out = 1;
    for (;;) {
        if ((exponent & 1) != 0) out = product(m, out, base);
        exponent >>= 1;
        if (exponent == 0) return out;
        base = product(m, base, base);
    }
}

/// The quotient of two integers, rounded once.
double quotient(wide_integer a, wide_integer b) {
    const wide_magnitude divisor = magnitude(b);
    wide_magnitude bits = magnitude(a) / divisor;
    wide_magnitude rest = magnitude(a) % divisor;
    int exponent = 0;
    for (; bits >> 60 == 0 && rest != 0; --exponent) {
        rest *= 2;
        bits = bits * 2 + (rest >= divisor ? 1 : 0);
        if (rest >= divisor) rest -= divisor;
    }
    if (rest != 0) bits |= 1;
    const double out = std::ldexp(static_cast<double>(bits), exponent);
    return (a < 0) != (b < 0) ? -out : out;
}

/// Python's divmod(): the rest has the sign of the divisor.
struct division {
    double whole;
    double rest;
};
division divided(double a, double b) {
    double rest = std::fmod(a, b);
    double whole = (a - rest) / b;
    if (rest == 0) {
        rest = std::copysign(0.0, b);
    } else if ((rest < 0) != (b < 0)) {
        rest += b;
        whole -= 1;
    }
    if (whole == 0) return {std::copysign(0.0, a / b), rest};
    const double below = std::floor(whole);
    return {whole - below > 0.5 ? below + 1 : below, rest};
}

value whole_arithmetic(machine& m, op which, wide_integer a, wide_integer b) {
    wide_integer out = 0;
    switch (which) {
        case op::add:
            if (__builtin_add_overflow(a, b, &out)) too_large(m);
            return out;
        case op::subtract:
            if (__builtin_sub_overflow(a, b, &out)) too_large(m);
            return out;
        case op::multiply:
            return product(m, a, b);
        case op::divide:
            return quotient(a, b);
        case op::floor_divide:
        case op::modulo: {
            if (b == -1) return which == op::modulo ? wide_integer{0} : product(m, a, b);
            const bool apart = a % b != 0 && (a < 0) != (b < 0);
            if (which == op::modulo) return a % b + (apart ? b : 0);
            return a / b - (apart ? 1 : 0);
        }
        default:
            return power(m, a, b);
    }
}

}  // namespace

value arithmetic(machine& m, op which, const value& a, const value& b) {
    const bool divides = which == op::divide || which == op::floor_divide || which == op::modulo;
    if (divides && b.real() == 0) m.fail("division by zero");
    const bool reciprocal = which == op::power && b.real() < 0;
    if (a.is_integer() && b.is_integer() && !reciprocal)
        return whole_arithmetic(m, which, a.integer(), b.integer());
    const double x = a.real();
    const double y = b.real();
    switch (which) {
        case op::add:
            return x + y;
        case op::subtract:
            return x - y;
        case op::multiply:
            return x * y;
        case op::divide:
            return x / y;
        case op::floor_divide:
            return divided(x, y).whole;
        case op::modulo:
            return divided(x, y).rest;
        default: {
            if (x == 0 && reciprocal) m.fail("zero to a negative power");
            const double out = std::pow(x, y);
            if (std::isnan(out) && !std::isnan(x) && !std::isnan(y))
                m.unsupported("a complex number");
            if (std::isinf(out) && std::isfinite(x) && std::isfinite(y))
                m.limit("a number is too large");
            return out;
        }
    }
}

}  // namespace tessera::engine::jinja
