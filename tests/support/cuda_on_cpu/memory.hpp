#pragma once

#include <cstddef>
#include <span>

namespace tessera::cuda_on_cpu {

/// Bytes of an exact size, aligned to 256, that begin as 0xff (a NaN, or -1), between red zones:
/// reading those gives 0xff too, and AddressSanitizer, where it is on, reports every access.
class guarded_memory {
  public:
    explicit guarded_memory(std::size_t size);
    ~guarded_memory();
    guarded_memory(guarded_memory&&) noexcept;
    guarded_memory& operator=(guarded_memory&&) = delete;

    std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }
    bool contains(const void* first, std::size_t size) const;
    void poison() const;
    /// Whether nothing was written to the red zones.
    bool intact() const;
    /// What an address is inside of; empty: nothing.
    static std::span<const std::byte> around(const void*);

  private:
    std::size_t size_;
    std::byte* data_;
};

}  // namespace tessera::cuda_on_cpu
