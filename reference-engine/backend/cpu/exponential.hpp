// exp of f32, for kernels_body.hpp.

// Cephes' expf: relative error below 2^-22 on [-87.3, 88]; arguments beyond are clamped, NaN stays.
inline vec exponential(vec x) {
    x = maximum_of(set(-87.3F), minimum_of(set(88.0F), x));
    const vec n = nearest(multiply(x, set(1.44269504F)));
    vec r = multiply_add(n, set(-0.693359375F), x);
    r = multiply_add(n, set(2.12194440e-4F), r);
    vec y = set(1.9875691500e-4F);
    y = multiply_add(y, r, set(1.3981999507e-3F));
    y = multiply_add(y, r, set(8.3334519073e-3F));
    y = multiply_add(y, r, set(4.1665795894e-2F));
    y = multiply_add(y, r, set(1.6666665459e-1F));
    y = multiply_add(y, r, set(5.0000001201e-1F));
    y = multiply_add(y, multiply(r, r), add(r, set(1.0F)));
    return multiply(y, power_of_two(n));
}
