#include "cuda_on_cpu/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <new>
#include <utility>

#if defined(TESSERA_SANITIZED_ADDRESSES)
#include <sanitizer/asan_interface.h>
#endif

namespace tessera::cuda_on_cpu {

namespace {

constexpr std::size_t zone = 256;
[[maybe_unused]] constexpr std::byte poisoned{0xff};

/// Begin and end of all there are.
std::map<const std::byte*, const std::byte*>& ranges() {
    static auto& all = *new std::map<const std::byte*, const std::byte*>;  // outlives what is in it
    return all;
}

std::size_t whole(std::size_t size) { return (2 * zone + size + zone - 1) / zone * zone; }

}  // namespace

guarded_memory::guarded_memory(std::size_t size) : size_(size) {
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(zone, whole(size)));
    if (memory == nullptr) throw std::bad_alloc();
    std::memset(memory, 0xff, whole(size));
    data_ = memory + zone;
    ranges()[data_] = data_ + size;
#if defined(TESSERA_SANITIZED_ADDRESSES)
    __asan_poison_memory_region(memory, zone);
    __asan_poison_memory_region(data_ + size, whole(size) - zone - size);
#endif
}

guarded_memory::guarded_memory(guarded_memory&& other) noexcept
    : size_(other.size_), data_(std::exchange(other.data_, nullptr)) {}

guarded_memory::~guarded_memory() {
    if (data_ == nullptr) return;
    ranges().erase(data_);
#if defined(TESSERA_SANITIZED_ADDRESSES)
    __asan_unpoison_memory_region(data_ - zone, whole(size_));
#endif
    std::free(data_ - zone);
}

bool guarded_memory::contains(const void* first, std::size_t size) const {
    const auto* begin = static_cast<const std::byte*>(first);
    return begin >= data_ && begin <= data_ + size_ &&
           size <= static_cast<std::size_t>(data_ + size_ - begin);
}

std::span<const std::byte> guarded_memory::around(const void* p) {
    const auto* address = static_cast<const std::byte*>(p);
    const auto above = ranges().upper_bound(address);
    if (above == ranges().begin() || address >= std::prev(above)->second) return {};
    return {std::prev(above)->first, std::prev(above)->second};
}

void guarded_memory::poison() const { std::memset(data_, 0xff, size_); }

bool guarded_memory::intact() const {
#if defined(TESSERA_SANITIZED_ADDRESSES)
    return true;
#else
    const auto is_poisoned = [](std::byte b) { return b == poisoned; };
    return std::all_of(data_ - zone, data_, is_poisoned) &&
           std::all_of(data_ + size_, data_ - zone + whole(size_), is_poisoned);
#endif
}

}  // namespace tessera::cuda_on_cpu
