#include "speech/listen/confinement.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera::listen {
namespace {

#if defined(__x86_64__)
constexpr unsigned architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned architecture = AUDIT_ARCH_AARCH64;
#else
#error "the calls of this architecture are to be named"
#endif

constexpr long allowed[] = {
    SYS_read,         SYS_readv,         SYS_write,          SYS_writev,      SYS_close,
    SYS_lseek,        SYS_fstat,         SYS_newfstatat,     SYS_mmap,        SYS_munmap,
    SYS_mremap,       SYS_mprotect,      SYS_madvise,        SYS_brk,         SYS_futex,
    SYS_getrandom,    SYS_clock_gettime, SYS_gettimeofday,   SYS_nanosleep,   SYS_clock_nanosleep,
    SYS_sched_yield,  SYS_getpid,        SYS_gettid,         SYS_getrusage,   SYS_sched_getaffinity,
    SYS_rt_sigaction, SYS_rt_sigreturn,  SYS_rt_sigprocmask, SYS_sigaltstack, SYS_restart_syscall,
    SYS_exit,         SYS_exit_group};

void set(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    if (setrlimit(what, &both) != 0)
        throw std::runtime_error(std::string("a limit cannot be set: ") + std::strerror(errno));
}

sock_filter step(unsigned code, unsigned operand, unsigned char if_equal = 0,
                 unsigned char if_not = 0) {
    return {static_cast<unsigned short>(code), if_equal, if_not, operand};
}

}  // namespace

void limit(const bounds& to) {
#ifndef TESSERA_SANITIZED
    // Sanitizers reserve more of the address space than any machine has memory.
    set(RLIMIT_AS, to.memory_bytes);
#endif
    set(RLIMIT_CPU, to.cpu_seconds);
    set(RLIMIT_CORE, 0);
}

void seal() {
    constexpr unsigned refusal = SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA);
    constexpr unsigned load = BPF_LD | BPF_W | BPF_ABS;
    constexpr unsigned equal = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr unsigned end = BPF_RET | BPF_K;
    // Of another architecture the same numbers are other calls.
    std::vector<sock_filter> rules = {step(load, offsetof(seccomp_data, arch)),
                                      step(equal, architecture, 1), step(end, refusal),
                                      step(load, offsetof(seccomp_data, nr))};
    for (const long each : allowed) {
        rules.push_back(step(equal, static_cast<unsigned>(each), 0, 1));
        rules.push_back(step(end, SECCOMP_RET_ALLOW));
    }
    rules.push_back(step(end, refusal));
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        throw std::runtime_error(std::string("calls cannot be refused: ") + std::strerror(errno));
}

}  // namespace tessera::listen
