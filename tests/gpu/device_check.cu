// The device and its libraries, before any kernel of ours stands on them: a bf16 product by cuBLAS against the same sum
// on the CPU, and the copy bandwidth that decoding is measured against. Exit 77 without a device.
#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
    std::exit(1);
}

void check(cublasStatus_t status, const char* what) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    std::fprintf(stderr, "%s: %s\n", what, cublasGetStatusString(status));
    std::exit(1);
}

template <class T>
T* allocate(std::size_t count) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, count * sizeof(T)), "cudaMalloc");
    return static_cast<T*>(memory);
}

// Column-major c[n,n] = a[n,n] b[n,n]. Small integers: bf16 holds them and float adds them exactly.
bool product_is_exact() {
    constexpr int n = 64;
    std::vector<__nv_bfloat16> a(n * n), b(n * n);
    for (int i = 0; i < n * n; ++i) {
        a[i] = __float2bfloat16(static_cast<float>(i * 7 % 13 - 6));
        b[i] = __float2bfloat16(static_cast<float>(i * 5 % 11 - 5));
    }
    auto* device_a = allocate<__nv_bfloat16>(n * n);
    auto* device_b = allocate<__nv_bfloat16>(n * n);
    auto* device_c = allocate<float>(n * n);
    check(cudaMemcpy(device_a, a.data(), n * n * sizeof a[0], cudaMemcpyHostToDevice), "copy");
    check(cudaMemcpy(device_b, b.data(), n * n * sizeof b[0], cudaMemcpyHostToDevice), "copy");
    cublasHandle_t handle;
    check(cublasCreate(&handle), "cublasCreate");
    const float one = 1, zero = 0;
    check(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, &one, device_a, CUDA_R_16BF, n,
                       device_b, CUDA_R_16BF, n, &zero, device_c, CUDA_R_32F, n, CUBLAS_COMPUTE_32F,
                       CUBLAS_GEMM_DEFAULT),
          "cublasGemmEx");
    std::vector<float> c(n * n);
    check(cudaMemcpy(c.data(), device_c, n * n * sizeof c[0], cudaMemcpyDeviceToHost), "copy");
    check(cublasDestroy(handle), "cublasDestroy");
    cudaFree(device_a), cudaFree(device_b), cudaFree(device_c);
    for (int column = 0; column < n; ++column)
        for (int row = 0; row < n; ++row) {
            float sum = 0;
            for (int k = 0; k < n; ++k)
                sum += __bfloat162float(a[k * n + row]) * __bfloat162float(b[column * n + k]);
            if (c[column * n + row] != sum) return false;
        }
    return true;
}

double copy_terabytes_per_second() {
    constexpr std::size_t bytes = std::size_t{1} << 30;
    constexpr int repetitions = 20;
    auto* from = allocate<char>(bytes);
    auto* to = allocate<char>(bytes);
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
    check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice), "warm-up");
    check(cudaEventRecord(begin), "cudaEventRecord");
    for (int i = 0; i < repetitions; ++i)
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copy");
    check(cudaEventRecord(end), "cudaEventRecord");
    check(cudaEventSynchronize(end), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin, end), "cudaEventElapsedTime");
    cudaFree(from), cudaFree(to);
    return 2.0 * bytes * repetitions / (milliseconds * 1e-3) / 1e12;
}

}  // namespace

int main() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::puts("no CUDA device");
        return 77;
    }
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
    std::printf("%s, compute capability %d.%d, %.1f GiB\n", properties.name, properties.major,
                properties.minor, static_cast<double>(properties.totalGlobalMem) / (1 << 30));
    if (!product_is_exact()) {
        std::puts("the bf16 product differs from the CPU's");
        return 1;
    }
    std::printf("device copy: %.2f TB/s (read and write)\n", copy_terabytes_per_second());
}
