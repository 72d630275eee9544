#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace tessera::engine::cpu {

/// Aligned to cache lines, or to huge pages where it is large; the content starts undefined. Memory
/// that is never written is never used up.
template <class T>
class buffer {
  public:
    buffer() = default;
    explicit buffer(std::size_t size) : size_(size) {
        constexpr std::size_t line = 64;
        constexpr std::size_t huge_page = std::size_t{1} << 21;
        const std::size_t wanted = size * sizeof(T);
        const std::size_t alignment = wanted < huge_page ? line : huge_page;
        const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
        if (bytes == 0) return;
        data_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
        if (!data_) throw std::bad_alloc();
#if defined(__linux__)
        if (alignment == huge_page) ::madvise(data_.get(), bytes, MADV_HUGEPAGE);
#endif
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return data_.get()[i]; }
    const T& operator[](std::size_t i) const { return data_.get()[i]; }
    std::span<T> span() { return {data_.get(), size_}; }

  private:
    struct release {
        void operator()(T* data) const { std::free(data); }
    };
    std::unique_ptr<T, release> data_;
    std::size_t size_ = 0;
};

}  // namespace tessera::engine::cpu
