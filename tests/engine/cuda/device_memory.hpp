#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bf16.hpp"
#include "engine/cuda/device_under_test.hpp"

namespace tessera::engine::cuda {

/// A stream of a device and memory that lives as long; failures of its calls are failures of the
/// test.
class device_memory {
  public:
    device_memory() { expect(table().make_stream(&stream_)); }
    ~device_memory() {
        finish();
        for (void* each : owned_) table().free(each);
        table().end_stream(stream_);
    }
    device_memory(const device_memory&) = delete;
    device_memory& operator=(const device_memory&) = delete;

    static const library& table() { return device_under_test(); }
    cuda::stream stream() const { return stream_; }

    /// Of the contents that a device's memory has at first.
    template <class T>
    T* make(std::size_t size) {
        void* made = nullptr;
        expect(table().allocate(std::max<std::size_t>(size * sizeof(T), 1), &made));
        owned_.push_back(made);
        return static_cast<T*>(made);
    }
    template <class T>
    T* put(const std::vector<T>& values) {
        T* made = make<T>(values.size());
        set(made, values);
        return made;
    }
    template <class T>
    T* put_one(const T& value) {
        return put(std::vector<T>{value});
    }
    template <class T>
    T* zeros(std::size_t size) {
        return put(std::vector<T>(size));
    }
    template <class T>
    void set(T* to, const std::vector<T>& values) {
        expect(table().to_device(to, values.data(), values.size() * sizeof(T), stream_));
        finish();
    }
    template <class T>
    std::vector<T> get(const T* from, std::size_t size) {
        std::vector<T> values(size);
        expect(table().to_host(values.data(), from, size * sizeof(T), stream_));
        finish();
        return values;
    }
    void finish() { expect(table().finish(stream_)); }
    static void expect(status s) {
        if (s == 0) return;
        ADD_FAILURE() << table().describe_status(s) << ' ' << cuda_on_cpu::first_fault();
    }

  private:
    cuda::stream stream_{};
    std::vector<void*> owned_;
};

/// As products and caches of that type have it.
inline float rounded(element type, float x) {
    return type == element::bf16 ? to_float(to_bf16(x)) : x;
}

/// Numbers from -1 to 1 that look random, the same for the same index.
inline float noise(std::size_t index) {
    auto x = static_cast<std::uint32_t>(index * 2654435761U + 12345U);
    x ^= x >> 15;
    x *= 2246822519U;
    x ^= x >> 13;
    return static_cast<float>(x >> 8) / 8388608.0F - 1.0F;
}

}  // namespace tessera::engine::cuda
