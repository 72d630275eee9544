#include "cuda_on_cpu/fiber.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#if defined(TESSERA_SANITIZED_ADDRESSES)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(__x86_64__)
#error "fibers are written for x86-64"
#endif

// Keeps what the System V ABI says a call keeps, on the stack that is left.
asm(R"(
.text
.p2align 4
.type tessera_switch_stack, @function
tessera_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size tessera_switch_stack, .-tessera_switch_stack
)");
extern "C" void tessera_switch_stack(void** from, void* to);

namespace tessera::cuda_on_cpu {

fiber::fiber(std::byte* stack, std::size_t size, void (*entry)()) : bottom_(stack), size_(size) {
#if defined(TESSERA_SANITIZED_ADDRESSES)
    // Of frames that were left behind.
    __asan_unpoison_memory_region(stack, size);
#endif
    auto* top = reinterpret_cast<void**>(stack + size);
    *--top = nullptr;  // aligned as after a call, with no address to return to
    *--top = reinterpret_cast<void*>(entry);
    for (int i = 0; i != 6; ++i) *--top = nullptr;
    top_ = top;
}

void fiber::switch_to(fiber& to) {
    previous_ = this;
    current_ = &to;
#if defined(TESSERA_SANITIZED_ADDRESSES)
    __sanitizer_start_switch_fiber(&fake_, to.bottom_, to.size_);
#endif
    tessera_switch_stack(&top_, to.top_);
    entered();
}

void fiber::entered() {
#if defined(TESSERA_SANITIZED_ADDRESSES)
    __sanitizer_finish_switch_fiber(current_->fake_, &previous_->bottom_, &previous_->size_);
#endif
}

namespace {
constexpr std::size_t page = 4096;
#if defined(TESSERA_SANITIZED_ADDRESSES)
constexpr std::size_t stack_size = 256 * 1024;
#else
constexpr std::size_t stack_size = 64 * 1024;
#endif
constexpr std::size_t stride = page + stack_size;
}  // namespace

fiber_stacks::fiber_stacks(std::size_t count) : count_(count) {
    void* memory = mmap(nullptr, count * stride, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<std::byte*>(memory);
    for (std::size_t i = 0; i != count; ++i) mprotect(memory_ + i * stride, page, PROT_NONE);
}

fiber_stacks::~fiber_stacks() { munmap(memory_, count_ * stride); }

fiber fiber_stacks::make(std::size_t index, void (*entry)()) const {
    return fiber(memory_ + index * stride + page, stack_size, entry);
}

}  // namespace tessera::cuda_on_cpu
