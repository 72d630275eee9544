// What the table has of a device beside kernels: memory, streams, graphs, and how it fails.

#include <cuda_runtime.h>

#include <cstdio>

#include "backend/cuda/device.hpp"
#include "backend/cuda/launchers.hpp"
#include "backend/cuda/products.hpp"

namespace tessera::engine::cuda {

bool launches_overlap = false;
int shared_memory_of_block = 0;

namespace {

cudaStream_t native(stream s) { return reinterpret_cast<cudaStream_t>(s); }
cudaEvent_t native(event e) { return reinterpret_cast<cudaEvent_t>(e); }
cudaGraphExec_t native(graph g) { return reinterpret_cast<cudaGraphExec_t>(g); }

// A failure of a launch is kept by the runtime until somebody asks for it.
status said(cudaError_t result) {
    if (result != cudaSuccess) cudaGetLastError();
    return result;
}

const char* describe_status(status s) { return cudaGetErrorString(static_cast<cudaError_t>(s)); }

// After these every call of the process fails, until the device is reset.
bool is_lost(status s) {
    switch (static_cast<cudaError_t>(s)) {
        case cudaErrorIllegalAddress:
        case cudaErrorLaunchTimeout:
        case cudaErrorLaunchFailure:
        case cudaErrorHardwareStackError:
        case cudaErrorIllegalInstruction:
        case cudaErrorMisalignedAddress:
        case cudaErrorInvalidAddressSpace:
        case cudaErrorInvalidPc:
        case cudaErrorAssert:
        case cudaErrorECCUncorrectable:
        case cudaErrorNvlinkUncorrectable:
        case cudaErrorDevicesUnavailable:
        case cudaErrorContextIsDestroyed:
        case cudaErrorDeviceUninitialized:
        case cudaErrorExternalDevice:
        case cudaErrorUnknown:
            return true;
        default:
            return false;
    }
}

bool is_out_of_memory(status s) { return s == cudaErrorMemoryAllocation; }

status versions(int* driver, int* runtime) {
    const auto result = cudaDriverGetVersion(driver);
    return said(result == cudaSuccess ? cudaRuntimeGetVersion(runtime) : result);
}

status devices(int* count) { return said(cudaGetDeviceCount(count)); }

status properties(int device, device_properties* to) {
    cudaDeviceProp all{};
    cudaError_t result = cudaGetDeviceProperties(&all, device);
    *to = {};
    if (result != cudaSuccess) return said(result);
    std::snprintf(to->name, sizeof to->name, "%s", all.name);
    to->major = all.major;
    to->minor = all.minor;
    to->multiprocessors = all.multiProcessorCount;
    result = cudaMemGetInfo(&to->free_memory, &to->memory);
    if (result != cudaSuccess) return said(result);
    return versions(&to->driver, &to->runtime);
}

// Threads that write these at a time write the same.
template <class T>
void set(T& to, T value) {
    if (to != value) to = value;
}

status use(int device) {
    cudaError_t result = cudaSetDevice(device);
    int major = 0;
    int shared = 0;
    if (result == cudaSuccess)
        result = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
    if (result == cudaSuccess)
        result = cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
    if (result == cudaSuccess) {
        set(launches_overlap, major >= 9);
        set(shared_memory_of_block, shared);
    }
    return said(result);
}

status reset() {
    forget_library();
    return said(cudaDeviceReset());
}

status allocate(std::size_t bytes, void** to) { return said(cudaMalloc(to, bytes)); }
void free_memory(void* memory) { said(cudaFree(memory)); }
status allocate_host(std::size_t bytes, void** to) { return said(cudaMallocHost(to, bytes)); }
void free_host(void* memory) { said(cudaFreeHost(memory)); }

status make_stream(stream* to) {
    return said(
        cudaStreamCreateWithFlags(reinterpret_cast<cudaStream_t*>(to), cudaStreamNonBlocking));
}
void end_stream(stream s) { said(cudaStreamDestroy(native(s))); }
status make_event(event* to) { return said(cudaEventCreate(reinterpret_cast<cudaEvent_t*>(to))); }
void end_event(event e) { said(cudaEventDestroy(native(e))); }
status record(event e, stream s) { return said(cudaEventRecord(native(e), native(s))); }
status wait_for(stream s, event e) { return said(cudaStreamWaitEvent(native(s), native(e), 0)); }
status finish(stream s) { return said(cudaStreamSynchronize(native(s))); }
status seconds_between(event from, event to, float* seconds) {
    float milliseconds = 0;
    const auto result = cudaEventElapsedTime(&milliseconds, native(from), native(to));
    *seconds = milliseconds / 1000;
    return said(result);
}

status to_device(void* to, const void* from, std::size_t bytes, stream s) {
    return said(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, native(s)));
}
status to_host(void* to, const void* from, std::size_t bytes, stream s) {
    return said(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, native(s)));
}
status copy(void* to, const void* from, std::size_t bytes, stream s) {
    return said(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, native(s)));
}
status clear(void* to, std::size_t bytes, stream s) {
    return said(cudaMemsetAsync(to, 0, bytes, native(s)));
}

// Other threads may allocate meanwhile: only this one's calls are recorded.
status begin_graph(stream s) {
    return said(cudaStreamBeginCapture(native(s), cudaStreamCaptureModeThreadLocal));
}
status end_graph(stream s, graph* to) {
    cudaGraph_t recorded = nullptr;
    cudaError_t result = cudaStreamEndCapture(native(s), &recorded);
    cudaGraphExec_t made = nullptr;
    if (result == cudaSuccess) result = cudaGraphInstantiate(&made, recorded, 0);
    if (recorded) cudaGraphDestroy(recorded);
    *to = reinterpret_cast<graph>(made);
    return said(result);
}
status run_graph(graph g, stream s) { return said(cudaGraphLaunch(native(g), native(s))); }
void free_graph(graph g) { said(cudaGraphExecDestroy(native(g))); }

library make_table() {
    library table{};
    table.describe_status = describe_status;
    table.is_lost = is_lost;
    table.is_out_of_memory = is_out_of_memory;
    table.versions = versions;
    table.devices = devices;
    table.properties = properties;
    table.use = use;
    table.reset = reset;
    table.allocate = allocate;
    table.free = free_memory;
    table.allocate_host = allocate_host;
    table.free_host = free_host;
    table.make_stream = make_stream;
    table.end_stream = end_stream;
    table.make_event = make_event;
    table.end_event = end_event;
    table.record = record;
    table.wait_for = wait_for;
    table.finish = finish;
    table.seconds_between = seconds_between;
    table.to_device = to_device;
    table.to_host = to_host;
    table.copy = copy;
    table.clear = clear;
    table.begin_graph = begin_graph;
    table.end_graph = end_graph;
    table.run_graph = run_graph;
    table.free_graph = free_graph;
    add_launchers(table);
    return table;
}

}  // namespace
}  // namespace tessera::engine::cuda

/// The table (kernels.hpp), which lives as long as the program.
extern "C" __attribute__((visibility("default"))) const tessera::engine::cuda::library*
tessera_cuda() {
    static const tessera::engine::cuda::library table = tessera::engine::cuda::make_table();
    return &table;
}
