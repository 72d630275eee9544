#pragma once

// CUDA's vector types.

#define TESSERA_VECTORS_OF(T, name, two, four)                            \
    struct alignas(two) name##2 {                                         \
        T x, y;                                                           \
    };                                                                    \
    struct name##3 {                                                      \
        T x, y, z;                                                        \
    };                                                                    \
    struct alignas(four) name##4 {                                        \
        T x, y, z, w;                                                     \
    };                                                                    \
    constexpr name##2 make_##name##2(T x, T y) { return {x, y}; }         \
    constexpr name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
    constexpr name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
TESSERA_VECTORS_OF(signed char, char, 2, 4)
TESSERA_VECTORS_OF(unsigned char, uchar, 2, 4)
TESSERA_VECTORS_OF(short, short, 4, 8)
TESSERA_VECTORS_OF(unsigned short, ushort, 4, 8)
TESSERA_VECTORS_OF(int, int, 8, 16)
TESSERA_VECTORS_OF(unsigned int, uint, 8, 16)
TESSERA_VECTORS_OF(float, float, 8, 16)
TESSERA_VECTORS_OF(double, double, 16, 16)
#undef TESSERA_VECTORS_OF

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
