#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <tuple>

#include "run/cuda/device.hpp"

namespace tessera::engine::cuda {

/// A device_array or host_array that becomes larger when it must; what it held is gone then.
template <class Array>
class growing {
  public:
    /// Room for so many at least, made as the array is. While nothing uses what is there.
    template <class... What>
    auto* reserve(device& on, std::size_t size, const What&... what) {
        if (held_.size() < size) {
            held_ = {};
            held_ = Array(on, size, what...);
        }
        return held_.data();
    }
    auto* data() const { return held_.data(); }

  private:
    Array held_;
};

/// Arrays one behind the other in one stretch of memory, as one copy moves them.
class array_places {
  public:
    /// Null: to find out how many bytes they take.
    explicit array_places(std::byte* memory) : memory_(memory) {}

    template <class T>
    T* take(std::size_t size) {
        constexpr std::size_t line = 64;
        const auto begin = (bytes_ + line - 1) / line * line;
        bytes_ = begin + size * sizeof(T);
        return memory_ ? reinterpret_cast<T*>(memory_ + begin) : nullptr;
    }
    std::size_t bytes() const { return bytes_; }

  private:
    std::byte* memory_;
    std::size_t bytes_ = 0;
};

/// Arrays on their way to a device, all by one copy, in memory that grows with them.
class sent_arrays {
  public:
    void reserve(device& on, std::size_t bytes) {
        const auto size = std::bit_ceil(bytes);
        here_.reserve(on, size);
        there_.reserve(on, size, "making room for arrays");
    }
    /// Where they will lie on the device. While nothing uses what was sent before.
    template <class... Array>
    std::tuple<const typename Array::value_type*...> send(device& on, stream by,
                                                          const Array&... arrays) {
        array_places none(nullptr);
        (none.take<typename Array::value_type>(arrays.size()), ...);
        reserve(on, none.bytes());
        array_places here(here_.data()), there(there_.data());
        (std::ranges::copy(arrays, here.take<typename Array::value_type>(arrays.size())), ...);
        on.check(on.table().to_device(there_.data(), here_.data(), none.bytes(), by),
                 "sending arrays");
        return {there.take<typename Array::value_type>(arrays.size())...};
    }

  private:
    growing<host_array<std::byte>> here_;
    growing<device_array<std::byte>> there_;
};

}  // namespace tessera::engine::cuda
