// cuBLASLt, which is opened when it is first wanted: linked, it would cost every start half a second.

#include <cublasLt.h>
#include <dlfcn.h>

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "backend/cuda/products.hpp"

namespace tessera::engine::cuda {
namespace {

#define TESSERA_CUBLAS_FUNCTIONS(X) \
    X(Create)                       \
    X(GetVersion)                   \
    X(Matmul)                       \
    X(MatmulAlgoGetHeuristic)       \
    X(MatmulDescCreate)             \
    X(MatmulDescSetAttribute)       \
    X(MatmulDescDestroy)            \
    X(MatrixLayoutCreate)           \
    X(MatrixLayoutDestroy)          \
    X(MatmulPreferenceCreate)       \
    X(MatmulPreferenceSetAttribute) \
    X(MatmulPreferenceDestroy)

// The functions, by their names without cublasLt; good() if all are there, of the version that this
// was compiled for.
class functions {
  public:
    void open() {
        if (std::exchange(tried_, true)) return;
        const std::string name = "libcublasLt.so";
        void* library = dlopen((name + "." + std::to_string(CUBLAS_VER_MAJOR)).c_str(), RTLD_NOW);
        if (library == nullptr) library = dlopen(name.c_str(), RTLD_NOW);
        if (library == nullptr) return;
        good_ = true;
#define TESSERA_FIND(name)                                                                \
    name = reinterpret_cast<decltype(&cublasLt##name)>(dlsym(library, "cublasLt" #name)); \
    good_ = good_ && name != nullptr;
        TESSERA_CUBLAS_FUNCTIONS(TESSERA_FIND)
#undef TESSERA_FIND
        good_ = good_ && GetVersion() / 10000 == CUBLAS_VER_MAJOR;
    }
    bool good() const { return good_; }

#define TESSERA_DECLARE(name) decltype(&cublasLt##name) name = nullptr;
    TESSERA_CUBLAS_FUNCTIONS(TESSERA_DECLARE)
#undef TESSERA_DECLARE

  private:
    bool tried_ = false;
    bool good_ = false;
};

// How a product of one shape is computed.
struct way {
    bool found = false;
    cublasLtMatmulDesc_t operation = nullptr;
    cublasLtMatrixLayout_t a = nullptr;
    cublasLtMatrixLayout_t b = nullptr;
    cublasLtMatrixLayout_t output = nullptr;
    cublasLtMatmulAlgo_t algorithm{};
};

// What decides on the way: of addresses whether they are null, and how they are aligned.
struct shape {
    int device;
    int rows, columns, inner;
    std::ptrdiff_t a_stride, b_stride, output_stride;
    bool a_turned, b_turned, biased, added;
    std::uint32_t alignment;
    auto operator<=>(const shape&) const = default;
};

std::uint32_t alignment_of(const training_product& p) {
    std::uintptr_t bits = 256;  // no algorithm asks for more
    for (const void* each :
         {p.a, p.b, static_cast<const void*>(p.before), static_cast<const void*>(p.output.exact)})
        bits |= reinterpret_cast<std::uintptr_t>(each);
    return static_cast<std::uint32_t>(bits & (~bits + 1));
}

class opened_library {
  public:
    status multiply(const training_product& p, cudaStream_t to) {
        // What it asks of a bias is written nowhere.
        if (reinterpret_cast<std::uintptr_t>(p.bias) % 16 != 0) return no_library;
        const std::lock_guard lock(mutex_);
        int device = 0;
        lt_.open();
        if (!lt_.good() || cudaGetDevice(&device) != cudaSuccess) return no_library;
        auto& handle = handles_[device];
        if (handle == nullptr && lt_.Create(&handle) != CUBLAS_STATUS_SUCCESS) {
            handle = nullptr;
            return no_library;
        }
        const shape key{device,
                        p.rows,
                        p.columns,
                        p.inner,
                        p.a_stride,
                        p.b_stride,
                        p.output_stride,
                        p.a_turned,
                        p.b_turned,
                        p.bias != nullptr,
                        p.before != nullptr,
                        alignment_of(p)};
        auto at = ways_.find(key);
        if (at == ways_.end()) {
            // Steps come in many sizes: what is kept is bounded.
            constexpr std::size_t most = 4096;
            if (ways_.size() >= most) forget_ways();
            at = ways_.emplace(key, find(handle, key, p.bias)).first;
        }
        const way& by = at->second;
        if (!by.found ||
            (p.bias != nullptr && !set(by.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias)))
            return no_library;
        const float kept = p.before != nullptr ? 1.0F : 0.0F;
        const float* const before = p.before != nullptr ? p.before : p.output.exact;
        const auto result = lt_.Matmul(handle, by.operation, &p.factor, p.b, by.b, p.a, by.a, &kept,
                                       before, by.output, p.output.exact, by.output, &by.algorithm,
                                       p.scratch, library_workspace, to);
        if (result == CUBLAS_STATUS_SUCCESS) return 0;
        handles_.erase(device);
        forget_ways();
        return no_library;
    }
    // Handles are not given back: what they had went with the device.
    void forget() {
        const std::lock_guard lock(mutex_);
        handles_.clear();
        forget_ways();
    }

  private:
    static bool good(cublasStatus_t s) { return s == CUBLAS_STATUS_SUCCESS; }

    template <class T>
    bool set(cublasLtMatmulDesc_t of, cublasLtMatmulDescAttributes_t what, const T& value) {
        return good(lt_.MatmulDescSetAttribute(of, what, &value, sizeof value));
    }
    template <class T>
    bool set(cublasLtMatmulPreference_t of, cublasLtMatmulPreferenceAttributes_t what,
             const T& value) {
        return good(lt_.MatmulPreferenceSetAttribute(of, what, &value, sizeof value));
    }
    // A row-major matrix [lines][length] is one of columns, as the library counts, of the other
    // dimensions.
    bool describe(cublasLtMatrixLayout_t& to, cudaDataType_t type, int lines, int length,
                  std::ptrdiff_t stride) {
        return good(lt_.MatrixLayoutCreate(&to, type, static_cast<std::uint64_t>(length),
                                           static_cast<std::uint64_t>(lines), stride));
    }

    // By columns: output [columns, rows] = b, turned unless it lies turned, * a.
    way find(cublasLtHandle_t handle, const shape& of, const float* bias) {
        way made;
        const cublasOperation_t of_b = of.b_turned ? CUBLAS_OP_N : CUBLAS_OP_T;
        const cublasOperation_t of_a = of.a_turned ? CUBLAS_OP_T : CUBLAS_OP_N;
        const cublasLtEpilogue_t after =
            of.biased ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
        const auto described = [&](cublasLtMatrixLayout_t& to, bool turned, int outer,
                                   std::ptrdiff_t stride) {
            return describe(to, CUDA_R_16BF, turned ? of.inner : outer, turned ? outer : of.inner,
                            stride);
        };
        cublasLtMatmulPreference_t preference = nullptr;
        cublasLtMatmulHeuristicResult_t best{};
        int count = 0;
        made.found =
            good(lt_.MatmulDescCreate(&made.operation, CUBLAS_COMPUTE_32F, CUDA_R_32F)) &&
            set(made.operation, CUBLASLT_MATMUL_DESC_TRANSA, of_b) &&
            set(made.operation, CUBLASLT_MATMUL_DESC_TRANSB, of_a) &&
            set(made.operation, CUBLASLT_MATMUL_DESC_EPILOGUE, after) &&
            (!of.biased || set(made.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias)) &&
            described(made.b, of.b_turned, of.columns, of.b_stride) &&
            described(made.a, of.a_turned, of.rows, of.a_stride) &&
            describe(made.output, CUDA_R_32F, of.rows, of.columns, of.output_stride) &&
            good(lt_.MatmulPreferenceCreate(&preference)) &&
            set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                std::uint64_t{library_workspace}) &&
            set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, of.alignment) &&
            set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, of.alignment) &&
            set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, of.alignment) &&
            set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, of.alignment) &&
            good(lt_.MatmulAlgoGetHeuristic(handle, made.operation, made.b, made.a, made.output,
                                            made.output, preference, 1, &best, &count)) &&
            count > 0;
        if (preference != nullptr) lt_.MatmulPreferenceDestroy(preference);
        made.algorithm = best.algo;
        return made;
    }

    void forget_ways() {
        for (auto& [key, each] : ways_) {
            if (each.operation != nullptr) lt_.MatmulDescDestroy(each.operation);
            for (auto* layout : {each.a, each.b, each.output})
                if (layout != nullptr) lt_.MatrixLayoutDestroy(layout);
        }
        ways_.clear();
    }

    std::mutex mutex_;
    functions lt_;
    std::map<int, cublasLtHandle_t> handles_;  // by device
    std::map<shape, way> ways_;
};

opened_library& opened() {
    static auto& one = *new opened_library;  // lives as long as the process, as what it opened does
    return one;
}

}  // namespace

status ask_library(const training_product& p, stream to) {
    return opened().multiply(p, reinterpret_cast<cudaStream_t>(to));
}
void forget_library() { opened().forget(); }

}  // namespace tessera::engine::cuda
