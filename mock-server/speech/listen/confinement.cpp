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

namespace tessera::listen {
namespace {

constexpr rlim_t most_memory = rlim_t{2} << 30;
constexpr rlim_t most_seconds = 900;  // of a processor

void limit(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    if (setrlimit(what, &both) != 0)
        throw std::runtime_error(std::string("a limit cannot be set: ") + std::strerror(errno));
}

// No program is started, no socket made, no other process reached.
void refuse_calls() {
    constexpr unsigned refused = SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA);
    constexpr auto load = static_cast<unsigned short>(BPF_LD | BPF_W | BPF_ABS);
    constexpr auto equal = static_cast<unsigned short>(BPF_JMP | BPF_JEQ | BPF_K);
    constexpr auto end = static_cast<unsigned short>(BPF_RET | BPF_K);
    sock_filter rules[] = {{load, 0, 0, offsetof(seccomp_data, nr)},
                           {equal, 6, 0, SYS_socket},
                           {equal, 5, 0, SYS_socketpair},
                           {equal, 4, 0, SYS_execve},
                           {equal, 3, 0, SYS_execveat},
                           {equal, 2, 0, SYS_ptrace},
                           {equal, 1, 0, SYS_io_uring_setup},
                           {end, 0, 0, SECCOMP_RET_ALLOW},
                           {end, 0, 0, refused}};
    const sock_fprog program{sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        throw std::runtime_error(std::string("calls cannot be refused: ") + std::strerror(errno));
}

}  // namespace

void confine() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // Sanitizers reserve more of the address space than any machine has memory.
    limit(RLIMIT_AS, most_memory);
#endif
    limit(RLIMIT_CPU, most_seconds);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    refuse_calls();
}

}  // namespace tessera::listen
