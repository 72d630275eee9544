#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "cuda_on_cpu/library.hpp"

namespace tessera::engine::cuda {

/// A stream of the device under test and arrays that live as long as it does.
class device_memory {
  public:
    device_memory() { EXPECT_EQ(table().make_stream(&stream_), 0); }
    ~device_memory() {
        for (void* each : arrays_) table().free(each);
        table().end_stream(stream_);
    }
    device_memory(const device_memory&) = delete;
    device_memory& operator=(const device_memory&) = delete;

    static const library& table() { return cuda_on_cpu::library(); }
    cuda::stream stream() const { return stream_; }

    /// What nobody has written.
    template <class T>
    T* make(std::size_t size) {
        void* array = nullptr;
        EXPECT_EQ(table().allocate(size * sizeof(T), &array), 0);
        arrays_.push_back(array);
        return static_cast<T*>(array);
    }
    template <class T>
    T* zeros(std::size_t size) {
        T* array = make<T>(size);
        EXPECT_EQ(table().clear(array, size * sizeof(T), stream_), 0);
        return array;
    }
    template <class T>
    T* put(const std::vector<T>& from) {
        T* array = make<T>(from.size());
        EXPECT_EQ(table().to_device(array, from.data(), from.size() * sizeof(T), stream_), 0);
        finish();
        return array;
    }
    template <class T>
    T* put_one(const T& from) {
        return put(std::vector<T>{from});
    }
    /// Waits for what the stream was asked for.
    template <class T>
    std::vector<T> get(const T* from, std::size_t size) {
        std::vector<T> to(size);
        EXPECT_EQ(table().to_host(to.data(), from, size * sizeof(T), stream_), 0);
        finish();
        return to;
    }
    void finish() { ASSERT_EQ(table().finish(stream_), 0) << cuda_on_cpu::first_fault(); }

  private:
    cuda::stream stream_{};
    std::vector<void*> arrays_;
};

}  // namespace tessera::engine::cuda
