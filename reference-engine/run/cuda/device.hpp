#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "backend/cuda/kernels.hpp"

namespace tessera::engine::cuda {

/// One GPU, as all models and runners of a process share it. When it is lost, whoever uses it next
/// opens it again, and all that was in its memory is gone: generation() tells. Thread-safe.
class device {
  public:
    /// `table` outlives it. Throws engine_error device.
    device(const library& table, int number);
    device(const device&) = delete;
    device& operator=(const device&) = delete;

    const library& table() const { return table_; }
    const device_properties& properties() const { return properties_; }
    /// Now; 0 if the device does not say.
    std::size_t free_memory() const;

    /// While it lives the device is not opened again. Of the thread that entered.
    using use = std::shared_lock<std::shared_mutex>;
    /// Opens the device again if it was lost. Throws engine_error device if that fails.
    use enter();
    /// For giving memory back: nothing is opened again.
    use hold() { return use(mutex_); }
    /// How often it was opened again. Does not change while it is in use.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    /// Throws engine_error device for a status that is not good, which says what failed; lost if it
    /// says so.
    void check(status, std::string_view doing);

  private:
    void open_again();

    const library& table_;
    int number_;
    device_properties properties_{};
    std::shared_mutex mutex_;  // exclusively while it is opened again
    std::atomic<bool> lost_{false};
    std::atomic<std::uint64_t> generation_{0};
};

/// Memory of a device, uninitialised. What was lost with the device is not given back.
template <class T>
class device_array {
  public:
    device_array() = default;
    /// While the device is in use. Throws engine_error device that says what there is no room for.
    device_array(device& of, std::size_t size, std::string_view what)
        : device_(&of), generation_(of.generation()), size_(size) {
        if (size == 0) return;
        void* made = nullptr;
        of.check(of.table().allocate(size * sizeof(T), &made), what);
        data_ = static_cast<T*>(made);
    }
    ~device_array() {
        if (data_ && device_->generation() == generation_) device_->table().free(data_);
    }
    device_array(device_array&& other) noexcept { swap(other); }
    device_array& operator=(device_array&& other) noexcept {
        device_array(std::move(other)).swap(*this);
        return *this;
    }

    T* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return size_ * sizeof(T); }

  private:
    void swap(device_array& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(generation_, other.generation_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

    device* device_ = nullptr;
    std::uint64_t generation_ = 0;
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// What else is made on a device and ended there.
template <class Handle, void (*library::*End)(Handle)>
class device_handle {
  public:
    device_handle() = default;
    device_handle(device& of, Handle made)
        : device_(&of), generation_(of.generation()), handle_(made) {}
    ~device_handle() {
        if (handle_ && device_->generation() == generation_) (device_->table().*End)(handle_);
    }
    device_handle(device_handle&& other) noexcept { swap(other); }
    device_handle& operator=(device_handle&& other) noexcept {
        device_handle(std::move(other)).swap(*this);
        return *this;
    }
    operator Handle() const { return handle_; }

  private:
    void swap(device_handle& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(generation_, other.generation_);
        std::swap(handle_, other.handle_);
    }

    device* device_ = nullptr;
    std::uint64_t generation_ = 0;
    Handle handle_ = nullptr;
};

using owned_stream = device_handle<stream, &library::end_stream>;
using owned_event = device_handle<event, &library::end_event>;
using owned_graph = device_handle<graph, &library::free_graph>;
using host_memory = device_handle<void*, &library::free_host>;

owned_stream make_stream(device&);
owned_event make_event(device&);

/// Numbers in the host's memory that a device reads and writes by itself.
template <class T>
class host_array {
  public:
    host_array() = default;
    host_array(device& of, std::size_t size) : size_(size) {
        void* made = nullptr;
        of.check(of.table().allocate_host((size > 0 ? size : 1) * sizeof(T), &made),
                 "making room in the host's memory");
        memory_ = host_memory(of, made);
    }

    T* data() const { return static_cast<T*>(static_cast<void*>(memory_)); }
    std::size_t size() const { return size_; }

  private:
    host_memory memory_;
    std::size_t size_ = 0;
};

}  // namespace tessera::engine::cuda
