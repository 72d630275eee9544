#pragma once

#include <bit>
#include <cstdint>

namespace tessera::engine {

/// The upper half of an IEEE 754 binary32.
struct bf16 {
    std::uint16_t bits = 0;
};

/// IEEE 754 binary16, as weights are stored in files.
struct f16 {
    std::uint16_t bits = 0;
};

constexpr float to_float(bf16 x) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}

/// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
constexpr bf16 to_bf16(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    if ((bits & 0x7fffffffU) > 0x7f800000U) {
        return {static_cast<std::uint16_t>((bits >> 16) | 0x40U)};
    }
    return {static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16)};
}

/// Exact: every binary16 is a binary32.
constexpr float to_float(f16 x) {
    const std::uint32_t sign = static_cast<std::uint32_t>(x.bits & 0x8000U) << 16;
    const std::uint32_t exponent = (x.bits >> 10) & 0x1fU;
    std::uint32_t fraction = x.bits & 0x3ffU;
    if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | (fraction << 13));
    if (exponent != 0)
        return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
    if (fraction == 0) return std::bit_cast<float>(sign);
    const auto shift = static_cast<std::uint32_t>(std::countl_zero(fraction)) - 21U;
    fraction = (fraction << shift) & 0x3ffU;
    return std::bit_cast<float>(sign | ((113U - shift) << 23) | (fraction << 13));
}

}  // namespace tessera::engine
