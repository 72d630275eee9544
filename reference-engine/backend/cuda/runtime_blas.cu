// cuBLASLt, which is opened when it is first wanted: linked, it would cost every start half a second.

#include <cublasLt.h>
#include <dlfcn.h>

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "backend/cuda/layout.hpp"
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
    functions() {
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
    bool good_ = false;
};

// How a product of one shape is computed.
struct way {
    bool found = false;
    cublasLtMatmulDesc_t operation = nullptr;
    cublasLtMatrixLayout_t weights = nullptr;
    cublasLtMatrixLayout_t input = nullptr;
    cublasLtMatrixLayout_t output = nullptr;
    cublasLtMatmulAlgo_t algorithm{};
};

class opened_library {
  public:
    status multiply(const library_product& p, cudaStream_t to) {
        const std::lock_guard lock(mutex_);
        int device = 0;
        if (!lt_.good() || cudaGetDevice(&device) != cudaSuccess) return no_library;
        auto& handle = handles_[device];
        if (handle == nullptr && lt_.Create(&handle) != CUBLAS_STATUS_SUCCESS) {
            handle = nullptr;
            return no_library;
        }
        const shape key{device, p.outer, p.inner, p.rows, p.input_stride};
        auto at = ways_.find(key);
        if (at == ways_.end()) {
            // Steps come in many sizes: what is kept is bounded.
            constexpr std::size_t most = 4096;
            if (ways_.size() >= most) forget();
            at = ways_.emplace(key, find(handle, p)).first;
        }
        const way& by = at->second;
        if (!by.found) return no_library;
        const float one = 1;
        const float zero = 0;
        const auto result = lt_.Matmul(handle, by.operation, &one, p.weights, by.weights, p.input,
                                       by.input, &zero, p.output, by.output, p.output, by.output,
                                       &by.algorithm, p.workspace, library_workspace, to);
        if (result == CUBLAS_STATUS_SUCCESS) return 0;
        // Whatever was of a device that has been reset since is made again.
        handles_.erase(device);
        forget();
        return no_library;
    }

  private:
    using shape = std::tuple<int, int, int, int, std::ptrdiff_t>;

    // By columns, as the library counts: output [outer, rows] = weights [inner, outer] turned * input
    // [inner, rows].
    way find(cublasLtHandle_t handle, const library_product& p) {
        way made;
        const auto good = [](cublasStatus_t s) { return s == CUBLAS_STATUS_SUCCESS; };
        const auto outer = static_cast<std::uint64_t>(p.outer);
        const auto inner = static_cast<std::uint64_t>(p.inner);
        const auto rows = static_cast<std::uint64_t>(p.rows);
        const cublasOperation_t turned = CUBLAS_OP_T;
        const std::size_t workspace = library_workspace;
        cublasLtMatmulPreference_t preference = nullptr;
        cublasLtMatmulHeuristicResult_t best{};
        int count = 0;
        made.found =
            good(lt_.MatmulDescCreate(&made.operation, CUBLAS_COMPUTE_32F, CUDA_R_32F)) &&
            good(lt_.MatmulDescSetAttribute(made.operation, CUBLASLT_MATMUL_DESC_TRANSA, &turned,
                                            sizeof turned)) &&
            good(lt_.MatrixLayoutCreate(&made.weights, CUDA_R_16BF, inner, outer, p.inner)) &&
            good(lt_.MatrixLayoutCreate(&made.input, CUDA_R_16BF, inner, rows, p.input_stride)) &&
            good(lt_.MatrixLayoutCreate(&made.output, CUDA_R_32F, outer, rows, p.outer)) &&
            good(lt_.MatmulPreferenceCreate(&preference)) &&
            good(lt_.MatmulPreferenceSetAttribute(preference,
                                                  CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                  &workspace, sizeof workspace)) &&
            good(lt_.MatmulAlgoGetHeuristic(handle, made.operation, made.weights, made.input,
                                            made.output, made.output, preference, 1, &best,
                                            &count)) &&
            count > 0;
        if (preference != nullptr) lt_.MatmulPreferenceDestroy(preference);
        made.algorithm = best.algo;
        return made;
    }

    void forget() {
        for (auto& [key, each] : ways_) {
            if (each.operation != nullptr) lt_.MatmulDescDestroy(each.operation);
            for (auto* layout : {each.weights, each.input, each.output})
                if (layout != nullptr) lt_.MatrixLayoutDestroy(layout);
        }
        ways_.clear();
    }

    std::mutex mutex_;
    functions lt_;
    std::map<int, cublasLtHandle_t> handles_;  // by device
    std::map<shape, way> ways_;
};

}  // namespace

status ask_library(const library_product& p, stream to) {
    static auto& opened =
        *new opened_library;  // lives as long as the process, as what it opened does
    return opened.multiply(p, reinterpret_cast<cudaStream_t>(to));
}

}  // namespace tessera::engine::cuda
